//! Fields that can never change, from the API server's own validation, and what a new object in their place costs.

use serde_json::Value;

use super::compare::Difference;
use super::path::names;

/// Kinds whose data goes, or may go, with the object.
const HOLDS_DATA: &[&str] = &["PersistentVolumeClaim", "PersistentVolume", "Namespace", "StorageClass"];

/// Whether removing an object of a kind may lose data.
pub(super) fn is_protected(kind: &str) -> bool {
    matches!(kind, "PersistentVolumeClaim" | "PersistentVolume" | "Namespace")
}

/// Whether an object of a kind is not to be made anew.
pub(super) fn is_kept(kind: &str) -> bool {
    HOLDS_DATA.contains(&kind)
}

/// What it costs to delete a live object and to make it anew, and how to lose the least.
pub(super) fn cost(kind: &str, live: &Value, differences: &[Difference]) -> Option<String> {
    let name = live["metadata"]["name"].as_str().unwrap_or_default();
    let touches = |field: &str| differences.iter().any(|it| names(&it.path).starts_with(&["spec", field]));
    match kind {
        "Job" => {
            let active = live["status"]["active"].as_u64().unwrap_or_default();
            let since = live["status"]["startTime"].as_str().map(|it| format!(" since {it}")).unwrap_or_default();
            (active > 0).then(|| format!("replacing it kills the active run (active={active}{since})"))
        }
        "StatefulSet" => {
            let keep = format!(
                "to keep its pods, `kubectl delete statefulset {name} --cascade=orphan`, then apply; its claims stay"
            );
            let claims = ", as they are: their size is changed in each claim";
            Some(if touches("volumeClaimTemplates") { keep + claims } else { keep })
        }
        "Deployment" | "DaemonSet" | "ReplicaSet" => {
            let ready = ["readyReplicas", "numberReady"].iter().find_map(|it| live["status"][*it].as_u64());
            ready.filter(|it| *it > 0).map(|it| format!("replacing it stops all of its pods ({it} ready)"))
        }
        "Service" => Some("replacing it gives it another address".to_owned()),
        _ => None,
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
        "PersistentVolumeClaim" => in_spec.is_some_and(|it| {
            let grows = names.as_slice() == ["spec", "resources", "requests", "storage"];
            !grows && it != "volumeAttributesClassName"
        }),
        "Secret" if first == "type" => true,
        "Secret" | "ConfigMap" => {
            live["immutable"] == true && matches!(first, "data" | "binaryData" | "stringData" | "immutable")
        }
        "RoleBinding" | "ClusterRoleBinding" => first == "roleRef",
        "StorageClass" => ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"].contains(&first),
        "PriorityClass" => ["value", "preemptionPolicy"].contains(&first),
        "ResourceQuota" => in_spec.is_some_and(|it| it == "scopes" || it == "scopeSelector"),
        "IngressClass" => in_spec == Some("controller"),
        "PersistentVolume" => {
            let may = ["accessModes", "capacity", "claimRef", "mountOptions", "persistentVolumeReclaimPolicy"];
            in_spec.is_some_and(|it| !may.contains(&it) && it != "storageClassName" && it != "nodeAffinity")
        }
        _ => false,
    }
}
