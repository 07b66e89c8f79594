//! Several namespaces: what is in which, and how what is in one reaches the other.

use serde_json::{Value, json};

use super::objects;

const SPEC: &str = r#"
[namespaces.default]
labels = { "hospital.example/team" = "reading" }
[namespaces.workbench]
pod-security = "baseline"
reason = "the server starts as root"
quota = { cpu = "16" }
[namespaces.pacs]
mode = "external"
name = "pacs-prod"
[config.app]
threshold = 0.5
[secrets.login]
from = "external-secrets"
store = "vault"
keys = { token = "reading/login#token" }
[data.notes]
class = "synthetic"
size = "1Gi"
[services.api]
entry = "serve.py"
port = 8080
config = ["app"]
clients = [{ service = "desk" }, { namespace = "pacs" }]
[services.desk]
entry = "serve.py"
port = 8081
namespace = "workbench"
config = ["app"]
secrets = ["login"]
outputs = ["notes"]
env = { API = { service = "api" } }
permissions = [{ resources = ["configmaps"], verbs = ["get"] }]
"#;

fn find<'o>(objects: &'o [Value], kind: &str, namespace: &str, name: &str) -> &'o Value {
    let metadata =
        |it: &&Value| it["kind"] == kind && it["metadata"]["name"] == name && it["metadata"]["namespace"] == *namespace;
    objects.iter().find(metadata).unwrap_or_else(|| panic!("no {kind} {name} in {namespace}"))
}

#[test]
fn each_has_its_level_its_quota_its_policies_and_what_its_pods_read() {
    let objects = objects(SPEC);
    let namespace = |name: &str| {
        let is_it = |it: &&Value| it["kind"] == "Namespace" && it["metadata"]["name"] == name;
        &objects.iter().find(is_it).unwrap_or_else(|| panic!("no namespace {name}"))["metadata"]
    };
    assert_eq!(namespace("demo-default")["labels"]["hospital.example/team"], "reading");
    assert_eq!(namespace("demo-default")["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
    let workbench = namespace("demo-default-workbench");
    assert_eq!(workbench["labels"]["pod-security.kubernetes.io/enforce"], "baseline");
    assert_eq!(workbench["annotations"]["mlopsc.dev/reason"], "the server starts as root");
    let desk = |kind, name| find(&objects, kind, "demo-default-workbench", name);
    assert_eq!(desk("ResourceQuota", "quota")["spec"]["hard"], json!({ "requests.cpu": "16" }));
    for (kind, name) in [
        ("LimitRange", "defaults"),
        ("NetworkPolicy", "deny-all"),
        ("NetworkPolicy", "allow-dns"),
        ("StatefulSet", "desk"),
        ("Service", "desk"),
        ("ServiceAccount", "desk"),
        ("ExternalSecret", "login"),
        ("PersistentVolumeClaim", "notes"),
    ] {
        desk(kind, name);
    }
    assert_eq!(desk("RoleBinding", "desk")["subjects"][0]["namespace"], "demo-default-workbench");
    let is_elsewhere = |it: &&Value| it["kind"] == "ExternalSecret" && it["metadata"]["namespace"] == "demo-default";
    assert_eq!(objects.iter().filter(is_elsewhere).count(), 0, "nobody there reads it");
    let maps = objects.iter().filter(|it| it["kind"] == "ConfigMap").count();
    assert_eq!(maps, 2, "a pod reads only those of its own namespace");
    assert!(!objects.iter().any(|it| it["metadata"]["namespace"] == "pacs-prod"), "it is another team's");
}

#[test]
fn the_way_between_them_is_open_on_both_sides_and_by_name() {
    let objects = objects(SPEC);
    let space = |name: &str| json!({ "matchLabels": { "kubernetes.io/metadata.name": name } });
    let api = &find(&objects, "NetworkPolicy", "demo-default", "api")["spec"]["ingress"];
    let from: Vec<&Value> =
        api.as_array().expect("rules").iter().map(|it| &it["from"][0]["namespaceSelector"]).collect();
    assert_eq!(from, [&space("demo-default-workbench"), &space("pacs-prod")]);
    let desk = find(&objects, "NetworkPolicy", "demo-default-workbench", "desk");
    let to = &desk["spec"]["egress"][0]["to"][0];
    assert_eq!(to["namespaceSelector"], space("demo-default"));
    assert_eq!(to["podSelector"]["matchLabels"]["app.kubernetes.io/name"], "api");
    let pod = &find(&objects, "StatefulSet", "demo-default-workbench", "desk")["spec"]["template"]["spec"];
    let variables = pod["containers"][0]["env"].as_array().expect("a list");
    assert!(variables.contains(&json!({ "name": "API", "value": "api.demo-default.svc" })), "{variables:#?}");
}

#[test]
fn a_patch_is_for_every_object_of_its_name() {
    let patch = "[[patches]]\ntarget = { kind = \"NetworkPolicy\", name = \"deny-all\" }\n\
        patch = [{ op = \"add\", path = \"/metadata/annotations\", value = { seen = \"yes\" } }]\n";
    let spec = format!(
        "[namespaces.other]\n[services.api]\nentry = \"serve.py\"\nport = 8080\nnamespace = \"other\"\n{patch}"
    );
    let objects = objects(&spec);
    let policies: Vec<_> = objects.iter().filter(|it| it["metadata"]["name"] == "deny-all").collect();
    assert_eq!(policies.len(), 2);
    policies.iter().for_each(|it| assert_eq!(it["metadata"]["annotations"]["seen"], "yes", "{it}"));
}
