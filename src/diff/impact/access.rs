//! Who may do what: rules of roles, who has them, and the Pod Security level of a namespace.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Scene, listed, word};
use crate::diff::model::{Effect, Impact};

/// `verb`, `group`, `resource` and the name of one object, or an empty text for all.
type Right = [String; 4];

pub(super) fn effects(scene: &Scene<'_>) -> Vec<Effect> {
    if scene.kind == "Namespace" {
        return pod_security(scene).into_iter().collect();
    }
    let wider = widened(scene.live, scene.wanted);
    let narrower = widened(scene.wanted, scene.live);
    let mut found = Vec::new();
    if !wider.is_empty() {
        found.push(Effect::new(Impact::Permits, listed(&wider)));
    }
    if !narrower.is_empty() {
        found.push(Effect::new(Impact::Forbids, listed(&narrower)));
    }
    found
}

/// What a role or a binding permits that another form of it does not.
pub(in crate::diff) fn widened(before: &Value, after: &Value) -> Vec<String> {
    let (known, all) = (rights(before), rights(after));
    let new = all.iter().filter(|right| !known.iter().any(|it| covers(it, right)));
    let mut found: Vec<String> = new.map(words).collect();
    let [had, has] = [before, after].map(subjects);
    found.extend(has.difference(&had).cloned());
    found
}

fn rights(role: &Value) -> BTreeSet<Right> {
    let mut found = BTreeSet::new();
    for rule in role["rules"].as_array().into_iter().flatten() {
        let texts = |key: &str| -> Vec<String> { rule[key].as_array().into_iter().flatten().map(word).collect() };
        let names = Some(texts("resourceNames")).filter(|it| !it.is_empty()).unwrap_or_else(|| vec![String::new()]);
        let paths = texts("nonResourceURLs");
        for verb in texts("verbs") {
            found.extend(paths.iter().map(|it| [verb.clone(), "path".to_owned(), it.clone(), String::new()]));
            for (group, resource) in
                texts("apiGroups").iter().flat_map(|it| texts("resources").into_iter().map(move |own| (it, own)))
            {
                found.extend(names.iter().map(|it| [verb.clone(), group.clone(), resource.clone(), it.clone()]));
            }
        }
    }
    found
}

fn covers(known: &Right, right: &Right) -> bool {
    let [verb, group, resource, name] = known;
    let fits = |known: &String, wanted: &String| known == "*" || known == wanted;
    fits(verb, &right[0])
        && fits(group, &right[1])
        && fits(resource, &right[2])
        && (name.is_empty() || *name == right[3])
}

fn words([verb, group, resource, name]: &Right) -> String {
    let group = if group.is_empty() { String::new() } else { format!("{group}/") };
    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
    format!("{verb} {group}{resource}{name}")
}

/// For whom a binding is.
fn subjects(binding: &Value) -> BTreeSet<String> {
    let subjects = binding["subjects"].as_array().into_iter().flatten();
    let place = |it: &Value| it["namespace"].as_str().map(|it| format!("{it}/")).unwrap_or_default();
    subjects.map(|it| format!("for {} {}{}", word(&it["kind"]), place(it), word(&it["name"]))).collect()
}

/// The label that decides which pods a namespace takes.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// How strict a namespace is; one without the label takes all pods.
pub(in crate::diff) fn level(namespace: &Value) -> (u8, &str) {
    match namespace["metadata"]["labels"][ENFORCE].as_str() {
        Some("restricted") => (2, "restricted"),
        Some("baseline") => (1, "baseline"),
        _ => (0, "privileged"),
    }
}

fn pod_security(scene: &Scene<'_>) -> Option<Effect> {
    let [before, after] = [scene.live, scene.wanted].map(level);
    match after.0.cmp(&before.0) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => {
            Some(Effect::new(Impact::Permits, format!("pods of the level {} instead of {}", after.1, before.1)))
        }
        std::cmp::Ordering::Greater => {
            let detail = format!("new pods beyond the level {}; those that run stay", after.1);
            Some(Effect::new(Impact::Forbids, detail))
        }
    }
}
