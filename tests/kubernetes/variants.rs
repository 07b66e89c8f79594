//! Variants of services: what runs beside what, and who is answered by which.

use serde_json::{Value, json};

use super::{object, objects};

const BY_GATEWAY: &str = r#"
[cluster]
gateway = { name = "public", namespace = "gateway-system" }
[services.viewer]
entry = "serve.py"
port = 8081
replicas = 4
env = { MODE = "plain", COLOUR = "grey" }
resources = { cpu = "1", memory = "2Gi" }
clients = [{ service = "portal" }]
egress = [{ cidr = "10.20.0.0/16", ports = [443] }]
service = { name = "dicom-viewer" }
route = { host = "viewer.hospital.example", paths = [{ path = "/ui", rewrite = "/" }] }
[services.viewer.variants.b]
image = "registry.example.org/imaging/viewer:3.3.0"
args = ["--fast"]
env = { MODE = "new" }
resources = { cpu = "2" }
replicas = 2
weight = 20
[services.viewer.variants.staff]
match = { header = { x-cohort = "staff" } }
[services.portal]
entry = "serve.py"
port = 8000
clients = []
env = { VIEWER = { service = "viewer" } }
"#;

const BY_REPLICAS: &str = r#"
[services.viewer]
entry = "serve.py"
port = 8081
replicas = 5
clients = [{ service = "portal" }]
[services.viewer.variants.b]
args = ["--fast"]
weight = 40
[services.portal]
entry = "serve.py"
port = 8000
clients = []
env = { VIEWER = { service = "viewer" } }
"#;

/// Whether a selector takes the pods of a Deployment.
fn selects(selector: &Value, objects: &[Value], deployment: &str) -> bool {
    let labels = &object(objects, "Deployment", deployment)["spec"]["template"]["metadata"]["labels"];
    selector.as_object().expect("a map").iter().all(|(key, value)| labels[key] == *value)
}

fn selector<'o>(objects: &'o [Value], kind: &str, name: &str) -> &'o Value {
    let spec = &object(objects, kind, name)["spec"]["selector"];
    spec.get("matchLabels").unwrap_or(spec)
}

