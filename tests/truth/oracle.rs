//! What really differs between two forms of an object, and whether a report says just that.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const HIDDEN: &str = "(hidden)";

/// An object without the bookkeeping of the server and of kubectl, and without what says nothing.
pub(crate) fn essence(object: &Value) -> Value {
    let mut object = object.clone();
    let map = object.as_object_mut().unwrap();
    map.remove("status");
    let metadata = map["metadata"].as_object_mut().unwrap();
    for key in ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp"] {
        metadata.remove(key);
    }
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        annotations.remove("deprecated.daemonset.template.generation");
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    let version = object["apiVersion"].as_str().unwrap();
    let group = version.split_once('/').map_or("", |it| it.0);
    let is_custom = group.contains('.') && !group.ends_with(".k8s.io") || group == "gateway.networking.k8s.io";
    plain(object, is_custom)
}

/// Without nulls, and in kinds of Kubernetes itself without empty lists, which come and go there.
fn plain(value: Value, is_custom: bool) -> Value {
    let is_kept = |it: &Value| !it.is_null() && (is_custom || it.as_array().is_none_or(|it| !it.is_empty()));
    match value {
        Value::Object(map) => {
            let map = map.into_iter().filter(|(_, it)| is_kept(it)).map(|(key, it)| (key, plain(it, is_custom)));
            Value::Object(map.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(|it| plain(it, is_custom)).collect()),
        other => other,
    }
}

/// Whether the fields of a report lead from one form to the other, each says what is so, and none too many.
pub(crate) fn judge(before: &Value, after: &Value, fields: &[Value]) -> Result<(), String> {
    let mut patched = before.clone();
    let mut reordered = BTreeSet::new();
    for field in fields {
        let shown = field["path"].as_str().unwrap();
        let path = parse(shown);
        let (old, new) = (find(&path, before), find(&path, after));
        if let (Some(old), Some(new)) = (old, new)
            && let (Some(said), Some(_)) = (field["before"].as_array(), field["after"].as_array())
            && field["before"] != *old
            && said.iter().all(|it| !it.is_object())
            && old.as_array().is_some_and(|it| it.iter().any(Value::is_object))
        {
            if !are_reordered(old, new) {
                return Err(format!("{shown}: the order is the same"));
            }
            reordered.insert(shown.to_owned());
            continue;
        }
        for (said, is, when) in [(&field["before"], old, "before"), (&field["after"], new, "after")] {
            let is_so = plain(said.clone(), true) == plain(is.cloned().unwrap_or_default(), true);
            if !is_so && !said.to_string().contains(HIDDEN) {
                return Err(format!("{shown} {when}: {said} and not {is:?}"));
            }
        }
        if old == new {
            return Err(format!("{shown}: it is the same"));
        }
        set(&path, &mut patched, new.cloned());
    }
    if sorted(&patched) != sorted(after) {
        return Err(format!("a field is missing: {}", first_difference(&sorted(&patched), &sorted(after), "")));
    }
    orders(before, after, "", &reordered, fields)
}

#[derive(Debug)]
enum Step {
    Key(String),
    Index(usize),
    Keys(Vec<(String, String)>),
}

/// Reads `spec.list[name=a].field["key with.dots"][0]`.
fn parse(path: &str) -> Vec<Step> {
    let (mut steps, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("[\"") {
            let mut stream = serde_json::Deserializer::from_str(&rest[1..]).into_iter::<String>();
            let key = stream.next().unwrap().unwrap();
            rest = &rest[1 + stream.byte_offset() + 1..];
            let _ = inner;
            steps.push(Step::Key(key));
        } else if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').unwrap();
            let keys = &inner[..end];
            rest = &inner[end + 1..];
            steps.push(match keys.parse() {
                Ok(index) => Step::Index(index),
                Err(_) => {
                    let part = |it: &str| it.split_once('=').map(|(key, it)| (key.to_owned(), it.to_owned())).unwrap();
                    Step::Keys(keys.split(',').map(part).collect())
                }
            });
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    steps
}

fn fits(item: &Value, keys: &[(String, String)]) -> bool {
    keys.iter().all(|(key, wanted)| match &item[key] {
        Value::String(text) => text == wanted,
        Value::Null => key == "protocol" && wanted == "TCP",
        other => serde_json::from_str::<Value>(wanted).is_ok_and(|it| it == *other),
    })
}

fn find<'v>(path: &[Step], tree: &'v Value) -> Option<&'v Value> {
    path.iter().try_fold(tree, |tree, step| match step {
        Step::Key(key) => tree.get(key),
        Step::Index(index) => tree.get(index),
        Step::Keys(keys) => tree.as_array()?.iter().find(|it| fits(it, keys)),
    })
}

