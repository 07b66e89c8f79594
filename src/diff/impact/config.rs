//! When programs see other settings: files that a volume follows, variables that wait for a restart.

use std::collections::BTreeSet;

use serde_json::Value;

use super::pods::containers;
use super::{Scene, listed, pod_specs, title};
use crate::diff::model::{Effect, Impact};

/// How a pod reads an object of settings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As files that follow.
    Files,
    /// As variables, or as files that are mounted one by one.
    Once,
}

pub(super) fn effects(scene: &Scene<'_>) -> Vec<Effect> {
    let is_told = ["data", "binaryData", "stringData"].iter().any(|it| scene.touches(&[it]));
    if !is_told {
        return Vec::new();
    }
    let [mut runs, mut files, mut once] = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
    for object in scene.neighbours() {
        for pod in pod_specs(object) {
            let ways = ways(pod, scene.kind, scene.name());
            // What starts again for every run reads it anew.
            let is_run = object["kind"] == "CronJob";
            for way in ways {
                let found = if is_run {
                    &mut runs
                } else if way == Way::Files {
                    &mut files
                } else {
                    &mut once
                };
                found.insert(title(object));
            }
        }
    }
    let effect = |impact: Impact, found: BTreeSet<String>, says: &str| {
        let named = listed(&found.into_iter().collect::<Vec<_>>());
        (!named.is_empty()).then(|| Effect::new(impact, format!("{named}{says}")))
    };
    let found: Vec<Effect> = [
        effect(Impact::HotReload, files, ": files in a volume follow within about a minute"),
        effect(Impact::AtRestart, once, ": variables and sub-paths keep the old values until pods restart"),
        effect(Impact::NextRunOnly, runs, ""),
    ]
    .into_iter()
    .flatten()
    .collect();
    if found.is_empty() { vec![Effect::new(Impact::NoRestart, "nothing that is known reads it")] } else { found }
}

/// The ways in which a pod reads an object.
fn ways(pod: &Value, kind: &str, name: &str) -> Vec<Way> {
    let is_config = kind == "ConfigMap";
    let (from, key_of) = if is_config { ("configMapRef", "configMapKeyRef") } else { ("secretRef", "secretKeyRef") };
    let is_named = |it: &Value| it["name"] == name;
    let items = |it: &'_ Value, key: &str| it[key].as_array().cloned().unwrap_or_default();
    let holds = |volume: &Value| {
        let whole = if is_config { &volume["configMap"]["name"] } else { &volume["secret"]["secretName"] };
        let part = if is_config { "configMap" } else { "secret" };
        *whole == name || items(&volume["projected"], "sources").iter().any(|it| is_named(&it[part]))
    };
    let volumes: Vec<Value> =
        items(pod, "volumes").iter().filter(|it| holds(it)).map(|it| it["name"].clone()).collect();
    let mut found = Vec::new();
    for container in containers(pod) {
        let in_variables = items(container, "envFrom").iter().any(|it| is_named(&it[from]))
            || items(container, "env").iter().any(|it| is_named(&it["valueFrom"][key_of]));
        if in_variables {
            found.push(Way::Once);
        }
        for mount in items(container, "volumeMounts").iter().filter(|it| volumes.contains(&it["name"])) {
            let is_part =
                ["subPath", "subPathExpr"].iter().any(|it| mount[*it].as_str().is_some_and(|it| !it.is_empty()));
            found.push(if is_part { Way::Once } else { Way::Files });
        }
    }
    found
}
