//! What becomes of volumes, and what may run beside what runs.

use serde_json::Value;

use super::{Scene, listed, word};
use crate::diff::model::{Effect, Impact};
use crate::diff::value::quantity;

pub(super) fn effects(scene: &Scene<'_>) -> Vec<Effect> {
    if !scene.touches(&["spec"]) {
        return Vec::new();
    }
    match scene.kind {
        "PersistentVolumeClaim" => claim(scene).into_iter().collect(),
        "ResourceQuota" => vec![quota(scene)],
        _ => vec![Effect::new(Impact::Quota, "for pods that are made from now on")],
    }
}

/// What of a claim is not to be had.
pub(super) fn stays(scene: &Scene<'_>) -> Vec<Effect> {
    let is_claim = scene.kind == "PersistentVolumeClaim" && scene.touches(&["spec"]);
    let found = if is_claim { claim(scene) } else { None };
    found.filter(|it| it.impact == Impact::VolumeStays).into_iter().collect()
}

fn claim(scene: &Scene<'_>) -> Option<Effect> {
    const SIZE: &str = "/spec/resources/requests/storage";
    let [before, after] = [scene.live, scene.wanted].map(|it| it.pointer(SIZE).unwrap_or(&Value::Null));
    let [had, has] = [before, after].map(|it| quantity(&word(it)));
    let (had, has) = (had?, has?);
    if has <= had {
        let detail = format!("it is {} and never shrinks to {}", word(before), word(after));
        return (has < had).then(|| Effect::new(Impact::VolumeStays, detail));
    }
    let name = scene.after("/spec/storageClassName").as_str().unwrap_or_default();
    let class = scene.around.classes.iter().find(|it| it["metadata"]["name"] == name);
    let sizes = format!("from {} to {}", word(before), word(after));
    Some(match class.map(|it| it["allowVolumeExpansion"] == true) {
        Some(true) => Effect::new(Impact::VolumeExpands, sizes),
        Some(false) => Effect::new(Impact::VolumeStays, format!("its class `{name}` lets no volume grow")),
        None => {
            let detail = format!("{sizes}, if its class `{name}` allows it");
            Effect::new(Impact::VolumeExpands, detail)
        }
    })
}

fn quota(scene: &Scene<'_>) -> Effect {
    let used = &scene.live["status"]["used"];
    let hard = scene.wanted["spec"]["hard"].as_object().into_iter().flatten();
    let over = |(key, limit): (&String, &Value)| {
        let now = used.get(key)?;
        let (most, taken) = (quantity(&word(limit))?, quantity(&word(now))?);
        (taken > most).then(|| format!("{key}: {} in use of {}", word(now), word(limit)))
    };
    let found: Vec<String> = hard.filter_map(over).collect();
    if found.is_empty() {
        return Effect::plain(Impact::Quota);
    }
    Effect::new(Impact::QuotaBelowUsage, format!("{}: what runs stays, and nothing new starts", listed(&found)))
}
