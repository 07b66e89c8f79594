//! Fields that can never change, from the API server's own validation, and what a new object in their place costs.

use serde_json::Value;

use super::compare::Difference;
use super::path::names;
use super::value::quantity;

/// Kinds whose data goes, or may go, with the object.
const HOLDS_DATA: &[&str] =
    &["PersistentVolumeClaim", "PersistentVolume", "Namespace", "StorageClass", "CustomResourceDefinition"];

/// Whether removing an object of a kind may lose data.
pub(super) fn is_protected(kind: &str) -> bool {
    matches!(kind, "PersistentVolumeClaim" | "PersistentVolume" | "Namespace")
}

/// Whether an object of a kind is not to be made anew.
pub(super) fn is_kept(kind: &str) -> bool {
    HOLDS_DATA.contains(&kind)
}

/// What it costs to delete a live object and to make it anew, and how to lose the least.
pub(super) fn cost(kind: &str, live: &Value, differences: &[Difference]) -> String {
    let name = live["metadata"]["name"].as_str().unwrap_or_default();
    let touches = |field: &str| differences.iter().any(|it| names(&it.path).starts_with(&["spec", field]));
    match kind {
        "Job" => match live["status"]["active"].as_u64().unwrap_or_default() {
            0 => "replacing it runs it again; its pods and their logs go".to_owned(),
            active => {
                let since = live["status"]["startTime"].as_str().map(|it| format!(" since {it}")).unwrap_or_default();
                format!("replacing it kills the active run (active={active}{since})")
            }
        },
        "StatefulSet" => {
            let stops = stops(live);
            let keep = format!(
                "{stops}; to keep them, `kubectl delete statefulset {name} --cascade=orphan`, then apply; its claims stay"
            );
            let claims = ", as they are: their size is changed in each claim";
            if touches("volumeClaimTemplates") { keep + claims } else { keep }
        }
        "Deployment" | "DaemonSet" | "ReplicaSet" => {
            format!("{} before new ones start", stops(live))
        }
        "Pod" => "replacing it stops its containers and loses what they wrote outside of volumes".to_owned(),
        "Service" => {
            let address = live["spec"]["clusterIP"].as_str().filter(|it| !it.is_empty() && *it != "None");
            let address = address.map(|it| format!(" instead of {it}")).unwrap_or_default();
            format!("replacing it gives it another address{address} and cuts its connections")
        }
        _ => cost_of_settings(kind).to_owned(),
    }
}

fn stops(live: &Value) -> String {
    let ready = ["readyReplicas", "numberReady"].iter().find_map(|it| live["status"][*it].as_u64());
    let ready = ready.map(|it| format!(" ({it} ready)")).unwrap_or_default();
    format!("replacing it stops all of its pods{ready}")
}

/// The same of kinds that run nothing themselves.
fn cost_of_settings(kind: &str) -> &'static str {
    match kind {
        "PersistentVolumeClaim" => "it is not replaced: its volume, and with most classes its data, would go with it",
        "PersistentVolume" => "it is not replaced: the claim that it is bound to would be lost, and its data with it",
        "StorageClass" => {
            "it is not replaced: its volumes would stay, and claims that are made in between would wait or get another class"
        }
        "CustomResourceDefinition" => "it is not replaced: all objects of its kind would go with it",
        "Namespace" => "it is not replaced: everything in it would go with it",
        "ConfigMap" | "Secret" => {
            "between deletion and creation no pod starts that reads it, and those that run keep the old values until they \
             restart"
        }
        "RoleBinding" | "ClusterRoleBinding" => "between deletion and creation its subjects have none of its rights",
        "ResourceQuota" => "between deletion and creation nothing limits what is made",
        "PriorityClass" => {
            "between deletion and creation no pod of this class is made; those that run keep their priority"
        }
        "IngressClass" => "between deletion and creation no controller cares for its Ingresses",
        "RuntimeClass" => "between deletion and creation no pod of this class is made",
        _ => "replacing it deletes what its controllers made of it",
    }
}

