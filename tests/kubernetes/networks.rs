//! NetworkPolicies: the ports that each side may use.

use serde_json::json;

use super::{object, objects};

const NARROWED: &str = r#"
[services.api]
entry = "serve.py"
port = 8080
env = { STORE = { service = "store" } }
[services.store]
entry = "serve.py"
ports = [{ name = "http", port = 8000 }, { name = "admin", port = 9000 }]
clients = [{ service = "api", ports = ["http"] }]
"#;

#[test]
fn clients_leave_only_the_ports_that_they_name() {
    let objects = objects(NARROWED);
    let http = json!([{ "port": 8000, "protocol": "TCP" }]);
    assert_eq!(object(&objects, "NetworkPolicy", "store")["spec"]["ingress"][0]["ports"], http);
    assert_eq!(object(&objects, "NetworkPolicy", "api")["spec"]["egress"][0]["ports"], http);
}
