//! Paths of fields, in which the items of a list are named by what tells them apart.

use serde_json::{Map, Value};

use crate::source::Node;

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Key(String),
    /// The item of a list at `index`, and what tells it from the others where something does.
    Item {
        index: usize,
        keys: Vec<(&'static str, Value)>,
    },
}

/// By the name of a list, the fields that tell its items apart; the first that fit are taken.
const KEYS: &[(&str, &[&[&str]])] = &[
    ("containers", &[&["name"]]),
    ("initContainers", &[&["name"]]),
    ("ephemeralContainers", &[&["name"]]),
    ("env", &[&["name"]]),
    ("volumes", &[&["name"]]),
    ("imagePullSecrets", &[&["name"]]),
    ("secrets", &[&["name"]]),
    ("resourceClaims", &[&["name"]]),
    ("claims", &[&["name"]]),
    ("webhooks", &[&["name"]]),
    ("volumeMounts", &[&["mountPath"]]),
    ("volumeDevices", &[&["devicePath"]]),
    ("hostAliases", &[&["ip"]]),
    ("topologySpreadConstraints", &[&["topologyKey", "whenUnsatisfiable"]]),
    ("ports", &[&["containerPort", "protocol"], &["port", "protocol"]]),
    ("conditions", &[&["type"]]),
];

/// What tells the items of both lists apart, where something does.
pub(super) fn keys_of(list: &str, one: &[Value], other: &[Value]) -> Option<&'static [&'static str]> {
    let (_, candidates) = KEYS.iter().find(|(name, _)| *name == list)?;
    let fits = |keys: &&'static [&'static str]| is_unique(keys, one) && is_unique(keys, other);
    candidates.iter().copied().find(fits)
}

fn is_unique(keys: &[&'static str], items: &[Value]) -> bool {
    let found: Option<Vec<_>> = items.iter().map(|it| key_of(keys, it)).collect();
    found.is_some_and(|found| found.iter().enumerate().all(|(at, it)| !found[..at].contains(it)))
}

/// The values of the keys of an item. A protocol that nobody says is TCP.
pub(super) fn key_of(keys: &[&'static str], item: &Value) -> Option<Vec<(&'static str, Value)>> {
    let value = |key: &'static str| match item.get(key) {
        Some(it) if !it.is_object() && !it.is_array() && !it.is_null() => Some((key, it.clone())),
        None if key == "protocol" && item.is_object() => Some((key, Value::from("TCP"))),
        _ => None,
    };
    keys.iter().copied().map(value).collect()
}

/// The names of the maps' keys on the way, without the items of lists.
pub(super) fn names(path: &[Step]) -> Vec<&str> {
    path.iter()
        .filter_map(|it| match it {
            Step::Key(key) => Some(key.as_str()),
            Step::Item { .. } => None,
        })
        .collect()
}

/// `spec.containers[name=api].image`
pub(super) fn shown(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if key.contains(['.', '/', '[', '"', ' ', '\n']) => text += &format!("[{key:?}]"),
            Step::Key(key) if text.is_empty() => text += key,
            Step::Key(key) => text += &format!(".{key}"),
            Step::Item { index, keys } if keys.is_empty() => text += &format!("[{index}]"),
            Step::Item { keys, .. } => {
                let part = |(key, value): &(&str, Value)| match value.as_str() {
                    Some(value) => format!("{key}={value}"),
                    None => format!("{key}={value}"),
                };
                text += &format!("[{}]", keys.iter().map(part).collect::<Vec<_>>().join(","));
            }
        }
    }
    text
}

/// RFC 6901.
pub(super) fn pointer(path: &[Step]) -> String {
    let step = |it: &Step| match it {
        Step::Key(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Step::Item { index, .. } => format!("/{index}"),
    };
    path.iter().map(step).collect()
}

/// What is at a path in a tree whose lists may have another order.
pub(super) fn find<'v>(path: &[Step], tree: &'v Value) -> Option<&'v Value> {
    path.iter().try_fold(tree, |tree, step| match step {
        Step::Key(key) => tree.get(key),
        Step::Item { index, keys } if keys.is_empty() => tree.get(index),
        Step::Item { keys, .. } => tree.as_array()?.iter().find(|it| has_keys(it, keys)),
    })
}

/// Takes what is at a path out of a tree, as a server does: what holds nothing afterwards is null.
pub(super) fn take(path: &[Step], tree: &mut Value) {
    let Some((last, way)) = path.split_last() else { return };
    let around = way.iter().try_fold(tree, |tree, step| match step {
        Step::Key(key) => tree.get_mut(key),
        Step::Item { index, .. } => {
            let items = tree.as_array_mut()?;
            let at = place(items, step).unwrap_or(*index);
            items.get_mut(at)
        }
    });
    let Some(around) = around else { return };
    match (last, &mut *around) {
        (Step::Key(key), Value::Object(map)) => drop(map.shift_remove(key)),
        (Step::Item { .. }, Value::Array(items)) => {
            if let Some(at) = place(items, last) {
                items.remove(at);
            }
        }
        _ => {}
    }
    let is_empty = around.as_object().is_some_and(Map::is_empty) || around.as_array().is_some_and(Vec::is_empty);
    if is_empty {
        *around = Value::Null;
    }
}

/// The place of an item in a list.
fn place(items: &[Value], step: &Step) -> Option<usize> {
    match step {
        Step::Item { index, keys } if keys.is_empty() => (*index < items.len()).then_some(*index),
        Step::Item { keys, .. } => items.iter().position(|it| has_keys(it, keys)),
        Step::Key(_) => None,
    }
}

fn has_keys(item: &Value, keys: &[(&'static str, Value)]) -> bool {
    let names: Vec<&'static str> = keys.iter().map(|(key, _)| *key).collect();
    key_of(&names, item).is_some_and(|it| it == keys)
}

/// The nodes of a desired object on the way to a field, as far as they are there.
pub(super) fn nodes<'n>(path: &[Step], root: &'n Node) -> Vec<&'n Node> {
    let mut way = vec![root];
    for step in path {
        let at = way[way.len() - 1];
        let next = match step {
            Step::Key(key) => at.get(key),
            Step::Item { index, keys } if keys.is_empty() => at.as_list().and_then(|it| it.get(*index)),
            Step::Item { keys, .. } => at.as_list().and_then(|it| it.iter().find(|it| has_keys(&it.to_json(), keys))),
        };
        match next {
            Some(next) => way.push(next),
            None => break,
        }
    }
    way
}
