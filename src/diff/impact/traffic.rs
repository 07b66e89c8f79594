//! Where requests go.

use serde_json::Value;

use super::pods::is_selected;
use super::{Scene, listed, title, word};
use crate::diff::model::{Effect, Impact};

pub(super) fn effects(scene: &Scene<'_>) -> Vec<Effect> {
    if scene.kind != "Service" {
        return if scene.touches(&["spec"]) { vec![Effect::plain(Impact::TrafficMoves)] } else { Vec::new() };
    }
    let mut found = Vec::new();
    if scene.touches(&["spec", "selector"]) {
        let [before, after] = [scene.live, scene.wanted].map(|it| pods(scene, &it["spec"]["selector"]));
        found.push(Effect::new(Impact::TrafficMoves, format!("from {before} to {after}")));
    }
    if scene.touches(&["spec", "ports"]) {
        let [before, after] = [scene.live, scene.wanted].map(ports);
        let detail = if before == after {
            "the same ports lead elsewhere".to_owned()
        } else {
            format!("on {after} in place of {before}")
        };
        found.push(Effect::new(Impact::TrafficMoves, detail));
    }
    found
}

/// What a selector leads to, among what is known.
fn pods(scene: &Scene<'_>, selector: &Value) -> String {
    let mut found: Vec<String> = scene.neighbours().filter(|it| is_selected(it, selector)).map(title).collect();
    found.sort();
    found.dedup();
    if !found.is_empty() {
        return listed(&found);
    }
    let labels = selector.as_object().into_iter().flatten().map(|(key, it)| format!("{key}={}", word(it)));
    format!("pods with {}", labels.collect::<Vec<_>>().join(","))
}

fn ports(service: &Value) -> String {
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    ports.map(|it| word(&it["port"])).collect::<Vec<_>>().join(", ")
}
