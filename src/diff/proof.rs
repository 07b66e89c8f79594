//! Proves from what a server notes of who set which field that applying an object again changes nothing.
//!
//! The server merges what is applied into what is there, and takes away what the same manager applied before and does
//! not say any more. Where the manager's own entry has no field that is not wanted, and each that is wanted is there as
//! it is wanted, nothing can come of it. A proof only ever spares a question: whatever is not certain is not proven.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::defaults::{is_default_inside, is_left_out};
use super::mask::encode;
use super::owners;
use super::value::{canonical, is_built_in, is_quantity};

/// Whether applying `wanted` as `manager` would leave `live` as it is.
pub(super) fn is_unchanged(wanted: &Value, live: &Value, manager: &str) -> bool {
    let Some(entry) = entry(wanted, live, manager) else { return false };
    let Some(fields) = entry["fieldsV1"].as_object() else { return false };
    let way = if entry["operation"] == "Apply" { Way::Exactly } else { Way::AtLeast };
    let others = owners::entries(live).filter(|it| !std::ptr::eq(*it, entry)).collect();
    let proving =
        Proving { others, kind: wanted["kind"].as_str().unwrap_or_default(), built_in: is_built_in(wanted), way };
    let Value::Object(mut rest) = wanted.clone() else { return false };
    ["apiVersion", "kind"].iter().for_each(|it| drop(rest.remove(*it)));
    if let Some(Value::Object(metadata)) = rest.get_mut("metadata") {
        OF_THE_SERVER.iter().for_each(|it| drop(metadata.remove(*it)));
        if metadata.is_empty() {
            rest.remove("metadata");
        }
    }
    let is_plain = rest.get("status").is_none_or(Value::is_null) && live["metadata"]["deletionTimestamp"].is_null();
    is_plain && proving.map(&rest, fields, &as_written(wanted, live), &mut Vec::new())
}

/// Fields of `metadata` that nobody owns.
const OF_THE_SERVER: [&str; 8] =
    ["name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields", "resourceVersion"];

/// The entry that says what was applied: the manager's own, or of an object that was only ever applied from the
/// client's side that one, whose fields become the manager's.
fn entry<'l>(wanted: &Value, live: &'l Value, manager: &str) -> Option<&'l Value> {
    let is_main = |it: &&Value| it["subresource"].as_str().is_none_or(str::is_empty);
    let own = |it: &&Value| it["operation"] == "Apply" && it["manager"] == manager;
    let before = |it: &&Value| owners::is_client(it);
    let mut own = owners::entries(live).filter(is_main).filter(own);
    let mut before = owners::entries(live).filter(is_main).filter(before);
    let ((Some(only), None) | (None, Some(only))) = (own.next(), before.next()) else { return None };
    let is_only = own.next().is_none() && before.next().is_none();
    (is_only && only["apiVersion"] == wanted["apiVersion"] && live["apiVersion"] == wanted["apiVersion"])
        .then_some(only)
}

/// How an entry relates to what is wanted.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// A field more would be taken away.
    Exactly,
    /// An entry of a client has the server's defaults too. What it would take away is found by other means.
    AtLeast,
}

struct Proving<'p> {
    /// What others own: as soon as a value is not spelt as it is there, it is a conflict with them.
    others: Vec<&'p Value>,
    kind: &'p str,
    built_in: bool,
    way: Way,
}

type Fields = Map<String, Value>;