/// Fields of a StatefulSet's spec that may change; all others never do.
const OF_STATEFUL_SET: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "minReadySeconds",
    "persistentVolumeClaimRetentionPolicy",
];

const OF_JOB: &[&str] = &[
    "selector",
    "template",
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
];

/// Whether a difference touches what can never change.
pub(super) fn is_immutable(kind: &str, live: &Value, difference: &Difference) -> bool {
    let names = names(&difference.path);
    let in_spec = match names.as_slice() {
        ["spec", field, ..] => Some(*field),
        _ => None,
    };
    let first = names.first().copied().unwrap_or_default();
    match kind {
        "Deployment" | "DaemonSet" | "ReplicaSet" => in_spec == Some("selector"),
        "StatefulSet" => in_spec.is_some_and(|it| !OF_STATEFUL_SET.contains(&it)),
        "Job" => in_spec.is_some_and(|it| {
            OF_JOB.contains(&it) || (it == "completions" && live["spec"]["completionMode"] != "Indexed")
        }),
        "PersistentVolumeClaim" => in_spec.is_some_and(|_| !is_for_claim(&names, live, difference)),
        "Pod" => in_spec.is_some_and(|it| !is_for_pod(it, &names, difference)),
        "Service" => {
            let is_set = difference.before.as_ref().is_some_and(|it| !it.is_null() && *it != "");
            let is_fixed = in_spec.is_some_and(|it| OF_SERVICE.contains(&it));
            is_fixed && is_set && live["spec"]["type"] != "ExternalName"
        }
        "CustomResourceDefinition" => {
            in_spec.is_some_and(|it| ["group", "scope"].contains(&it)) || names.starts_with(&["spec", "names", "kind"])
        }
        "Secret" if first == "type" => true,
        "Secret" | "ConfigMap" => {
            live["immutable"] == true && matches!(first, "data" | "binaryData" | "stringData" | "immutable")
        }
        "RoleBinding" | "ClusterRoleBinding" => first == "roleRef",
        "StorageClass" => ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"].contains(&first),
        "PriorityClass" => ["value", "preemptionPolicy"].contains(&first),
        "ResourceQuota" => in_spec.is_some_and(|it| it == "scopes" || it == "scopeSelector"),
        "IngressClass" => in_spec == Some("controller"),
        "RuntimeClass" => first == "handler",
        "EndpointSlice" => first == "addressType",
        "ControllerRevision" => first == "data",
        "PersistentVolume" => {
            let may = ["accessModes", "capacity", "claimRef", "mountOptions", "persistentVolumeReclaimPolicy"];
            in_spec.is_some_and(|it| !may.contains(&it) && it != "storageClassName" && it != "nodeAffinity")
        }
        _ => false,
    }
}

/// What of a Service never changes once it is set.
const OF_SERVICE: &[&str] = &["clusterIP", "clusterIPs", "loadBalancerClass"];

/// Whether a claim may change so: one that is bound may grow, and shrink down to what its volume has.
fn is_for_claim(names: &[&str], live: &Value, difference: &Difference) -> bool {
    if live["status"]["phase"].as_str().is_some_and(|it| it != "Bound") {
        return false;
    }
    let size = |it: &Value| it.as_str().and_then(quantity);
    let least = size(&live["status"]["capacity"]["storage"]);
    match names {
        ["spec", "volumeAttributesClassName"] => true,
        ["spec", "resources", "requests", "storage"] => {
            let [before, after] = [&difference.before, &difference.after].map(|it| it.as_ref().and_then(size));
            after >= before || least.is_some_and(|least| after > Some(least))
        }
        _ => false,
    }
}

/// Whether a pod may change so while it runs.
fn is_for_pod(field: &str, names: &[&str], difference: &Difference) -> bool {
    match field {
        "containers" | "initContainers" => names.get(2) == Some(&"image"),
        "tolerations" | "activeDeadlineSeconds" => difference.before.is_none(),
        _ => false,
    }
}
