//! What others set beside what is wanted: shown where it decides what protects data, and let alone elsewhere.

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::cluster::harness::tests;
use crate::faults::{applied, diff, found, place};

tests!(what_others_open_is_not_the_same_without_a_word);

const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

fn edited(cluster: &Cluster, object: &Value, form: &str, change: &Value) {
    cluster.patch(&format!("{}?fieldManager=kubectl-edit", cluster.path_of(object)), form, change).ok();
}

fn policy(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "beside"}, "spec": spec})
}

fn role(rules: &Value) -> Value {
    let mut role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r", "namespace": "beside"}});
    role["rules"] = rules.clone();
    role
}

fn what_others_open_is_not_the_same_without_a_word() {
    let Some(cluster) = place("beside") else { return };
    let absent = policy("absent", &json!({"podSelector": {}, "policyTypes": ["Ingress"]}));
    let empty = policy("empty", &json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": []}));
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "beside"}});
    let labels = json!({"a": "b"});
    let pod = json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "registry.example.org/c:1",
        "securityContext": {"runAsNonRoot": true}}]}});
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "beside"},
        "spec": {"selector": {"matchLabels": labels}, "template": pod}});
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b", "namespace": "beside"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}});
    let roles = role(&json!([]));
    let wanted = [absent, empty, namespace, deployment, binding, roles];
    let all = [&wanted[..]].concat();
    all.iter().for_each(|it| applied(cluster, it));
    let (said, report) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    assert_eq!(said.code, 0, "nobody set anything: {report:#}");

    let open = json!({"spec": {"ingress": [{"ports": [{"port": 80}]}]}});
    edited(cluster, &wanted[0], MERGE, &open);
    edited(cluster, &wanted[1], MERGE, &open);
    let level = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged", "theirs": "1"}}});
    edited(cluster, &wanted[2], MERGE, &level);
    let spec = json!({"hostNetwork": true, "volumes": [{"name": "n", "hostPath": {"path": "/etc"}}, {"name": "t", "emptyDir": {}}],
        "containers": [{"name": "c", "env": [{"name": "THEIRS", "value": "1"}], "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}},
        {"name": "more", "image": "registry.example.org/more:1", "env": [{"name": "A", "value": "b"}]}]});
    edited(cluster, &wanted[3], STRATEGIC, &json!({"spec": {"template": {"spec": spec}}}));
    let user = json!({"subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "mallory"}]});
    edited(cluster, &wanted[4], MERGE, &user);
    edited(
        cluster,
        &wanted[5],
        MERGE,
        &json!({"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}),
    );
    let (said, report) = diff(cluster, &wanted, cluster.kubeconfig(), &[]);
    assert_eq!(said.code, 1, "{said:?}");
    let pods = "spec.template.spec";
    for (kind, name, paths) in [
        ("NetworkPolicy", "absent", vec!["spec.ingress".to_owned()]),
        ("Namespace", "beside", vec!["metadata.labels[\"pod-security.kubernetes.io/enforce\"]".to_owned()]),
        (
            "Deployment",
            "d",
            vec![
                format!("{pods}.containers[name=c].securityContext.capabilities.add"),
                format!("{pods}.containers[name=more]"),
                format!("{pods}.volumes[name=n]"),
                format!("{pods}.hostNetwork"),
            ],
        ),
        ("RoleBinding", "b", vec!["subjects".to_owned()]),
    ] {
        let object = found(&report, kind, name);
        assert_eq!(object["verdict"], "same", "{object:#}");
        let mut details: Vec<&str> =
            object["risks"].as_array().unwrap().iter().map(|it| it["detail"].as_str().unwrap()).collect();
        assert!(object["risks"].as_array().unwrap().iter().all(|it| it["code"] == "set-by-others"), "{object:#}");
        for path in &paths {
            let start = format!("`{path}` is set by kubectl-edit (");
            let at =
                details.iter().position(|it| it.starts_with(&start)).unwrap_or_else(|| panic!("{path}: {object:#}"));
            details.remove(at);
        }
        assert!(details.is_empty(), "their other fields are their business: {details:?}");
    }
    // What is said to be empty is contested, or taken back, and is seen as a difference.
    for (kind, name) in [("NetworkPolicy", "empty"), ("Role", "r")] {
        let object = found(&report, kind, name);
        let is_seen = object["verdict"] != "same" || object["risks"][0]["code"] == "set-by-others";
        assert!(is_seen, "{object:#}");
    }
    // A client-side apply would leave it as it is, too.
    let (_, report) = diff(cluster, &wanted, cluster.kubeconfig(), &["--field-manager", "kubectl-client-side-apply"]);
    assert_eq!(found(&report, "NetworkPolicy", "absent")["risks"][0]["code"], "set-by-others", "{report:#}");
}
