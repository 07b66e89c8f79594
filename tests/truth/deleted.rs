//! What is being deleted, and is held for a while by somebody's finalizer.

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::cluster::harness::tests;
use crate::faults::{applied, config, diff, found, place};

tests!(
    what_is_being_deleted_is_not_the_same,
    an_orphan_that_is_being_deleted_does_not_stay,
    a_namespace_that_has_another_name_now_hides_nothing_in_the_old_one,
);

const FINALIZER: &str = "tests.example.org/held";

/// Held until somebody lets go of it.
fn held(cluster: &Cluster, object: &Value) {
    applied(cluster, object);
    let path = cluster.path_of(object);
    cluster.merge(&path, &json!({"metadata": {"finalizers": [FINALIZER]}})).ok();
    cluster.delete(&path).ok();
}

fn let_go(cluster: &Cluster, object: &Value) {
    cluster.merge(&cluster.path_of(object), &json!({"metadata": {"finalizers": null}})).ok();
}

fn what_is_being_deleted_is_not_the_same() {
    let Some(cluster) = place("deleted") else { return };
    let mut wanted = [config("deleted", "a", &json!({"k": "1"})), config("deleted", "b", &json!({"k": "1"}))];
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c", "namespace": "deleted"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    wanted.iter().chain([&claim]).for_each(|it| held(cluster, it));
    wanted[1]["data"]["k"] = "2".into();
    let wanted = [wanted.to_vec(), vec![claim]].concat();
    let ask = |more: &[&str]| diff(cluster, &wanted, cluster.kubeconfig(), more);
    let (said, all) = ask(&[]);
    assert_eq!((said.code, all["summary"]["terminating"].as_u64()), (1, Some(3)), "{all:#}");
    for name in ["a", "b"] {
        let object = found(&all, "ConfigMap", name);
        let reason = object["reason"].as_str().unwrap_or_default();
        assert_eq!(object["verdict"], "terminating", "{object}");
        assert!(reason.contains("being deleted since") && reason.contains(FINALIZER), "{object}");
        assert!(reason.contains("goes with it"), "what is applied now is lost: {object}");
    }
    assert_eq!(found(&all, "ConfigMap", "b")["fields"][0]["path"], "data.k");
    let risks = &found(&all, "PersistentVolumeClaim", "c")["risks"];
    assert_eq!(risks[0]["code"], "data-at-risk", "{risks}");
    // Whoever approves it approves nothing that an apply can bring about.
    let (said, _) = ask(&["--expect", all["plan"].as_str().unwrap()]);
    assert!(said.code == 1 && said.stderr.contains("cannot be applied"), "{said:?}");
    wanted.iter().for_each(|it| let_go(cluster, it));
    let (_, all) = ask(&[]);
    assert_eq!(found(&all, "ConfigMap", "a")["verdict"], "create", "{all:#}");
}

fn an_orphan_that_is_being_deleted_does_not_stay() {
    let Some(cluster) = place("deleted-orphan") else { return };
    let labelled = |name: &str| {
        let mut object = config("deleted-orphan", name, &json!({}));
        object["metadata"]["labels"] =
            json!({"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": "deleted-orphan"});
        object
    };
    let (kept, orphan) = (labelled("kept"), labelled("gone"));
    applied(cluster, &kept);
    held(cluster, &orphan);
    let (said, all) = diff(cluster, &[kept], cluster.kubeconfig(), &[]);
    let object = found(&all, "ConfigMap", "gone");
    assert_eq!((said.code, &object["verdict"]), (1, &json!("orphan")), "{object}");
    assert!(object["reason"].as_str().unwrap().contains("being deleted since"), "{object}");
    assert!(!object["impact"].to_string().contains("until somebody deletes it"), "{object}");
    let_go(cluster, &orphan);
}

fn a_namespace_that_has_another_name_now_hides_nothing_in_the_old_one() {
    let Some(cluster) = place("renamed") else { return };
    let labelled = |mut object: Value| {
        object["metadata"]["labels"] =
            json!({"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": "renamed-later"});
        object
    };
    let all = |name: &str| {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        [labelled(namespace), labelled(config(name, "c", &json!({"k": "1"})))]
    };
    all("renamed-before").iter().for_each(|it| applied(cluster, it));
    let (said, found_of) = diff(cluster, &all("renamed-now"), cluster.kubeconfig(), &[]);
    assert_eq!(said.code, 1, "{said:?}");
    let orphans = found_of["objects"].as_array().unwrap().iter().filter(|it| it["verdict"] == "orphan");
    let orphans: Vec<String> = orphans.map(|it| format!("{} {}", it["kind"], it["namespace"])).collect();
    assert_eq!(orphans, ["\"ConfigMap\" \"renamed-before\"", "\"Namespace\" \"\""], "{found_of:#}");
}
