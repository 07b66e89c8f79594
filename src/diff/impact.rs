//! What a change would cause, in the words of those who run the cluster.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compare::Difference;
use super::model::{Impact, Verdict};
use super::path::names;

/// What the differences of an object cause under a verdict.
pub(super) fn impact(kind: &str, live: &Value, differences: &[Difference], verdict: Verdict) -> Vec<Impact> {
    if verdict == Verdict::Replace {
        let runs = live["status"]["active"].as_u64().unwrap_or_default() > 0;
        return [Some(Impact::Replaces), runs.then_some(Impact::EndsActiveRun)].into_iter().flatten().collect();
    }
    if !matches!(verdict, Verdict::Changed | Verdict::Conflict) {
        return Vec::new();
    }
    let mut found: BTreeSet<Impact> = differences.iter().filter_map(|it| of_field(kind, &names(&it.path))).collect();
    if found.is_empty() {
        found.insert(Impact::NoRestart);
    }
    found.into_iter().collect()
}

fn of_field(kind: &str, path: &[&str]) -> Option<Impact> {
    match (kind, path) {
        ("Deployment" | "StatefulSet" | "DaemonSet", ["spec", "template", ..]) => Some(Impact::RollsPods),
        ("Deployment" | "StatefulSet", ["spec", "replicas"])
        | ("HorizontalPodAutoscaler", ["spec", "minReplicas" | "maxReplicas", ..]) => Some(Impact::Scales),
        ("CronJob", ["spec", ..]) => Some(Impact::NextRunOnly),
        ("ConfigMap" | "Secret", ["data" | "binaryData" | "stringData", ..]) => Some(Impact::AtRestart),
        ("Service", ["spec", "selector" | "ports", ..]) | ("Ingress" | "HTTPRoute", ["spec", ..]) => {
            Some(Impact::TrafficMoves)
        }
        ("NetworkPolicy", ["spec", ..]) => Some(Impact::NetworkPaths),
        ("Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding", ["rules" | "subjects", ..]) => {
            Some(Impact::Permissions)
        }
        ("PersistentVolumeClaim", ["spec", "resources", ..]) => Some(Impact::VolumeExpands),
        ("ResourceQuota" | "LimitRange", ["spec", ..]) => Some(Impact::Quota),
        _ => None,
    }
}
