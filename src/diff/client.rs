//! What a client-side apply sends: a patch that the client makes of what it applied last, what is there and what is wanted.
//!
//! kubectl, and Argo CD unless it is told otherwise, take away what they wrote down and nobody wants any more, and set what
//! is wanted, whoever owns it. The patch here says all that is wanted and not only what differs, which comes to the same.
//! Kinds of Kubernetes merge lists by the keys that its API says (`x-kubernetes-patch-merge-key`); custom resources have
//! their lists replaced (RFC 7386).

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::owners::{is_written_down, last_applied};

/// How a patch is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// List by list as the kind says.
    Strategic,
    /// Maps alone.
    Json,
}

/// How the kind of an object is merged, as far as its name tells; a server that does not merge so says it (415).
pub(super) fn merge_of(object: &Value) -> Merge {
    let group = object["apiVersion"].as_str().and_then(|it| it.rsplit_once('/')).map_or("", |(group, _)| group);
    let is_custom = group.contains('.') && !group.ends_with(".k8s.io");
    if is_custom { Merge::Json } else { Merge::Strategic }
}

/// The patch that a client would send.
pub(super) fn patch(wanted: &Value, live: &Value, merge: Merge) -> Value {
    making(wanted, live, merge).0
}

/// Why a client cannot say itself what it would send, where it cannot.
pub(super) fn fault(wanted: &Value, live: &Value) -> Option<String> {
    let is_lost = is_written_down(live) && !last_applied(live).is_some_and(|it| it.is_object());
    let lost = || "what a client-side apply wrote down of the last one cannot be read, and it ends there".to_owned();
    let is_strategic = merge_of(wanted) == Merge::Strategic;
    // A server would fail of it, too.
    is_lost.then(lost).or_else(|| keyless(wanted).filter(|_| is_strategic))
}

/// A list with an item whose key is no word and no number.
fn keyless(value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.iter().find_map(|(name, it)| {
            let keys = ["name", "port", "containerPort", "mountPath", "devicePath", "ip", "topologyKey", "uid"];
            let is_none = |key: &&&str| {
                let items = || it.as_array().into_iter().flatten();
                let is_key =
                    || merge_key("", name, [Some(it), None]) == Some(**key) || (name == "ports" && **key == "port");
                items().any(|it| it[**key].is_object() || it[**key].is_array()) && is_key()
            };
            let key = keys.iter().find(is_none);
            key.map(|key| format!("`{name}` has an item whose `{key}` is no word and no number"))
                .or_else(|| keyless(it))
        }),
        Value::Array(items) if items.iter().any(Value::is_object) && !items.iter().all(Value::is_object) => {
            Some("a list has maps and something else in it".to_owned())
        }
        Value::Array(items) => items.iter().find_map(keyless),
        _ => None,
    }
}

/// A list in which the items are not told apart by what a client tells them apart by, so that what it makes of them is no
/// more certain than their order: of a Service, two ports of one number.
pub(super) fn muddled(wanted: &Value, live: &Value) -> Option<String> {
    if merge_of(wanted) == Merge::Json {
        return None;
    }
    let before = last_applied(live).unwrap_or_default();
    [wanted, &before, live].into_iter().find_map(|it| twins(wanted["kind"].as_str().unwrap_or_default(), it))
}

fn twins(kind: &str, value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.iter().find_map(|(name, it)| {
            let by = merge_key(kind, name, [Some(it), None]);
            let keys: Vec<&Value> =
                by.into_iter().flat_map(|by| it.as_array().into_iter().flatten().map(move |it| &it[by])).collect();
            let twin = keys.iter().enumerate().find(|(at, it)| keys[..*at].contains(it));
            let what = |key: &Value| key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            twin.map(|(_, it)| format!("`{name}` has two items with the {} {}", by.unwrap_or_default(), what(it)))
                .or_else(|| twins(kind, it))
        }),
        Value::Array(items) => items.iter().find_map(|it| twins(kind, it)),
        _ => None,
    }
}

/// Whether a client would take something away.
pub(super) fn removes(wanted: &Value, live: &Value) -> bool {
    making(wanted, live, merge_of(wanted)).1
}

fn making(wanted: &Value, live: &Value, merge: Merge) -> (Value, bool) {
    let mut before = last_applied(live).unwrap_or_default();
    let mut wanted = Cow::Borrowed(wanted);
    // Where it is does not change, and a client always writes its note among the annotations.
    if let Some(metadata) = before["metadata"].as_object_mut() {
        metadata.shift_remove("namespace");
    }
    if !wanted["metadata"]["annotations"].is_object() {
        wanted.to_mut()["metadata"]["annotations"] = json!({});
    }
    let mut making = Making { merge, kind: wanted["kind"].as_str().unwrap_or_default(), removes: false };
    let mut patch = making.value("", Some(&before), &wanted, Some(live));
    if let Some(metadata) = patch["metadata"].as_object_mut() {
        // Somebody may have written them into a manifest that they read from a cluster.
        ["managedFields", "uid", "creationTimestamp", "generation"].iter().for_each(|it| drop(metadata.remove(*it)));
    }
    (patch, making.removes)
}

struct Making<'m> {
    merge: Merge,
    kind: &'m str,
    /// Whether something that is there goes.
    removes: bool,
}