#[test]
fn a_variant_is_the_service_with_what_it_says() {
    let objects = objects(BY_GATEWAY);
    let variant = object(&objects, "Deployment", "viewer-b");
    assert_eq!(variant["spec"]["replicas"], 2);
    let container = &variant["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "registry.example.org/imaging/viewer:3.3.0");
    assert_eq!(container.get("command"), None, "the entry is of the service's image");
    assert_eq!(container["args"], json!(["--fast"]));
    assert_eq!(container["resources"]["requests"]["cpu"], "2");
    assert_eq!(container["resources"]["requests"]["memory"], "2Gi");
    let env = |name: &str| {
        container["env"].as_array().expect("a list").iter().find(|it| it["name"] == name).map(|it| it["value"].clone())
    };
    assert_eq!([env("MODE"), env("COLOUR")], [Some(json!("new")), Some(json!("grey"))]);
    assert_eq!(object(&objects, "Deployment", "viewer")["spec"]["replicas"], 4);
    assert_eq!(object(&objects, "Deployment", "viewer-staff")["spec"]["replicas"], 4);
    for kind in ["PodDisruptionBudget", "ServiceAccount"] {
        object(&objects, kind, "viewer-b");
    }
}

#[test]
fn nobody_selects_the_pods_of_another() {
    let without: String = BY_GATEWAY.split("[services.viewer.variants.b]").take(1).collect();
    let alone = objects(&(without + "[services.portal]\nentry = \"serve.py\"\nport = 8000\n"));
    let objects = objects(BY_GATEWAY);
    let all = ["viewer", "viewer-b", "viewer-staff", "portal"];
    for kind in ["Deployment", "PodDisruptionBudget"] {
        for owner in ["viewer", "viewer-b", "viewer-staff"] {
            let own = selector(&objects, kind, owner);
            let taken: Vec<&str> = all.into_iter().filter(|it| selects(own, &objects, it)).collect();
            assert_eq!(taken, [owner], "{kind}");
        }
    }
    assert_eq!(selector(&objects, "Deployment", "viewer"), selector(&alone, "Deployment", "viewer"));
    let labels = &object(&objects, "Deployment", "viewer-b")["spec"]["template"]["metadata"]["labels"];
    assert_eq!(labels["mlopsc.dev/variant"], "b");
    assert_eq!(labels["mlopsc.dev/service"], "viewer");
}

#[test]
fn a_gateway_counts_requests_or_reads_their_headers() {
    let objects = objects(BY_GATEWAY);
    let rules = object(&objects, "HTTPRoute", "viewer")["spec"]["rules"].as_array().expect("a list");
    let backends = |at: usize| -> Vec<(&str, Option<i64>)> {
        let all = rules[at]["backendRefs"].as_array().expect("a list");
        all.iter().map(|it| (it["name"].as_str().expect("a name"), it["weight"].as_i64())).collect()
    };
    assert_eq!(rules.len(), 2);
    let header = json!([{ "name": "x-cohort", "type": "Exact", "value": "staff" }]);
    assert_eq!(rules[0]["matches"][0]["headers"], header);
    assert_eq!(backends(0), [("viewer-staff", None)]);
    assert_eq!(rules[1]["matches"][0].get("headers"), None);
    assert_eq!(backends(1), [("dicom-viewer", Some(80)), ("viewer-b", Some(20))]);
    for rule in rules {
        assert_eq!(rule["matches"][0]["path"]["value"], "/ui");
        assert_eq!(rule["filters"][0]["type"], "URLRewrite");
    }
    let of = |service: &str, pods: &str| selects(selector(&objects, "Service", service), &objects, pods);
    assert!(of("dicom-viewer", "viewer") && !of("dicom-viewer", "viewer-b"), "callers reach the service itself");
    assert!(of("viewer-b", "viewer-b") && !of("viewer-b", "viewer"));
    assert!(!objects.iter().any(|it| it["kind"] == "HTTPRoute" && it["metadata"]["name"] == "viewer-b"));
}

#[test]
fn one_service_is_answered_by_all_where_replicas_are_shared_out() {
    let objects = objects(BY_REPLICAS);
    let replicas = |name| object(&objects, "Deployment", name)["spec"]["replicas"].as_i64();
    assert_eq!([replicas("viewer"), replicas("viewer-b")], [Some(3), Some(2)]);
    let service = selector(&objects, "Service", "viewer");
    assert!(selects(service, &objects, "viewer") && selects(service, &objects, "viewer-b"));
    assert!(!selects(service, &objects, "portal"));
    assert!(!objects.iter().any(|it| it["kind"] == "Service" && it["metadata"]["name"] == "viewer-b"));
    assert!(!selects(selector(&objects, "Deployment", "viewer"), &objects, "viewer-b"));
}

#[test]
fn variants_talk_to_whom_the_service_talks_to() {
    for (objects, gateway) in [(objects(BY_GATEWAY), true), (objects(BY_REPLICAS), false)] {
        let (own, variant) =
            (object(&objects, "NetworkPolicy", "viewer"), object(&objects, "NetworkPolicy", "viewer-b"));
        assert_eq!(variant["spec"]["ingress"], own["spec"]["ingress"]);
        assert_eq!(variant["spec"].get("egress"), own["spec"].get("egress"));
        assert_eq!(own["spec"]["ingress"].as_array().map(Vec::len), Some(if gateway { 2 } else { 1 }));
        let peers = object(&objects, "NetworkPolicy", "portal")["spec"]["egress"].to_string();
        assert!(peers.contains("\"viewer\"") && peers.contains("\"viewer-b\""), "{peers}");
    }
}