fn set(path: &[Step], tree: &mut Value, value: Option<Value>) {
    let Some((step, rest)) = path.split_first() else {
        *tree = value.unwrap_or_default();
        return;
    };
    match step {
        Step::Key(key) => {
            if tree.is_null() {
                *tree = Value::Object(Map::new());
            }
            let map = tree.as_object_mut().unwrap();
            if rest.is_empty() && value.is_none() {
                map.shift_remove(key);
            } else {
                set(rest, map.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        Step::Index(_) | Step::Keys(_) => {
            let items = tree.as_array_mut().unwrap();
            let place = match step {
                Step::Index(index) => Some(*index).filter(|it| *it < items.len()),
                Step::Keys(keys) => items.iter().position(|it| fits(it, keys)),
                Step::Key(_) => None,
            };
            match (place, value) {
                // Later indices are still said of the whole list.
                (Some(place), None) if rest.is_empty() => items[place] = Value::Null,
                (Some(place), value) => set(rest, &mut items[place], value),
                (None, Some(value)) => items.push(value),
                (None, None) => {}
            }
        }
    }
}

/// Lists of objects in one order whatever theirs is; what was taken out of them is gone.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut map: Vec<_> = map.iter().map(|(key, it)| (key.clone(), sorted(it))).collect();
            map.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(map.into_iter().collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().filter(|it| !it.is_null()).map(sorted).collect();
            if items.iter().any(Value::is_object) {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        other => other.clone(),
    }
}

const KEYS: [&[&str]; 9] = [
    &["name"],
    &["mountPath"],
    &["devicePath"],
    &["containerPort", "protocol"],
    &["port", "protocol"],
    &["ip"],
    &["topologyKey", "whenUnsatisfiable"],
    &["uid"],
    &["type"],
];

/// Whether the items that both lists have are in another order, by whatever may be their keys.
fn are_reordered(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_array(), other.as_array()) else { return false };
    let named = |items: &[Value], keys: &[&str]| -> Option<Vec<String>> {
        let name = |it: &Value| {
            let parts: Vec<String> =
                keys.iter()
                    .map(|key| {
                        if it[*key].is_null() && *key == "protocol" {
                            "\"TCP\"".to_owned()
                        } else {
                            it[*key].to_string()
                        }
                    })
                    .collect();
            (it.is_object() && parts.iter().all(|it| it != "null")).then(|| parts.join(","))
        };
        let names: Option<Vec<String>> = items.iter().map(name).collect();
        names.filter(|it| it.iter().collect::<BTreeSet<_>>().len() == it.len())
    };
    let both =
        |it: &[String], also: &[String]| -> Vec<String> { it.iter().filter(|it| also.contains(it)).cloned().collect() };
    let mut orders = KEYS.iter().filter_map(|keys| Some((named(one, keys)?, named(other, keys)?)));
    orders.any(|(one, other)| both(&one, &other) != both(&other, &one))
}

/// Whether every list with another order is said to have one, or is shown as a whole.
fn orders(before: &Value, after: &Value, at: &str, said: &BTreeSet<String>, fields: &[Value]) -> Result<(), String> {
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => one.iter().try_for_each(|(key, one)| {
            let Some(other) = other.get(key) else { return Ok(()) };
            let plain = !key.contains(['.', '/', '[', '"', ' ', '\n']);
            let at = match (plain, at.is_empty()) {
                (true, true) => key.clone(),
                (true, false) => format!("{at}.{key}"),
                (false, _) => format!("{at}[{key:?}]"),
            };
            orders(one, other, &at, said, fields)
        }),
        (Value::Array(one), Value::Array(other)) => {
            let is_shown = |it: &Value| {
                it["path"].as_str().is_some_and(|it| at.starts_with(it) || it.starts_with(&format!("{at}[")))
            };
            if are_reordered(before, after) && !said.contains(at) && !fields.iter().any(is_shown) {
                return Err(format!("{at}: its order is not shown"));
            }
            let same = |it: &Value| other.iter().find(|also| also.get("name").is_some() && also["name"] == it["name"]);
            one.iter().filter_map(|it| Some((it, same(it)?))).try_for_each(|(one, other)| {
                let name = one["name"].as_str().unwrap_or_default();
                orders(one, other, &format!("{at}[name={name}]"), said, fields)
            })
        }
        _ => Ok(()),
    }
}

fn first_difference(one: &Value, other: &Value, at: &str) -> String {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let none = Value::Null;
            let differs = |key: &&&String| one.get(**key) != other.get(**key);
            let key = keys.iter().find(differs).map_or("", |it| it.as_str());
            first_difference(one.get(key).unwrap_or(&none), other.get(key).unwrap_or(&none), &format!("{at}/{key}"))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let place = (0..one.len()).find(|it| one[*it] != other[*it]).unwrap_or_default();
            first_difference(&one[place], &other[place], &format!("{at}/{place}"))
        }
        _ => format!("{at}: {one} and not {other}"),
    }
}
