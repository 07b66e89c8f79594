//! Manifests of the user's own.

use serde_json::json;

use super::{object, objects_of};

const SPEC: &str = r#"
[services.api]
entry = "serve.py"
port = 8080
[[objects]]
file = "own.yaml"
"#;

const OWN: &str = "
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  name: api
  labels: {app.kubernetes.io/name: mine, app.kubernetes.io/managed-by: hand, team: imaging}
spec: {selector: {}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: csi.example.org
";

#[test]
fn they_join_the_tree_with_the_labels_of_the_project() {
    let objects = objects_of(SPEC, &[("own.yaml", OWN)]);
    let own = object(&objects, "PodMonitor", "api");
    assert_eq!(own["spec"], json!({ "selector": {} }));
    assert_eq!(own["metadata"]["namespace"], "demo-default");
    let labels = &own["metadata"]["labels"];
    assert_eq!(labels["app.kubernetes.io/name"], "mine", "what a user says of their object stays");
    assert_eq!(labels["app.kubernetes.io/managed-by"], "mlopsc", "by this it is found");
    assert_eq!(labels["app.kubernetes.io/instance"], "demo-default");
    assert_eq!(labels["team"], "imaging");
}

#[test]
fn one_of_the_whole_cluster_has_no_namespace() {
    let objects = objects_of(SPEC, &[("own.yaml", OWN)]);
    assert!(object(&objects, "StorageClass", "fast")["metadata"].get("namespace").is_none());
    let listed =
        objects.iter().find(|it| it["kind"] == "Kustomization" && it["resources"][0] == "demo-default.namespace.yaml");
    assert_eq!(listed.expect("the cluster's kustomization")["resources"][1], "fast.storageclass.yaml");
}
