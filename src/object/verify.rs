//! Judges an object by the struct that Kubernetes' own API description makes: what the struct does not know or cannot
//! read is a mistake of the compiler.

use k8s_openapi::api::apps::v1 as apps;
use k8s_openapi::api::autoscaling::v2 as autoscaling;
use k8s_openapi::api::batch::v1 as batch;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::networking::v1 as networking;
use k8s_openapi::api::policy::v1 as policy;
use k8s_openapi::api::rbac::v1 as rbac;
use k8s_openapi::api::scheduling::v1 as scheduling;
use serde::de::DeserializeOwned;

use super::Object;
use crate::source::{Node, Value, decode_known};

/// Why an object is not what its kind says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// No version of the kind would take it: a key twice, or a value of another type.
    #[error("{0}")]
    Wrong(String),
    /// The places of fields that the kind does not have in the version that we know; everything else fits.
    #[error("{} is no field", .0.join(", "))]
    Unknown(Vec<String>),
}

type Judge = fn(&Node) -> Result<(), Misfit>;

/// The kinds that are emitted, apart from custom resources.
const JUDGES: &[(&str, &str, Judge)] = &[
    ("v1", "Namespace", judge::<core::Namespace>),
    ("v1", "ServiceAccount", judge::<core::ServiceAccount>),
    ("v1", "ConfigMap", judge::<core::ConfigMap>),
    ("v1", "Secret", judge::<core::Secret>),
    ("v1", "Service", judge::<core::Service>),
    ("v1", "PersistentVolume", judge::<core::PersistentVolume>),
    ("v1", "PersistentVolumeClaim", judge::<core::PersistentVolumeClaim>),
    ("v1", "ResourceQuota", judge::<core::ResourceQuota>),
    ("v1", "LimitRange", judge::<core::LimitRange>),
    ("apps/v1", "Deployment", judge::<apps::Deployment>),
    ("apps/v1", "StatefulSet", judge::<apps::StatefulSet>),
    ("apps/v1", "DaemonSet", judge::<apps::DaemonSet>),
    ("batch/v1", "Job", judge::<batch::Job>),
    ("batch/v1", "CronJob", judge::<batch::CronJob>),
    ("autoscaling/v2", "HorizontalPodAutoscaler", judge::<autoscaling::HorizontalPodAutoscaler>),
    ("policy/v1", "PodDisruptionBudget", judge::<policy::PodDisruptionBudget>),
    ("networking.k8s.io/v1", "Ingress", judge::<networking::Ingress>),
    ("networking.k8s.io/v1", "NetworkPolicy", judge::<networking::NetworkPolicy>),
    ("rbac.authorization.k8s.io/v1", "Role", judge::<rbac::Role>),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", judge::<rbac::RoleBinding>),
    ("scheduling.k8s.io/v1", "PriorityClass", judge::<scheduling::PriorityClass>),
];

/// Whether the object is what its kind says. `None` where the kind is no core kind, so that nothing can be said.
///
/// # Errors
/// The type that does not fit, or else the fields that do not belong.
#[must_use]
pub fn verify(object: &Object) -> Option<Result<(), Misfit>> {
    let identity = object.identity();
    if let Some(key) = doubled(&object.node) {
        return Some(Err(Misfit::Wrong(format!("`{key}` is there twice"))));
    }
    let judge = JUDGES.iter().find(|(version, kind, _)| identity.api_version == *version && identity.kind == *kind)?.2;
    Some(judge(&object.node))
}

/// A key that a map of the tree has twice.
fn doubled(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Map(map) => {
            let again = |at: usize, key: &str| map.iter().take(at).any(|(earlier, _)| earlier == key);
            let here = map.iter().enumerate().find(|(at, (key, _))| again(*at, key)).map(|(_, (key, _))| key.as_str());
            here.or_else(|| map.iter().find_map(|(_, it)| doubled(it)))
        }
        Value::List(items) => items.iter().find_map(doubled),
        _ => None,
    }
}

fn judge<T: DeserializeOwned>(node: &Node) -> Result<(), Misfit> {
    let mut unknown = Vec::new();
    decode_known::<T>(node, &mut unknown).map_err(|it| Misfit::Wrong(it.to_string()))?;
    if unknown.is_empty() { Ok(()) } else { Err(Misfit::Unknown(unknown)) }
}
