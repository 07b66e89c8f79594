//! A definition that changes together with the objects of its kind.

use serde_json::{Value, json};

use crate::cluster::harness::tests;
use crate::faults::{applied, diff, found, place};

tests!(
    what_a_changed_definition_allows_is_not_refused_by_the_old_one,
    what_is_there_in_another_version_is_not_made_anew,
);

/// The definition of a kind whose spec has these fields.
fn definition(fields: &Value) -> Value {
    let spec = json!({"type": "object", "required": ["size", "mode"], "properties": fields});
    let schema = json!({"type": "object", "properties": {"spec": spec}});
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "scanners.definitions.example.org"}, "spec": {"group": "definitions.example.org",
        "scope": "Namespaced", "names": {"kind": "Scanner", "plural": "scanners", "singular": "scanner", "listKind": "ScannerList"},
        "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]}})
}

fn scanner(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "definitions.example.org/v1", "kind": "Scanner",
        "metadata": {"name": name, "namespace": "definitions"}, "spec": spec})
}

fn what_a_changed_definition_allows_is_not_refused_by_the_old_one() {
    let Some(cluster) = place("definitions") else { return };
    let mode = json!({"type": "string", "default": "fast"});
    let old = definition(&json!({"size": {"type": "integer"}, "mode": mode}));
    applied(cluster, &old);
    cluster.until_served(&old);
    let known = scanner("known", &json!({"size": 1}));
    applied(cluster, &known);
    let new = definition(&json!({"size": {"type": "integer"}, "mode": mode, "rooms": {"type": "integer"}}));
    let wanted = [
        new,
        scanner("known", &json!({"size": 2, "rooms": 3})),
        scanner("new", &json!({"size": 1, "rooms": 3})),
        scanner("odd", &json!({"size": 1, "rooms": "three"})),
        scanner("never", &json!({"size": 1, "roms": 3})),
    ];
    let (said, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    assert_eq!(said.code, 1, "{said:?}");
    for (name, verdict) in [("known", "changed"), ("new", "create"), ("odd", "refused"), ("never", "refused")] {
        let object = found(&all, "Scanner", name);
        assert_eq!(object["verdict"], verdict, "{object}");
        let reason = object["reason"].as_str().unwrap();
        assert!(reason.contains("is changed by the same change") && reason.contains(".spec.ro"), "{reason}");
    }
    let known = found(&all, "Scanner", "known");
    assert_eq!(known["fields"].as_array().unwrap().len(), 2, "{known}");
    // By a definition that stays as it is, the server's word holds.
    let (_, all) = diff(cluster, &[&[old][..], &wanted[2..3]].concat(), cluster.kubeconfig(), &[]);
    let object = found(&all, "Scanner", "new");
    assert_eq!(object["verdict"], "refused", "{object}");
    assert!(!object["reason"].as_str().unwrap().contains("same change"), "{object}");
}

fn what_is_there_in_another_version_is_not_made_anew() {
    let Some(cluster) = place("definitions-served") else { return };
    let mut definition = definition(&json!({"size": {"type": "integer"}, "mode": {"type": "string"}}));
    definition["metadata"]["name"] = "served.served.example.org".into();
    definition["spec"]["group"] = "served.example.org".into();
    definition["spec"]["names"] =
        json!({"kind": "Served", "plural": "served", "singular": "served", "listKind": "ServedList"});
    applied(cluster, &definition);
    cluster.until_served(&definition);
    let served = |version: &str, name: &str, size: &Value| {
        json!({"apiVersion": format!("served.example.org/{version}"), "kind": "Served",
            "metadata": {"name": name, "namespace": "definitions-served"}, "spec": {"size": size, "mode": "a"}})
    };
    ["same", "other", "odd"].iter().for_each(|it| applied(cluster, &served("v1", it, &json!(1))));
    let mut newer = definition["spec"]["versions"][0].clone();
    (newer["name"], newer["storage"]) = ("v2".into(), false.into());
    definition["spec"]["versions"].as_array_mut().unwrap().push(newer);
    let sizes = [("same", json!(1)), ("other", json!(2)), ("odd", json!("x")), ("new", json!(1))];
    let objects = sizes.iter().map(|(name, size)| served("v2", name, size));
    let wanted: Vec<Value> = objects.chain([definition.clone()]).collect();
    let (_, all) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    for (name, verdict) in [("same", "same"), ("other", "changed"), ("odd", "refused"), ("new", "create")] {
        assert_eq!(found(&all, "Served", name)["verdict"], verdict, "{all:#}");
    }
    assert_eq!(found(&all, "Served", "other")["fields"][0]["path"], "spec.size", "{all:#}");
}