impl Making<'_> {
    /// What is said of a field: `before` was applied last, and is not wanted where `wanted` does not say it.
    fn value(&mut self, name: &str, before: Option<&Value>, wanted: &Value, live: Option<&Value>) -> Value {
        match (wanted, live) {
            (Value::Object(map), Some(Value::Object(_))) => self.map(name, before, map, live),
            // What is new is merged with nothing.
            (other, _) => other.clone(),
        }
    }

    fn map(&mut self, name: &str, before: Option<&Value>, wanted: &Map<String, Value>, live: Option<&Value>) -> Value {
        let mut patch = Map::new();
        for (key, value) in wanted {
            let [before, live] = [before, live].map(|it| it.and_then(|it| it.get(key)));
            let by = || merge_key(self.kind, key, [Some(value), before]).filter(|_| self.merge == Merge::Strategic);
            match (value, by()) {
                // Of a custom resource a null says something only where it takes the place of something.
                (Value::Null, _) if self.merge == Merge::Json && before.is_none_or(Value::is_null) => {}
                (Value::Array(items), Some(by)) if live.is_some() => {
                    self.list(key, by, [before, live], items, &mut patch);
                }
                (Value::Array(items), _) if key == "finalizers" && self.merge == Merge::Strategic && live.is_some() => {
                    finalizers(before, items, &mut patch);
                }
                _ => drop(patch.insert(key.clone(), self.value(key, before, value, live))),
            }
        }
        for (key, _) in before.and_then(Value::as_object).into_iter().flatten() {
            if !wanted.contains_key(key) {
                self.removes |= live.is_some_and(|it| it.get(key).is_some());
                patch.insert(key.clone(), Value::Null);
            }
        }
        let is_whole = name == "strategy" && self.kind == "Deployment";
        if is_whole && self.merge == Merge::Strategic {
            retain(wanted, live, &mut patch);
        }
        Value::Object(patch)
    }

    /// A list whose items are merged one by one, in the order in which they are wanted.
    fn list(
        &mut self,
        name: &str,
        by: &str,
        [before, live]: [Option<&Value>; 2],
        wanted: &[Value],
        patch: &mut Map<String, Value>,
    ) {
        let find = |list: Option<&'_ Value>, item: &Value| -> Option<Value> {
            list?.as_array()?.iter().find(|it| it[by] == item[by]).cloned()
        };
        let mut items = Vec::new();
        for item in wanted {
            let (before, live) = (find(before, item), find(live, item));
            let mut said = self.value(name, before.as_ref(), item, live.as_ref());
            if let (Value::Object(said), Value::Object(item), true) = (&mut said, item, WHOLE.contains(&name)) {
                retain(item, live.as_ref(), said);
            }
            items.push(said);
        }
        let order: Vec<Value> = wanted.iter().map(|it| json!({ by: it[by] })).collect();
        for gone in before.and_then(Value::as_array).into_iter().flatten() {
            if !gone[by].is_null() && !wanted.iter().any(|it| it[by] == gone[by]) {
                self.removes |= find(live, gone).is_some();
                items.push(json!({ "$patch": "delete", by: gone[by] }));
            }
        }
        if !order.is_empty() {
            patch.insert(format!("$setElementOrder/{name}"), order.into());
        }
        patch.insert(name.to_owned(), items.into());
    }
}

/// Lists of which an item keeps no field that is not wanted as soon as one differs: a volume has one source.
const WHOLE: [&str; 2] = ["volumes", "resourceClaims"];

/// Says that nothing else is kept in a map, as a client does when something in it differs.
fn retain(wanted: &Map<String, Value>, live: Option<&Value>, patch: &mut Map<String, Value>) {
    let differs = live.is_some_and(|live| wanted.iter().any(|(key, it)| !is_in(it, &live[key])));
    if differs {
        patch.insert("$retainKeys".to_owned(), wanted.keys().cloned().collect());
    }
}

/// A list of words, which others may have added to.
fn finalizers(before: Option<&Value>, wanted: &[Value], patch: &mut Map<String, Value>) {
    let gone = before.and_then(Value::as_array).into_iter().flatten().filter(|it| !wanted.contains(it));
    let gone: Vec<Value> = gone.cloned().collect();
    if !gone.is_empty() {
        patch.insert("$deleteFromPrimitiveList/finalizers".to_owned(), gone.into());
    }
    patch.insert("$setElementOrder/finalizers".to_owned(), wanted.into());
    patch.insert("finalizers".to_owned(), wanted.into());
}

/// Whether what was applied is there still, with whatever the server added.
pub(super) fn is_in(applied: &Value, live: &Value) -> bool {
    match (applied, live) {
        (Value::Object(applied), Value::Object(live)) => {
            applied.iter().all(|(key, it)| live.get(key).is_some_and(|live| is_in(it, live)))
        }
        (Value::Array(applied), Value::Array(live)) => {
            applied.len() == live.len() && applied.iter().zip(live).all(|(it, live)| is_in(it, live))
        }
        _ => applied == live,
    }
}

/// What tells the items of both forms of a list apart, by the kinds of Kubernetes 1.36.
fn merge_key(kind: &str, list: &str, forms: [Option<&Value>; 2]) -> Option<&'static str> {
    let items: Vec<&Value> = forms.into_iter().flatten().filter_map(Value::as_array).flatten().collect();
    let has = |key: &str| !items.is_empty() && items.iter().all(|it| it.get(key).is_some_and(|it| !it.is_null()));
    let key = match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "resourceClaims"
        | "schedulingGates"
        | "secrets"
        | "webhooks"
        | "matchConditions"
        | "variables" => "name",
        "ports" => {
            if kind == "Service" {
                "port"
            } else {
                "containerPort"
            }
        }
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "hostAliases" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        "ownerReferences" => "uid",
        _ => return None,
    };
    has(key).then_some(key)
}
