//! What a program is given.

use serde_json::json;

use super::{object, objects};

#[test]
fn numbers_of_the_environment_arrive_as_they_are_written() {
    let env = r#"
[services.api]
entry = "serve.py"
port = 8080
env = { VERSION = 1.10, SCALE = { value = 1e3 }, MODE = 0o17, COUNT = 1_000 }
"#;
    let objects = objects(env);
    let variables = &object(&objects, "Deployment", "api")["spec"]["template"]["spec"]["containers"][0]["env"];
    for (name, value) in [("VERSION", "1.10"), ("SCALE", "1e3"), ("MODE", "0o17"), ("COUNT", "1_000")] {
        let found = variables.as_array().expect("a list").iter().find(|it| it["name"] == name);
        assert_eq!(found, Some(&json!({ "name": name, "value": value })));
    }
}

#[test]
fn a_proxy_is_told_to_those_who_use_it() {
    let spec = r#"
[defaults]
proxy = { http = "http://proxy.hospital.example:3128", no-proxy = ["10.0.0.0/8"] }
[services.api]
entry = "serve.py"
port = 8080
[services.inner]
entry = "serve.py"
port = 8081
proxy = false
"#;
    let objects = objects(spec);
    let told = |name: &str| {
        let variables = &object(&objects, "Deployment", name)["spec"]["template"]["spec"]["containers"][0]["env"];
        let variables = variables.as_array().expect("a list").iter();
        let proxied =
            variables.filter(|it| it["name"].as_str().is_some_and(|it| it.to_lowercase().ends_with("_proxy")));
        proxied.map(|it| (it["name"].clone(), it["value"].clone())).collect::<Vec<_>>()
    };
    let direct = "10.0.0.0/8,localhost,127.0.0.1,::1,.svc,.cluster.local,api,inner";
    let proxy = "http://proxy.hospital.example:3128";
    let expected = [
        ("HTTP_PROXY", proxy),
        ("http_proxy", proxy),
        ("HTTPS_PROXY", proxy),
        ("https_proxy", proxy),
        ("NO_PROXY", direct),
        ("no_proxy", direct),
    ];
    assert_eq!(told("api"), expected.map(|(name, value)| (json!(name), json!(value))));
    assert_eq!(told("inner"), []);
}
