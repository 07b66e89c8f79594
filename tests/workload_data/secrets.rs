//! Secrets: how they come to be, of which type they are, and how programs take them.

use mlopsc::compile::Compiled;
use serde_json::{Value, json};

use crate::{at, emitted, is_emitted, named, notes, project};

const POD: &str = "/spec/template/spec";
const API: &str = "kubernetes/api.deployment.yaml";

/// A service that takes these secrets.
fn service(secrets: &str) -> String {
    format!("[services.api]\nentry = \"serve.py\"\nport = 8080\nsecrets = {secrets}\n")
}

/// What the kustomization makes Secrets of.
fn generators(compiled: &Compiled) -> Value {
    at(compiled, "kubernetes/kustomization.yaml", "/secretGenerator")
}

fn guests(compiled: &Compiled) -> Vec<String> {
    compiled.environments[0].emitted.guests.iter().map(ToString::to_string).collect()
}

#[test]
fn a_generated_secret_is_made_once_with_a_value_for_each_key() {
    let compiled = project(
        &format!(
            "[secrets.session]\nfrom = \"generated\"\nstore = \"vault\"\nkeys = [\"session-key\", \"salt\"]\n\
             length = 48\n{}",
            service("[\"session\"]")
        ),
        &[],
    );
    let password = at(&compiled, "kubernetes/session.password.yaml", "/spec");
    assert_eq!(password, json!({"length": 48, "symbols": 0, "noUpper": false, "allowRepeat": true}));
    let secret = at(&compiled, "kubernetes/session.externalsecret.yaml", "/spec");
    assert_eq!(secret["refreshPolicy"], "CreatedOnce");
    assert_eq!(secret["secretStoreRef"], json!({"name": "vault", "kind": "SecretStore"}));
    let generator = json!({
        "apiVersion": "generators.external-secrets.io/v1alpha1",
        "kind": "Password",
        "name": "session",
    });
    for (index, key) in ["session-key", "salt"].iter().enumerate() {
        let from = &secret["dataFrom"][index];
        assert_eq!(from["sourceRef"]["generatorRef"], generator);
        assert_eq!(from["rewrite"], json!([{"regexp": {"source": "^password$", "target": key}}]));
    }
    // It never changes, so that nothing has to be rolled.
    assert_eq!(at(&compiled, API, "/spec/template/metadata/annotations"), Value::Null);
}

#[test]
fn a_type_brings_the_keys_that_kubernetes_asks_for() {
    let types = [
        ("tls", "kubernetes.io/tls", vec!["tls.crt", "tls.key"]),
        ("basic-auth", "kubernetes.io/basic-auth", vec!["username", "password"]),
        ("ssh", "kubernetes.io/ssh-auth", vec!["ssh-privatekey"]),
        ("registry", "kubernetes.io/dockerconfigjson", vec![".dockerconfigjson"]),
    ];
    for (word, kind, keys) in types {
        let spec = format!("[secrets.login]\nfrom = \"file\"\ntype = \"{word}\"\n{}", service("[\"login\"]"));
        let compiled = project(&spec, &[]);
        let files: Vec<String> = keys.iter().map(|key| format!("{key}=secrets/login_{key}")).collect();
        let expected = json!([{
            "name": "login",
            "namespace": "demo-default",
            "type": kind,
            "files": files,
            "options": {"disableNameSuffixHash": true},
        }]);
        assert_eq!(generators(&compiled), expected);
        let places: Vec<String> = keys.iter().map(|key| format!("kubernetes/secrets/login_{key}")).collect();
        assert_eq!(guests(&compiled), places);
        for key in keys {
            let file = &emitted(&compiled, "compose.yaml")["secrets"][format!("login_{key}")]["file"];
            assert_eq!(file, &format!("../../.secrets/login/{key}"));
        }
    }
}

