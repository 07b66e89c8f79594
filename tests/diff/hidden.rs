//! What is hidden though nobody compares it or says that it is secret, and what is shown though a Secret holds it.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::secrets::{FORMATS, broken, encoded, hex, holds_nothing_of, list};
use crate::server::{Act, Server};
use crate::support::binary::mlopsc;

/// Values of Secrets that no verdict is about: of a controller, of a release of Helm, of a file of settings, of bytes
/// that are no text.
#[test]
fn values_of_secrets_that_nobody_compares_are_hidden_too() {
    let values = ["c0ntroller-Made9", "1n-a-Release#x", "S3ttings!file", "Dock3r-L0gin%", "pl4in-in-Env"];
    let release =
        json!({"name": "db", "config": {"auth": {"password": values[1]}}, "manifest": "apiVersion: v1\nkind: List\n"});
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, release.to_string().as_bytes()).unwrap();
    let release = STANDARD.encode(STANDARD.encode(packed.finish().unwrap()));
    let bytes: Vec<u8> = (0..40_u8).map(|it| it.wrapping_mul(37) ^ 0xa5).collect();
    let login =
        json!({"auths": {"registry.example.org": {"auth": encoded(&format!("puller:{}", values[3]))}}}).to_string();
    let made = |name: &str, data: Value| {
        let owners =
            json!([{"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "name": name, "uid": "7"}]);
        let metadata = json!({"name": name, "namespace": "n", "uid": "8", "ownerReferences": owners});
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    };
    let settings = format!("# of the database\ndatabase:\n  host: db.example.org\n  phrase: {}\n", values[2]);
    let pod = json!({"metadata": {"name": "p", "namespace": "n", "uid": "9"}, "spec": {"containers":
        [{"name": "c", "env": [{"name": "DB_PASSWORD", "value": values[4]}]}]}, "apiVersion": "v1", "kind": "Pod"});
    let mut live = vec![
        made("a", json!({"x": encoded(values[0])})),
        made("sh.helm.release.v1.db.v1", json!({"release": release})),
        made("settings", json!({"app.yaml": encoded(&settings), "keytab": STANDARD.encode(&bytes)})),
        made("login", json!({".dockerconfigjson": encoded(&login)})),
        pod,
    ];
    let config = |text: &str| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"},
        "data": {"a": text, "b": hex(text), "c": format!("{text}, host db.example.org")}})
    };
    live.push(config("before"));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("live.json"), list(live).to_string()).unwrap();
    for value in values {
        fs::write(folder.path().join("wanted.json"), list(vec![config(value)]).to_string()).unwrap();
        for format in FORMATS {
            let arguments = [&["diff", "--desired", "wanted.json", "--live", "live.json"], *format].concat();
            let run = mlopsc(folder.path(), &arguments).exits_with(1);
            holds_nothing_of(&run.stdout, value).unwrap_or_else(|it| panic!("{value}: {it}"));
        }
    }
    let digits = bytes.iter().map(|it| format!("{it:02X}")).collect::<String>();
    let longer = STANDARD.encode([b"x".as_slice(), &bytes].concat());
    fs::write(folder.path().join("wanted.json"), list(vec![config(&format!("{digits} {longer}"))]).to_string())
        .unwrap();
    let run = mlopsc(folder.path(), &["diff", "--desired", "wanted.json", "--live", "live.json"]).exits_with(1);
    assert!(!run.stdout.contains(&digits[8..20]) && !run.stdout.contains(&longer[8..20]), "{}", run.stdout);
}

/// A controller gives its Secret the labels of what it made it from, so that the server lists it.
#[test]
fn a_secret_of_a_controller_is_known_when_a_server_lists_it() {
    let value = "c0ntroller-Made9";
    let labels = json!({"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": "a"});
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n", "labels": labels},
        "data": {"a": value}});
    let mut before = config.clone();
    before["data"]["a"] = "before".into();
    let owners = json!([{"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "name": "s", "uid": "7"}]);
    let secret = json!({"metadata": {"name": "s", "namespace": "n", "labels": labels, "ownerReferences": owners}, "data": {"a": encoded(value)}});
    let (after, now) = (config.clone(), before);
    let server = Server::start(move |method, path, _| match (method, path.split('?').next().unwrap_or_default()) {
        ("GET", "/api/v1") => Act::kinds(&[("secrets", "Secret"), ("configmaps", "ConfigMap")]),
        ("GET", "/api/v1/namespaces/n/secrets") => Act::Say(200, json!({"kind": "SecretList", "items": [secret]})),
        ("GET", "/api/v1/namespaces/n/configmaps") => Act::Say(200, json!({"kind": "ConfigMapList", "items": [now]})),
        ("PATCH", _) => Act::Say(200, after.clone()),
        _ => Act::Say(404, json!({"kind": "Status", "code": 404, "message": "not found"})),
    });
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("wanted.json"), config.to_string()).unwrap();
    server.kubeconfig(&folder.path().join("config"));
    let run = mlopsc(folder.path(), &["diff", "--desired", "wanted.json", "--kubeconfig", "config"]).exits_with(1);
    assert!(run.stdout.contains("- before") && !run.stdout.contains("Secret n/s"), "{}", run.stdout);
    holds_nothing_of(&run.stdout, value).unwrap();
}

/// Keys, however they are wrapped and whatever stands around them, and tokens under names that say what they are.
#[test]
fn what_is_secret_by_its_form_is_hidden_though_no_secret_holds_it() {
    let digits = |head: &str| format!("{head}{}", "Qx7vB2nM9kLp4Zr8".repeat(4));
    let keys = [
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        "MIIEpAIBAAKCAQEA",
        "MHcCAQEEI",
        "MC4CAQAwBQYDK2VwBCIEI",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w",
    ];
    let mut data: Map<String, Value> =
        keys.iter().enumerate().map(|(at, it)| (format!("k{at}"), digits(it).into())).collect();
    data.insert("wrapped".into(), broken(&digits(keys[0]), 33).into());
    data.insert(
        "quoted".into(),
        digits(keys[1])
            .as_bytes()
            .chunks(20)
            .map(|it| String::from_utf8_lossy(it))
            .collect::<Vec<_>>()
            .join("\\n")
            .into(),
    );
    data.insert("session-key".into(), "Qx7vB2nM9kLp4Zr8".into());
    data.insert("appSalt".into(), "Qx7vB2nM9kLp4Zr8".into());
    data.insert(
        "jwt".into(),
        format!("eyJhbGciOiJIUzI1NiJ9.{}.Qx7vB2nM9kLp4Zr8", "eyJzdWIiOiJRejd2QjJuTTlrTHA0WnI4In0").into(),
    );
    let config =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}, "data": data});
    let folder = TempDir::new().unwrap();
    let before = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}, "data": {"a": "b"}});
    fs::write(folder.path().join("wanted.json"), config.to_string()).unwrap();
    fs::write(folder.path().join("live.json"), before.to_string()).unwrap();
    for format in FORMATS {
        let arguments = [&["diff", "--desired", "wanted.json", "--live", "live.json"], *format].concat();
        let run = mlopsc(folder.path(), &arguments).exits_with(1);
        assert!(
            !run.stdout.contains("Qx7vB2") && !run.stdout.contains("AQEA") && !run.stdout.contains("QyJ"),
            "{}",
            run.stdout
        );
    }
}

