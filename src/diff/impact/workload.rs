//! What becomes of the pods of a workload.

use serde_json::Value;

use super::{Scene, counted, word};
use crate::diff::model::{Effect, Impact};
use crate::diff::owners;
use crate::diff::path::Step;

/// What fields of a workload that runs until it is stopped cause.
pub(super) fn changed(scene: &Scene<'_>) -> Vec<Effect> {
    let mut found = Vec::new();
    if scene.touches(&["spec", "template"]) {
        found.push(rolls(scene));
    }
    if scene.touches(&["spec", "replicas"]) {
        found.push(scales(scene));
    }
    found
}

/// How pods are exchanged for new ones.
fn rolls(scene: &Scene<'_>) -> Effect {
    let pods = counted(pods(scene), "pod");
    let strategy = if scene.kind == "Deployment" { "/spec/strategy" } else { "/spec/updateStrategy" };
    let part = |pointer: &str| scene.after(&format!("{strategy}/{pointer}"));
    let amount = |name: &str, default: &str| {
        let value = part(&format!("rollingUpdate/{name}"));
        if value.is_null() { default.to_owned() } else { word(value) }
    };
    let detail = match (scene.kind, part("type").as_str()) {
        _ if *scene.after("/spec/paused") == true => {
            return Effect::new(Impact::AtRestart, "it is paused, and nothing happens until it goes on");
        }
        (_, Some("OnDelete")) => {
            return Effect::new(Impact::AtRestart, format!("until somebody deletes {pods}"));
        }
        (_, Some("Recreate")) => format!("{pods}, all of which stop before a new one starts"),
        ("StatefulSet", _) => match part("rollingUpdate/partition").as_u64() {
            Some(first) if first > 0 => format!("{pods}, of which those from number {first} on"),
            _ => format!("{pods}, one after the other, the last first"),
        },
        ("DaemonSet", _) => format!("{pods}, at most {} away at a time", amount("maxUnavailable", "1")),
        _ => {
            let [away, more] = ["maxUnavailable", "maxSurge"].map(|it| amount(it, "25%"));
            format!("{pods}, at most {away} away and {more} more at a time")
        }
    };
    Effect::new(Impact::RollsPods, detail)
}

fn pods(scene: &Scene<'_>) -> u64 {
    let there = scene.live["status"]["desiredNumberScheduled"].as_u64();
    let asked = || if scene.kind == "DaemonSet" { None } else { scene.after("/spec/replicas").as_u64() };
    there.or_else(asked).unwrap_or(1)
}

fn scales(scene: &Scene<'_>) -> Effect {
    if let Some(who) = autoscaler_of(scene) {
        let detail = format!("{who} decides about `spec.replicas`: your value holds until it decides again");
        return Effect::new(Impact::AutoscalerOwns, detail);
    }
    let replicas = |it: &Value| it["spec"]["replicas"].as_u64();
    match (replicas(scene.live), replicas(scene.wanted)) {
        (Some(before), Some(0)) => Effect::new(Impact::Scales, format!("from {before} to 0: nothing runs any more")),
        (Some(before), Some(after)) => Effect::new(Impact::Scales, format!("from {before} to {after}")),
        _ => Effect::plain(Impact::Scales),
    }
}

/// Who scales a workload by itself: what says so, or what did it through the server.
fn autoscaler_of(scene: &Scene<'_>) -> Option<String> {
    let aims = |it: &&Value| {
        let target = &it["spec"]["scaleTargetRef"];
        // KEDA takes a Deployment where no kind is named.
        target["name"] == scene.name() && target["kind"].as_str().unwrap_or("Deployment") == scene.kind
    };
    let named = scene.neighbours().find(aims).map(super::title);
    let path = ["spec", "replicas"].map(|it| Step::Key(it.to_owned()));
    named.or_else(|| owners::is_scaled(scene.live, &path).then(|| "an autoscaler".to_owned()))
}

pub(super) fn autoscaler(scene: &Scene<'_>) -> Vec<Effect> {
    if !scene.touches(&["spec"]) {
        return Vec::new();
    }
    let range = |it: &Value| {
        let least = it["spec"]["minReplicas"].as_u64().unwrap_or(1);
        format!("{least} to {}", word(&it["spec"]["maxReplicas"]))
    };
    let (before, after) = (range(scene.live), range(scene.wanted));
    if before == after {
        return vec![Effect::new(Impact::Scales, "by another measure")];
    }
    vec![Effect::new(Impact::Scales, format!("{before} pods becomes {after}"))]
}

pub(super) fn cron_job(scene: &Scene<'_>) -> Vec<Effect> {
    if !scene.touches(&["spec"]) {
        return Vec::new();
    }
    let active = scene.live["status"]["active"].as_array().map_or(0, |it| it.len() as u64);
    let goes_on = (active > 0).then(|| format!("{} in progress ends as it began", counted(active, "run")));
    let held = *scene.after("/spec/suspend") == true;
    let detail = match (scene.touches(&["spec", "suspend"]), held, goes_on) {
        (true, true, _) => Some("no run starts any more".to_owned()),
        (true, false, _) => Some("runs start again".to_owned()),
        (false, true, _) => Some("it is suspended: no run starts".to_owned()),
        (.., goes_on) => goes_on,
    };
    vec![Effect { impact: Impact::NextRunOnly, detail }]
}

/// What of a Job may change while it is there.
pub(super) fn job(scene: &Scene<'_>) -> Vec<Effect> {
    let mut found = Vec::new();
    if scene.touches(&["spec", "suspend"]) && *scene.after("/spec/suspend") == true {
        found.push(Effect::new(Impact::EndsActiveRun, "its pods are stopped until it goes on"));
    }
    if scene.touches(&["spec", "parallelism"]) {
        found.push(Effect::new(Impact::Scales, format!("{} at once", word(scene.after("/spec/parallelism")))));
    }
    found
}

/// What an object costs that has to be deleted and made anew.
pub(super) fn replaced(scene: &Scene<'_>) -> Vec<Effect> {
    let live = scene.live;
    let mut found = Vec::new();
    let active = match &live["status"]["active"] {
        Value::Array(runs) => runs.len() as u64,
        count => count.as_u64().unwrap_or_default(),
    };
    if active > 0 {
        let since = live["status"]["startTime"].as_str().map(|it| format!(", since {it}")).unwrap_or_default();
        found.push(Effect::new(Impact::EndsActiveRun, format!("{} at work{since}", counted(active, "pod"))));
    }
    // How to lose the least is said where the reason is.
    found.push(Effect::plain(Impact::Replaces));
    found
}
