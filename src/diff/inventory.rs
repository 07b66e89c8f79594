//! What belongs to a spec: by the labels that the compiler gives to everything it emits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::judge::key_of;
use super::owners::is_of_cluster;
use crate::object::Object;

/// Kinds that this compiler emits: what it emitted once may be of a kind that it does not emit now.
pub(super) const EMITTED: &[(&str, &str)] = &[
    ("v1", "ConfigMap"),
    ("v1", "LimitRange"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolume"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ResourceQuota"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("bitnami.com/v1alpha1", "SealedSecret"),
    ("cert-manager.io/v1", "Certificate"),
    ("external-secrets.io/v1", "ExternalSecret"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ("monitoring.coreos.com/v1", "PodMonitor"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
];

/// What of the rest was wanted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    All,
    /// What carries the labels of what is wanted. Of manifests without such labels, against manifests, it is all.
    OfInventory,
}

/// What is there, was made from the same spec as what is wanted, and is not among it.
pub(super) fn orphans<'v>(wanted: &[Object], live: &'v [Value], rest: Rest) -> Vec<&'v Value> {
    let wanted: Vec<Value> = wanted.iter().map(|it| it.node.to_json()).collect();
    let keys: BTreeSet<_> = wanted.iter().map(key_of).collect();
    let inventories: BTreeSet<String> = wanted.iter().filter_map(inventory).collect();
    let is_ours = |it: &Value| match inventory(it) {
        Some(it) => inventories.contains(&it),
        None => inventories.is_empty() && !is_of_cluster(it),
    };
    let found = live.iter().filter(|it| !keys.contains(&key_of(it)));
    match rest {
        Rest::All => found.collect(),
        Rest::OfInventory => found.filter(|it| is_ours(it) && !is_made_by_others(it, &wanted)).collect(),
    }
}

/// The labels that say which spec, in which environment, an object was made from.
pub(super) fn inventory(object: &Value) -> Option<String> {
    let labels = &object["metadata"]["labels"];
    let instance = labels["app.kubernetes.io/instance"].as_str()?;
    let is_ours = labels["app.kubernetes.io/managed-by"] == "mlopsc";
    let whole = format!("app.kubernetes.io/managed-by=mlopsc,app.kubernetes.io/instance={instance}");
    let environment = labels["mlopsc.dev/environment"].as_str();
    is_ours.then(|| environment.map_or_else(|| whole.clone(), |it| format!("{whole},mlopsc.dev/environment={it}")))
}

/// Whether a controller made an object from another, which is why it carries the labels of that.
pub(super) fn is_made_by_others(object: &Value, wanted: &[Value]) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    let owned = owners.is_some_and(|it| !it.is_empty());
    owned || (object["kind"] == "PersistentVolumeClaim" && wanted.iter().any(|it| is_claim_of(object, it)))
}

/// Whether a claim was made from a template of a StatefulSet.
fn is_claim_of(claim: &Value, set: &Value) -> bool {
    let name = claim["metadata"]["name"].as_str().unwrap_or_default();
    let set_name = set["metadata"]["name"].as_str().unwrap_or_default();
    let templates = set["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten();
    let mut names = templates.filter_map(|it| it["metadata"]["name"].as_str());
    names.any(|it| {
        let ordinal = name.strip_prefix(&format!("{it}-{set_name}-"));
        ordinal.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()))
    })
}