#[test]
fn one_path_in_a_store_is_the_one_key_of_its_type() {
    for (word, key) in [("ssh", "ssh-privatekey"), ("registry", ".dockerconfigjson"), ("opaque", "value")] {
        let spec = format!(
            "[secrets.login]\nfrom = \"external-secrets\"\nstore = \"vault\"\nkey = \"demo/login\"\ntype = \"{word}\"\n{}",
            service("[\"login\"]")
        );
        let secret = at(&project(&spec, &[]), "kubernetes/login.externalsecret.yaml", "/spec");
        assert_eq!(secret["data"], json!([{"secretKey": key, "remoteRef": {"key": "demo/login"}}]));
    }
}

#[test]
fn an_encrypted_form_names_the_keys_and_gets_the_namespace() {
    let sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: notify\nspec:\n  \
                  encryptedData:\n    webhook: AgBy3i4OJSWK\n";
    let files = [("notify.yaml", sealed.as_bytes())];
    let spec = format!("[secrets.notify]\nfrom = \"sealed\"\nfile = \"notify.yaml\"\n{}", service("[\"notify\"]"));
    let compiled = project(&spec, &files);
    let metadata = at(&compiled, "kubernetes/notify.sealedsecret.yaml", "/metadata");
    assert_eq!(metadata["namespace"], "demo-default");
    let env = at(&compiled, API, POD)["containers"][0]["env"].clone();
    assert_eq!(named(&env, "SECRET_NOTIFY_WEBHOOK_FILE")["value"], "/run/secrets/notify/webhook");
    let place = at(&compiled, "compose.yaml", "/secrets/notify_webhook/file");
    assert_eq!(place, "../../.secrets/notify/webhook");
}

#[test]
fn keys_can_be_variables_in_place_of_files() {
    let compiled = project(
        &format!(
            "[secrets.database]\nfrom = \"existing\"\nkeys = [\"POSTGRES_USER\", \"POSTGRES_PASSWORD\"]\n{}",
            service("[{ name = \"database\", as = \"env\" }]")
        ),
        &[],
    );
    let pod = at(&compiled, API, POD);
    assert_eq!(named(&pod["volumes"], "secret-database"), &Value::Null);
    for key in ["POSTGRES_USER", "POSTGRES_PASSWORD"] {
        let variable = named(&pod["containers"][0]["env"], key);
        assert_eq!(variable["valueFrom"]["secretKeyRef"], json!({"name": "database", "key": key}));
    }
    let environment = at(&compiled, "compose.yaml", "/services/api/environment");
    let text = environment["POSTGRES_USER"].as_str().unwrap();
    assert!(text.starts_with("${SECRET_DATABASE_POSTGRES_USER:?"), "{text}");
    assert!(!is_emitted(&compiled, "kubernetes/database.externalsecret.yaml"));
    notes(&compiled, "set `SECRET_DATABASE_POSTGRES_PASSWORD` and `SECRET_DATABASE_POSTGRES_USER` there");
}

#[test]
fn another_path_in_the_store_rolls_exactly_those_that_read_it() {
    let annotations = |path: &str| {
        let compiled = project(
            &format!(
                "[secrets.token]\nfrom = \"external-secrets\"\nstore = \"vault\"\nkey = \"{path}\"\n\
                 [secrets.other]\nfrom = \"external-secrets\"\nstore = \"vault\"\nkey = \"demo/other\"\n{}\
                 [services.web]\nentry = \"serve.py\"\nport = 8081\nsecrets = [\"other\"]\n\
                 [services.plain]\nentry = \"serve.py\"\nport = 8082\n\
                 env = {{ TOKEN = {{ secret = \"token\" }} }}\n",
                service("[\"token\"]")
            ),
            &[],
        );
        ["api", "web", "plain"]
            .map(|it| at(&compiled, &format!("kubernetes/{it}.deployment.yaml"), "/spec/template/metadata/annotations"))
    };
    let [before, after] = ["demo/token", "demo/token-2"].map(annotations);
    assert_ne!(before[0], after[0]);
    assert_eq!(before[1], after[1]);
    assert_ne!(before[2], after[2]);
    assert!(before[0]["mlopsc.dev/secret-token"].is_string(), "{before:?}");
    assert_eq!(before[0]["mlopsc.dev/secret-other"], Value::Null);
}
