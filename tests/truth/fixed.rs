//! What can never change, in kind after kind, and beside each something that can.

use serde_json::{Value, json};

/// An object that is there, and what is wanted of it.
pub(crate) struct Change {
    pub(crate) before: Value,
    pub(crate) after: Value,
    /// What controllers would write.
    pub(crate) status: Value,
}

/// `object` in the test's namespace, with a JSON patch of what is wanted.
fn change(object: Value, patch: &Value) -> Change {
    let mut after = object.clone();
    for (pointer, value) in patch.as_object().unwrap() {
        let (folder, key) = pointer.rsplit_once('/').unwrap();
        let at = after.pointer_mut(folder).unwrap_or_else(|| panic!("{pointer}"));
        match value {
            Value::Null => drop(at.as_object_mut().unwrap().shift_remove(key)),
            value if at.is_array() => at[key.parse::<usize>().unwrap()] = value.clone(),
            value => at[key] = value.clone(),
        }
    }
    Change { before: object, after, status: Value::Null }
}

pub(crate) fn object(version: &str, kind: &str, name: &str, rest: &Value) -> Value {
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "readers"}});
    object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    object
}

fn of_cluster(version: &str, kind: &str, name: &str, rest: &Value) -> Value {
    let mut object = object(version, kind, name, rest);
    object["metadata"].as_object_mut().unwrap().shift_remove("namespace");
    object
}

pub(crate) fn changes() -> Vec<Change> {
    [workloads(), storage(), settings()].into_iter().flatten().collect()
}

const IMAGE: &str = "registry.example.org/c:2";

fn containers() -> Value {
    json!([{"name": "c", "image": "registry.example.org/c:1"}])
}

fn claim_of(size: &str) -> Value {
    json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}})
}

fn workloads() -> Vec<Change> {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers()}});
    let run = json!({"spec": {"restartPolicy": "Never", "containers": containers()}});
    let selector = json!({"matchLabels": {"a": "b"}});
    let other = json!({"/spec/selector": {"matchLabels": {"a": "b", "c": "d"}},
        "/spec/template/metadata/labels": {"a": "b", "c": "d"}});
    let set = |name: &str| {
        let claims = json!([{"metadata": {"name": "d"}, "spec": claim_of("1Gi")}]);
        let spec =
            json!({"serviceName": "s", "selector": selector, "template": template, "volumeClaimTemplates": claims});
        object("apps/v1", "StatefulSet", name, &json!({"spec": spec}))
    };
    let lasting = |kind: &str| {
        object("apps/v1", kind, "selector", &json!({"spec": {"selector": selector, "template": template}}))
    };
    let pod = |name: &str| object("v1", "Pod", name, &run);
    let job = |name: &str| object("batch/v1", "Job", name, &json!({"spec": {"template": run}}));
    vec![
        change(pod("pod-image"), &json!({"/spec/containers/0/image": IMAGE})),
        change(pod("pod-policy"), &json!({"/spec/restartPolicy": "Always"})),
        change(pod("pod-args"), &json!({"/spec/containers/0/args": ["x"]})),
        change(set("templates"), &json!({"/spec/volumeClaimTemplates/0/spec": claim_of("2Gi")})),
        change(set("selector"), &other),
        change(set("service"), &json!({"/spec/serviceName": "other"})),
        change(set("image"), &json!({"/spec/template/spec/containers/0/image": IMAGE})),
        change(job("template"), &json!({"/spec/template/spec/containers/0/image": IMAGE})),
        change(job("parallelism"), &json!({"/spec/parallelism": 0})),
        change(lasting("Deployment"), &other),
        change(lasting("DaemonSet"), &other),
    ]
}

fn storage() -> Vec<Change> {
    let claim = |name: &str| object("v1", "PersistentVolumeClaim", name, &json!({"spec": claim_of("2Gi")}));
    let bound = |change: Change| {
        let status = json!({"status": {"phase": "Bound", "capacity": {"storage": "2Gi"}}});
        Change { status, ..change }
    };
    let volume = json!({"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"],
        "nfs": {"server": "nfs.example.org", "path": "/a"}});
    let class = |name: &str| {
        let rest = json!({"provisioner": "example.org/a", "parameters": {"a": "1"}});
        of_cluster("storage.k8s.io/v1", "StorageClass", name, &rest)
    };
    vec![
        change(claim("unbound"), &json!({"/spec": claim_of("3Gi")})),
        bound(change(claim("shrinks"), &json!({"/spec": claim_of("1Gi")}))),
        bound(change(claim("modes"), &json!({"/spec/accessModes": ["ReadWriteMany"]}))),
        change(
            of_cluster("v1", "PersistentVolume", "readers", &json!({"spec": volume})),
            &json!({"/spec/nfs/path": "/b"}),
        ),
        change(class("readers"), &json!({"/parameters/a": "2"})),
        change(class("readers-2"), &json!({"/reclaimPolicy": "Retain"})),
    ]
}

fn settings() -> Vec<Change> {
    let ports = json!({"spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}});
    let service = |name: &str| object("v1", "Service", name, &ports);
    let fixed = |kind: &str| object("v1", kind, "fixed", &json!({"immutable": true, "data": {"k": "YQ=="}}));
    let secret = object("v1", "Secret", "type", &json!({"type": "example.org/a"}));
    let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "one"});
    let binding = object("rbac.authorization.k8s.io/v1", "RoleBinding", "binding", &json!({ "roleRef": role }));
    let quota = json!({"spec": {"hard": {"pods": "3"}, "scopes": ["NotTerminating"]}});
    let ingress = json!({"spec": {"controller": "example.org/a"}});
    let ingress = of_cluster("networking.k8s.io/v1", "IngressClass", "readers", &ingress);
    let priority = of_cluster("scheduling.k8s.io/v1", "PriorityClass", "readers", &json!({"value": 5}));
    let runtime = of_cluster("node.k8s.io/v1", "RuntimeClass", "readers", &json!({"handler": "a"}));
    let names = json!({"kind": "Reader", "plural": "readers", "singular": "reader", "listKind": "ReaderList"});
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let versions = json!([{"name": "v1", "served": true, "storage": true, "schema": schema}]);
    let spec =
        json!({"spec": {"group": "faults.example.org", "scope": "Namespaced", "names": names, "versions": versions}});
    let name = "readers.faults.example.org";
    let definition = of_cluster("apiextensions.k8s.io/v1", "CustomResourceDefinition", name, &spec);
    vec![
        change(service("address"), &json!({"/spec/clusterIP": "None"})),
        change(service("port"), &json!({"/spec/ports/0/port": 81})),
        change(fixed("ConfigMap"), &json!({"/data/k": "Yg=="})),
        change(fixed("Secret"), &json!({"/data/k": "Yg=="})),
        change(secret, &json!({"/type": "example.org/b"})),
        change(binding, &json!({"/roleRef/name": "other"})),
        change(object("v1", "ResourceQuota", "scopes", &quota), &json!({"/spec/scopes": ["Terminating"]})),
        change(priority, &json!({"/value": 6})),
        change(ingress, &json!({"/spec/controller": "example.org/b"})),
        change(runtime, &json!({"/handler": "b"})),
        change(definition, &json!({"/spec/scope": "Cluster"})),
    ]
}