/// A Secret may hold what everybody writes, and a diff of hidden words would say nothing.
#[test]
fn what_everybody_writes_is_shown_though_a_secret_holds_it() {
    let common = [
        "true",
        "postgres",
        "8080",
        "admin",
        "production",
        "us-east-1",
        "db.prod.svc.cluster.local",
        "mri-classifier-database",
    ];
    let data: Map<String, Value> =
        common.iter().enumerate().map(|(at, it)| (format!("v{at}"), encoded(it).into())).collect();
    let settings = encoded("apiVersion: v1\nkind: Settings\nport: 8080\nlevel: info\n");
    let secret =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": data});
    let more = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "t", "namespace": "n"}, "data": {"f": settings}});
    let config = |round: usize| {
        let mut data: Map<String, Value> =
            common.iter().enumerate().map(|(at, it)| (format!("v{at}"), format!("{it} {round}").into())).collect();
        data.insert("password".into(), "postgres".into());
        data.insert("manifest".into(), format!("apiVersion: v1\nport: 8080 {round}\n").into());
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mri-classifier-database", "namespace": "n"}, "data": data})
    };
    let pod = |round: usize| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"},
        "spec": {"containers": [{"name": "postgres", "image": format!("postgres:1{round}"), "ports": [{"containerPort": 8080 + round}]}]}})
    };
    let folder = TempDir::new().unwrap();
    let side = |round: usize| list(vec![secret.clone(), more.clone(), config(round), pod(round)]).to_string();
    fs::write(folder.path().join("wanted.json"), side(6)).unwrap();
    fs::write(folder.path().join("live.json"), side(5)).unwrap();
    let text = mlopsc(folder.path(), &["diff", "--desired", "wanted.json", "--live", "live.json"]).exits_with(1).stdout;
    for it in common.iter().map(|it| format!("+ {it} 6")).chain([
        "+ postgres:16".into(),
        "+ port: 8080 6".into(),
        "8086".into(),
    ]) {
        assert!(text.contains(&it), "{it}:\n{text}");
    }
    // Under the Secret, and under names that tell, even these are hidden.
    fs::write(folder.path().join("live.json"), list(vec![]).to_string().replace("[]", "[{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"namespace\":\"n\"},\"data\":{\"v1\":\"eA==\"}}]")).unwrap();
    let text = mlopsc(folder.path(), &["diff", "--desired", "wanted.json", "--live", "live.json"]).exits_with(1).stdout;
    assert!(!text.contains("postgres") && !text.contains(&encoded("postgres")), "{text}");
}

/// Where only what is hidden in a list differs, the list is shown as a list is.
#[test]
fn a_list_that_differs_in_what_is_hidden_is_a_list() {
    let pod = |password: &str| {
        list(vec![json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "n"},
            "spec": {"containers": [{"name": "c", "args": ["--level", "info", "--password", password]}]}})])
    };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("wanted.json"), pod("other").to_string()).unwrap();
    fs::write(folder.path().join("live.json"), pod("one").to_string()).unwrap();
    let said = |more: &[&str]| {
        let arguments = [&["diff", "--desired", "wanted.json", "--live", "live.json"], more].concat();
        mlopsc(folder.path(), &arguments).exits_with(1).stdout
    };
    for text in [said(&[]), said(&["--format", "markdown"]), said(&["--side-by-side"])] {
        assert!(text.lines().any(|it| it.trim().trim_end_matches(' ').ends_with("--password")), "{text}");
        assert!(text.contains("(hidden), another value than before") && !text.contains("\\n"), "{text}");
    }
}
