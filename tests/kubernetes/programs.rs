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
