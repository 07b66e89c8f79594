//! What `kubectl apply` does that asks no server who owns what: each case is compared with what it really does.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::cluster::harness::tests;
use crate::faults::{applied, diff, found, place};
use crate::oracle::{essence, judge};

tests!(
    what_a_client_applies_again_is_judged_as_a_client_does_it,
    what_a_client_applied_stays_when_somebody_else_wrote_its_note,
    an_annotation_without_a_value_is_an_empty_one,
    two_ports_of_one_number_are_no_riddle_until_one_changes,
    what_others_added_stays_and_what_they_share_goes,
    what_is_left_empty_stays_with_the_defaults_in_it,
);

fn service(port: u16) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "clients"},
        "spec": {"selector": {"a": "b"}, "ports": [{"name": "http", "port": port}]}})
}

fn deployment() -> Value {
    let probe = json!({"tcpSocket": {"port": 80}});
    let container = json!({"name": "c", "image": "registry.example.org/c:1", "ports": [{"name": "http", "containerPort": 80}],
        "livenessProbe": probe, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "clients"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"a": "b"}}, "strategy": {"type": "RollingUpdate"},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container],
            "volumes": [{"name": "v", "emptyDir": {}}]}}}})
}

fn apply(cluster: &Cluster, objects: &[Value]) {
    apply_from(cluster, "--server-side=false", objects);
}

fn apply_from(cluster: &Cluster, side: &str, objects: &[Value]) {
    let folder = TempDir::new().unwrap();
    // Of a list in a file a client says more than it does of each.
    for (at, object) in objects.iter().enumerate() {
        fs::write(folder.path().join(format!("{at}.json")), object.to_string()).unwrap();
    }
    let said = cluster.kubectl(["apply", side, "-f", &folder.path().display().to_string()]);
    assert_eq!(said.code, 0, "{said:?}");
}

/// What a diff says and what an apply does; the report is given back.
fn as_applied(cluster: &Cluster, wanted: &[Value]) -> Value {
    let get = || wanted.iter().map(|it| cluster.get(&cluster.path_of(it)).ok()).collect::<Vec<_>>();
    let before = get();
    let (said, all) = diff(cluster, wanted, cluster.kubeconfig(), &[]);
    assert!(said.code < 2, "{said:?}");
    let (approved, _) = diff(cluster, wanted, cluster.kubeconfig(), &["--expect", all["plan"].as_str().unwrap()]);
    assert_eq!(approved.code, 0, "what can be applied can be expected: {approved:?}");
    apply(cluster, wanted);
    for ((object, before), after) in wanted.iter().zip(&before).zip(&get()) {
        let (before, after) = (essence(before), essence(after));
        let entry = found(&all, object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap());
        assert_eq!(entry["verdict"], if before == after { "same" } else { "changed" }, "{entry:#}");
        judge(&before, &after, entry["fields"].as_array().unwrap()).unwrap_or_else(|why| panic!("{why}: {entry:#}"));
    }
    all
}

/// The field of a report at a path, with which side moved.
fn moved<'f>(entry: &'f Value, path: &str) -> &'f Value {
    let fields = entry["fields"].as_array().unwrap();
    let field = fields.iter().find(|it| it["path"] == path).unwrap_or_else(|| panic!("{path}: {entry:#}"));
    &field["moved"]
}

