//! What a change would cause, in the words of those who run the cluster.
//!
//! Nothing is asked here: what is said follows from the object, from what stands around it, and from what its
//! controllers do by their documentation.

mod access;
mod config;
mod network;
mod pods;
mod storage;
mod traffic;
mod workload;

use std::collections::BTreeMap;

use serde_json::Value;

use super::compare::Difference;
use super::model::{Effect, Impact, Verdict};
use super::owners::Applier;
use super::path::names;

pub(super) use access::{level, widened};
pub(super) use network::{flows, is_open_to_all};
pub(super) use pods::pod_specs;

/// An object with everything that decides what its change causes.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s> {
    pub(super) kind: &'s str,
    /// Null where nothing is there.
    pub(super) live: &'s Value,
    /// Null where nothing is wanted.
    pub(super) wanted: &'s Value,
    pub(super) differences: &'s [Difference],
    pub(super) verdict: Verdict,
    pub(super) around: &'s Around<'s>,
    /// Who applies, where a cluster is asked.
    pub(super) applier: Option<&'s Applier>,
}

/// What stands around an object and decides what its change causes, from both sides.
#[derive(Debug, Default)]
pub(super) struct Around<'a> {
    /// By namespace, what has pods or scales them.
    neighbours: BTreeMap<&'a str, Vec<&'a Value>>,
    classes: Vec<&'a Value>,
}

impl<'a> Around<'a> {
    /// Takes what matters out of everything that is wanted or there.
    pub(super) fn of(all: impl Iterator<Item = &'a Value>) -> Self {
        let mut around = Self::default();
        for object in all {
            let kind = object["kind"].as_str().unwrap_or_default();
            if kind == "StorageClass" {
                around.classes.push(object);
            } else if SCALERS.contains(&kind) || !pod_specs(object).is_empty() {
                around.neighbours.entry(namespace(object)).or_default().push(object);
            }
        }
        around
    }
}

/// Kinds that decide how many pods a workload has.
const SCALERS: &[&str] = &["HorizontalPodAutoscaler", "ScaledObject"];

/// What a change causes; nothing where it is not known to cause anything.
pub(super) fn effects(scene: &Scene<'_>) -> Vec<Effect> {
    let mut found = match scene.verdict {
        Verdict::Replace => workload::replaced(scene),
        Verdict::Changed | Verdict::Conflict => changed(scene),
        Verdict::Immutable => storage::stays(scene),
        Verdict::Create if scene.kind == "NetworkPolicy" => network::effects(scene),
        Verdict::Orphan if scene.live["metadata"]["deletionTimestamp"].is_null() => vec![Effect::plain(Impact::Stays)],
        _ => Vec::new(),
    };
    found.sort_by_key(|it| it.impact);
    found
}

fn changed(scene: &Scene<'_>) -> Vec<Effect> {
    let found = match scene.kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => workload::changed(scene),
        "HorizontalPodAutoscaler" => workload::autoscaler(scene),
        "CronJob" => workload::cron_job(scene),
        "Job" => workload::job(scene),
        "ConfigMap" | "Secret" => config::effects(scene),
        "Service" | "Ingress" | "HTTPRoute" => traffic::effects(scene),
        "NetworkPolicy" => network::effects(scene),
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" | "Namespace" => access::effects(scene),
        "PersistentVolumeClaim" | "ResourceQuota" | "LimitRange" => storage::effects(scene),
        _ => Vec::new(),
    };
    if found.is_empty() { vec![Effect::plain(Impact::NoRestart)] } else { found }
}

impl<'s> Scene<'s> {
    /// Whether a field whose path begins with these keys changes.
    fn touches(&self, start: &[&str]) -> bool {
        let begins = |it: &Difference| {
            let names = names(&it.path);
            names.starts_with(start) || start.starts_with(&names)
        };
        self.differences.iter().any(begins)
    }

    /// What a field will be: what is wanted, or what is there where nobody says anything.
    fn after(&self, pointer: &str) -> &'s Value {
        let find = |it: &'s Value| it.pointer(pointer).filter(|it| !it.is_null());
        find(self.wanted).or_else(|| find(self.live)).unwrap_or(&Value::Null)
    }

    fn namespace(&self) -> &'s str {
        namespace(if self.wanted.is_null() { self.live } else { self.wanted })
    }

    fn name(&self) -> &'s str {
        self.after("/metadata/name").as_str().unwrap_or_default()
    }

    /// What has pods or scales them in the same namespace.
    fn neighbours(&self) -> impl Iterator<Item = &'s Value> {
        self.around.neighbours.get(self.namespace()).into_iter().flatten().copied()
    }
}

/// The namespace of an object; what names none is in `default`.
fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().filter(|it| !it.is_empty()).unwrap_or("default")
}

/// `Deployment api`
fn title(object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    format!("{} {name}", object["kind"].as_str().unwrap_or_default())
}

/// `1 pod`, `3 pods`
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A value as a word: numbers and texts as they are written.
fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The first few of several things, and how many more there are.
fn listed(things: &[String]) -> String {
    const SHOWN: usize = 6;
    let more = things.len().saturating_sub(SHOWN);
    let shown = things.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if more == 0 { shown } else { format!("{shown}; and {more} more") }
}
