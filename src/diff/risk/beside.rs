//! What others set beside what is wanted, where it decides what protects data.
//!
//! Whatever else they set is their business. What the server puts there is nobody's, and what applying would change is a
//! difference.

use serde_json::{Map, Value};

use super::codes::SET_BY_OTHERS;
use crate::diff::compare::{Difference, With, compare};
use crate::diff::impact::Scene;
use crate::diff::model::{Risk, Verdict};
use crate::diff::owners;
use crate::diff::path::{Step, find, names, shown};

/// Characters of a value that a line has room for.
const LONGEST: usize = 160;

pub(super) fn risks(scene: &Scene<'_>) -> Vec<Risk> {
    let is_known = matches!(scene.verdict, Verdict::Same | Verdict::Changed | Verdict::Conflict | Verdict::Refused);
    if !is_known || scene.live.is_null() {
        return Vec::new();
    }
    let goes = |path: &[Step]| guards(scene.kind, path, scene.live);
    let with = With::Wanted { removes: &goes, is_manifest: false };
    let mut paths: Vec<Vec<Step>> = Vec::new();
    for Difference { path, after, .. } in compare(scene.kind, scene.live, scene.wanted, &with) {
        let path = whole(path);
        let is_shown = scene.differences.iter().any(|it| it.path.starts_with(&path) || path.starts_with(&it.path));
        let is_theirs = || goes(&path) && owners::is_of_others(scene.live, &path, scene.applier);
        if after.is_none() && !is_shown && !paths.contains(&path) && is_theirs() {
            paths.push(path);
        }
    }
    paths.iter().map(|it| risk(scene.live, it)).collect()
}

fn risk(live: &Value, path: &[Step]) -> Risk {
    let owners: Vec<String> = owners::owners(live, path)
        .into_iter()
        .map(|it| format!("{}{}", it.manager, it.since.map(|it| format!(" ({it})")).unwrap_or_default()))
        .collect();
    let value = find(path, live).map(said).unwrap_or_default();
    let detail = format!("`{}` is set by {} and not by what is wanted{value}", shown(path), owners.join(", "));
    Risk { code: &SET_BY_OTHERS, detail }
}

/// A value as far as it fits; of a container, which may hold anything, the image.
fn said(value: &Value) -> String {
    let text = match value.get("image").and_then(Value::as_str) {
        Some(image) => format!("image {image}"),
        None => value.to_string(),
    };
    let end = text.char_indices().nth(LONGEST).map(|(at, _)| format!("{}…", &text[..at]));
    format!(": {}", end.unwrap_or(text))
}

/// A path as far as its owner has it: a list whose items nothing tells apart is one value.
fn whole(path: Vec<Step>) -> Vec<Step> {
    let end = path.iter().position(|it| matches!(it, Step::Item { keys, .. } if keys.is_empty()));
    path.into_iter().take(end.unwrap_or(usize::MAX)).collect()
}

/// Whether a field decides what protects data.
fn guards(kind: &str, path: &[Step], live: &Value) -> bool {
    let names = names(path);
    match kind {
        "NetworkPolicy" => names.first() == Some(&"spec"),
        "Role" | "ClusterRole" => matches!(names.first(), Some(&"rules" | &"aggregationRule")),
        "RoleBinding" | "ClusterRoleBinding" => names.first() == Some(&"subjects"),
        // What is only reported or warned of holds nothing back.
        "Namespace" => {
            let is_level = |it: &&str| it.starts_with("pod-security.kubernetes.io/enforce");
            names.starts_with(&["metadata", "labels"]) && names.last().is_some_and(is_level)
        }
        _ => of_pod(&names, path, live),
    }
}

/// Whether a field says what a pod may do: of the pod, of a container, or a container or a part of the node itself.
fn of_pod(names: &[&str], path: &[Step], live: &Value) -> bool {
    let Some(at) = names.iter().rposition(|it| *it == "spec") else { return false };
    let is_whole = matches!(path.last(), Some(Step::Item { .. }));
    match &names[at + 1..] {
        ["securityContext" | "hostNetwork" | "hostPID" | "hostIPC" | "hostUsers", ..]
        | ["containers" | "initContainers" | "ephemeralContainers", "securityContext", ..] => true,
        ["containers" | "initContainers" | "ephemeralContainers"] => is_whole,
        ["volumes", rest @ ..] => {
            let volume = find(path, live).and_then(Value::as_object);
            rest.first() == Some(&"hostPath") || (is_whole && volume.is_some_and(is_of_node))
        }
        _ => false,
    }
}

fn is_of_node(volume: &Map<String, Value>) -> bool {
    volume.contains_key("hostPath")
}