fn what_a_client_applies_again_is_judged_as_a_client_does_it() {
    let Some(cluster) = place("clients") else { return };
    let mut wanted = [service(80), deployment()];
    apply(cluster, &wanted);
    let all = as_applied(cluster, &wanted);
    assert_eq!(all["summary"]["same"], 2, "{all:#}");
    let is_said =
        |it: &Value| it.as_str().is_some_and(|it| it.contains("client-side apply") && it.contains("--field-manager"));
    assert!(all["notes"].as_array().unwrap().iter().any(is_said), "{all:#}");

    // A port is another item of its list, and of the name that the old one has.
    wanted[0] = service(81);
    let container = "/spec/template/spec/containers/0";
    wanted[1].pointer_mut(container).unwrap()["ports"][0]["containerPort"] = 81.into();
    as_applied(cluster, &wanted);

    // Somebody scales, and whoever applies again takes it back.
    let said = cluster.kubectl(["scale", "-n", "clients", "deployment/api", "--replicas=5"]);
    assert_eq!(said.code, 0, "{said:?}");
    let all = as_applied(cluster, &wanted);
    assert_eq!(moved(found(&all, "Deployment", "api"), "spec.replicas"), "cluster");

    // What is not wanted any more goes, with what the server put into it; the source of a volume and the strategy too.
    wanted[0]["spec"]["ports"] = json!([{"name": "more", "port": 82}, {"name": "http", "port": 81}]);
    as_applied(cluster, &wanted);
    wanted[0]["spec"]["ports"].as_array_mut().unwrap().remove(0);
    let spec = wanted[1]["spec"].as_object_mut().unwrap();
    spec.shift_remove("replicas");
    spec.insert("strategy".to_owned(), json!({"type": "Recreate"}));
    spec["template"]["spec"]["volumes"] = json!([{"name": "v", "configMap": {"name": "c", "optional": true}}]);
    let container = wanted[1].pointer_mut(container).unwrap().as_object_mut().unwrap();
    container.shift_remove("livenessProbe");
    container["env"].as_array_mut().unwrap().remove(0);
    let all = as_applied(cluster, &wanted);
    let entry = found(&all, "Deployment", "api");
    for path in ["livenessProbe", "env[name=A]"] {
        let path = format!("spec.template.spec.containers[name=c].{path}");
        assert_eq!(moved(entry, &path), "spec", "who took it out of the spec moved: {entry:#}");
    }
    assert_eq!(moved(found(&all, "Service", "api"), "spec.ports[port=82,protocol=TCP]"), "spec");
}

/// Whoever wrote the note last is the client whose fields kubectl takes over, and nobody else is.
fn what_a_client_applied_stays_when_somebody_else_wrote_its_note() {
    let Some(cluster) = place("clients-edited") else { return };
    let config = |labels: &Value| {
        [json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a", "namespace": "clients-edited", "labels": labels}, "data": {"k": "1"}})]
    };
    let wanted = config(&json!({"a": "1"}));
    let path = cluster.path_of(&wanted[0]);
    apply(cluster, &config(&json!({"a": "1", "b": "1"})));
    let note = json!({"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "edited"}}});
    cluster.merge(&format!("{path}?fieldManager=kubectl-edit"), &note).ok();
    let (_, all) = diff(cluster, &wanted, cluster.kubeconfig(), &["--field-manager", "kubectl"]);
    apply_from(cluster, "--server-side=true", &wanted);
    assert_eq!(cluster.get(&path).ok()["metadata"]["labels"], json!({"a": "1", "b": "1"}));
    assert_eq!(all["summary"]["same"], 1, "{all:#}");
}

/// A client reads the annotations of a manifest itself.
fn an_annotation_without_a_value_is_an_empty_one() {
    let Some(cluster) = place("clients-notes") else { return };
    let config = |name: &str, annotations: &Value| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "clients-notes", "annotations": annotations}, "data": {"k": "1"}})
    };
    let applied = ["changed", "new", "number"].map(|it| config(it, &json!({"a": "1"})));
    apply(cluster, &applied);
    let wanted = [config("changed", &json!({"a": null})), config("new", &json!({"a": "1", "b": null}))];
    as_applied(cluster, &wanted);
    // What is no annotation at all ends the client.
    let (_, all) = diff(cluster, &[config("number", &json!(0))], cluster.kubeconfig(), &[]);
    assert_eq!(found(&all, "ConfigMap", "number")["verdict"], "refused", "{all:#}");
}