impl Proving<'_> {
    fn value<'w>(&self, wanted: &'w Value, fields: &Fields, live: &Value, path: &mut Vec<&'w str>) -> bool {
        let is_whole = fields.is_empty();
        match wanted {
            Value::Object(map) if !map.is_empty() && !is_whole => self.map(map, fields, live, path),
            Value::Array(items) if !items.is_empty() && !is_whole => self.list(items, fields, live, path),
            _ => is_whole && self.whole(wanted, live, path),
        }
    }

    fn map<'w>(&self, wanted: &'w Fields, fields: &Fields, live: &Value, path: &mut Vec<&'w str>) -> bool {
        let is_wanted = |it: &String| it.strip_prefix("f:").map_or(it == ".", |key| wanted.contains_key(key));
        (self.way == Way::AtLeast || fields.keys().all(is_wanted))
            && wanted.iter().all(|(key, it)| {
                path.push(key);
                let is_proven = match fields.get(&format!("f:{key}")).and_then(Value::as_object) {
                    Some(fields) => self.value(it, fields, &live[key], path),
                    None => self.unowned(it, &live[key], path),
                };
                path.pop();
                is_proven
            })
    }

    /// A list whose items are owned one by one: each has its entry and its place, and nothing is left.
    fn list<'w>(&self, wanted: &'w [Value], fields: &Fields, live: &Value, path: &mut Vec<&'w str>) -> bool {
        let Some(live) = live.as_array() else { return false };
        let (mut used, mut last) = (Vec::new(), None);
        for item in wanted {
            let mut fitting = fields.iter().filter(|(name, _)| self.is_of(name, item));
            let (Some((name, below)), None) = (fitting.next(), fitting.next()) else { return false };
            let mut places = (0..live.len()).filter(|at| self.is_of(name, &live[*at]));
            let (Some(place), None) = (places.next(), places.next()) else { return false };
            let is_in_order = last.is_none_or(|it| it < place) && !used.contains(&name);
            let is_proven = match (item, below.as_object()) {
                (Value::Object(item), Some(below)) => self.map(item, below, &live[place], path),
                (_, Some(below)) => below.is_empty() && *item == live[place],
                (_, None) => false,
            };
            if !is_in_order || !is_proven {
                return false;
            }
            (last, used) = (Some(place), [used, vec![name]].concat());
        }
        self.way == Way::AtLeast || used.len() == fields.keys().filter(|it| *it != ".").count()
    }

    /// Whether an entry of a list speaks of an item, by its keys or its value. A protocol that nobody says is TCP.
    fn is_of(&self, name: &str, item: &Value) -> bool {
        if let Some(keys) = name.strip_prefix("k:") {
            let keys: Fields = serde_json::from_str(keys).unwrap_or_default();
            let is_said = |key: &str, value: &Value| match item.get(key) {
                Some(it) => it == value,
                None => self.built_in && key == "protocol" && value == "TCP",
            };
            return item.is_object() && !keys.is_empty() && keys.iter().all(|(key, value)| is_said(key, value));
        }
        name.strip_prefix("v:").is_some_and(|it| serde_json::from_str::<Value>(it).is_ok_and(|it| it == *item))
    }

    /// What is not in the entry: becoming an owner of what is there changes nothing. Of a null in a custom resource only
    /// its schema could say what it means.
    fn unowned<'w>(&self, wanted: &'w Value, live: &Value, path: &mut Vec<&'w str>) -> bool {
        let is_clear = !wanted.is_null() || self.built_in || path.first() == Some(&"metadata");
        is_clear && self.whole(wanted, live, path)
    }

    /// What is owned as one value, however much is in it.
    fn whole<'w>(&self, wanted: &'w Value, live: &Value, path: &mut Vec<&'w str>) -> bool {
        let is_alone = || !self.others.iter().any(|it| may_own(&it["fieldsV1"], path));
        wanted == live || (is_alone() && self.means(wanted, live, path))
    }

    /// Whether the server makes of a value what is there: it puts defaults into it again and again.
    fn means<'w>(&self, wanted: &'w Value, live: &Value, path: &mut Vec<&'w str>) -> bool {
        match (wanted, live) {
            (Value::Object(map), Value::Object(there)) => {
                let is_said = |key: &String| map.contains_key(key);
                let is_default = |(key, it): (&String, &Value)| {
                    is_said(key) || (self.built_in && is_default_inside(self.kind, path, key, it, map))
                };
                there.iter().all(is_default)
                    && map.iter().all(|(key, it)| {
                        path.push(key);
                        let is_same = self.means(it, &live[key], path);
                        path.pop();
                        is_same
                    })
            }
            (Value::Array(items), Value::Array(there)) => {
                items.len() == there.len() && items.iter().zip(there).all(|(item, live)| self.means(item, live, path))
            }
            _ if wanted == live => true,
            (_, Value::Null) => self.built_in && is_left_out(self.kind, path, wanted),
            (Value::String(_) | Value::Number(_), Value::String(live)) => {
                let text = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
                self.built_in && is_quantity(self.kind, path) && canonical(&text).as_ref() == Some(live)
            }
            _ => false,
        }
    }
}

/// Whether an entry owns something at, in or around a path of names, in whichever items of lists.
fn may_own(fields: &Value, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    let Some(map) = fields.as_object() else { return false };
    let items = map.iter().filter(|(name, _)| name.starts_with("k:"));
    match map.get(&format!("f:{first}")) {
        Some(next) => may_own(next, rest),
        None => items.into_iter().any(|(_, it)| may_own(it, path)),
    }
}

/// What is there, with the texts of a Secret as somebody may have written them.
fn as_written<'l>(wanted: &Value, live: &'l Value) -> Cow<'l, Value> {
    let Some(texts) = wanted["stringData"].as_object().filter(|_| wanted["kind"] == "Secret") else {
        return Cow::Borrowed(live);
    };
    let mut live = live.clone();
    for (key, text) in texts {
        let is_there = text.as_str().is_some_and(|it| live["data"][key] == encode(it));
        if is_there && wanted["data"].get(key).is_none() {
            live["stringData"][key] = text.clone();
        }
    }
    Cow::Owned(live)
}