/// A client tells the ports of a Service apart by their numbers alone.
fn two_ports_of_one_number_are_no_riddle_until_one_changes() {
    let Some(cluster) = place("clients-twins") else { return };
    let mut wanted = [service(53)];
    wanted[0]["metadata"]["namespace"] = "clients-twins".into();
    let port = |name: &str, protocol: &str| json!({"name": name, "port": 53, "protocol": protocol});
    wanted[0]["spec"]["ports"] = json!([port("dns", "UDP"), port("dns-tcp", "TCP")]);
    apply(cluster, &wanted);
    wanted[0]["spec"]["selector"]["more"] = "x".into();
    let all = as_applied(cluster, &wanted);
    assert_eq!(found(&all, "Service", "api")["fields"].as_array().unwrap().len(), 1, "{all:#}");
    wanted[0]["spec"]["ports"][0]["name"] = "other".into();
    let (said, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    let entry = found(&all, "Service", "api");
    let reason = entry["reason"].as_str().unwrap();
    assert_eq!((said.code, &entry["verdict"]), (3, &json!("unknown")), "{entry:#}");
    assert!(reason.contains("`ports` has two items with the port 53"), "{entry:#}");
}

fn what_others_added_stays_and_what_they_share_goes() {
    let Some(cluster) = place("clients-beside") else { return };
    let mut wanted = [deployment()];
    wanted[0]["metadata"]["namespace"] = "clients-beside".into();
    wanted[0]["metadata"]["labels"] = json!({"ours": "1", "also": "2"});
    wanted[0]["metadata"]["finalizers"] = json!(["tests.example.org/ours"]);
    apply(cluster, &wanted);
    let path = cluster.path_of(&wanted[0]);
    let more = json!({"metadata": {"labels": {"theirs": "1"}, "finalizers": ["tests.example.org/ours", "tests.example.org/theirs"]},
        "spec": {"template": {"spec": {"containers": [{"name": "c", "env": [{"name": "THEIRS", "value": "x"}]}]}}}});
    cluster.patch(&format!("{path}?fieldManager=others"), "application/strategic-merge-patch+json", &more).ok();
    let all = as_applied(cluster, &wanted);
    assert_eq!(all["summary"]["same"], 1, "{all:#}");
    wanted[0]["metadata"]["labels"] = json!({"ours": "1"});
    wanted[0]["metadata"].as_object_mut().unwrap().shift_remove("finalizers");
    as_applied(cluster, &wanted);
    cluster.merge(&path, &json!({"metadata": {"finalizers": null}})).ok();
}

/// A kind whose `template` has a default inside.
fn definition() -> Value {
    let template = json!({"type": "object", "properties": {"engine": {"type": "string", "default": "v2"}, "type": {"type": "string"}}});
    let spec = json!({"type": "object", "properties": {"size": {"type": "integer"}, "template": template}});
    let schema = json!({"type": "object", "properties": { "spec": spec }});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "copies.clients.example.org"}, "spec": {"group": "clients.example.org", "scope": "Namespaced",
        "names": {"kind": "Copy", "plural": "copies", "singular": "copy", "listKind": "CopyList"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}})
}

fn what_is_left_empty_stays_with_the_defaults_in_it() {
    let Some(cluster) = place("clients-empty") else { return };
    let definition = definition();
    applied(cluster, &definition);
    cluster.until_served(&definition);
    let copy = |name: &str, template: &Value| {
        json!({"apiVersion": "clients.example.org/v1", "kind": "Copy", "metadata": {"name": name, "namespace": "clients-empty"},
            "spec": {"size": 1, "template": template}})
    };
    let full = ["a", "b"].map(|it| copy(it, &json!({"type": "Opaque"})));
    let template = |it: usize| cluster.get(&cluster.path_of(&full[it])).ok()["spec"]["template"].clone();
    apply(cluster, &full);
    // What somebody else has in it keeps it.
    cluster.merge(&cluster.path_of(&full[1]), &json!({"spec": {"template": {"engine": "v3"}}})).ok();
    let empty = ["a", "b"].map(|it| copy(it, &json!({})));
    let (_, all) = diff(cluster, &empty, cluster.kubeconfig(), &["--field-manager", "kubectl"]);
    apply_from(cluster, "--server-side=true", &empty);
    // Nothing is left of the other before any default comes, which the schema does not take.
    assert_eq!((template(0), template(1)), (json!({"engine": "v2", "type": "Opaque"}), json!({"engine": "v3"})));
    let entry = found(&all, "Copy", "a");
    assert_eq!(entry["verdict"], "refused", "{entry:#}");
    assert!(entry["reason"].as_str().unwrap().contains("stay: nothing would be left around them"), "{entry:#}");
    let entry = found(&all, "Copy", "b");
    assert_eq!(
        (&entry["verdict"], &entry["fields"][0]["path"]),
        (&json!("changed"), &json!("spec.template.type")),
        "{entry:#}"
    );
}
