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

/// What a client makes of an object.
#[derive(Debug)]
pub(super) struct Made {
    /// What it would send.
    pub(super) patch: Value,
    /// Whether something that is there goes.
    pub(super) removes: bool,
    /// Why what it makes is no more certain than the order of some items: nothing that it looks at tells them apart, as two
    /// ports of one number of a Service.
    pub(super) muddle: Option<String>,
}

/// Why a client cannot say itself what it would send, where it cannot.
pub(super) fn fault(wanted: &Value, live: &Value) -> Option<String> {
    let is_lost = is_written_down(live) && !last_applied(live).is_some_and(|it| it.is_object());
    let lost = || "what a client-side apply wrote down of the last one cannot be read, and it ends there".to_owned();
    let is_strategic = merge_of(wanted) == Merge::Strategic;
    // A server would fail of it, too.
    is_lost.then(lost).or_else(|| keyless(kind_of(wanted), "", wanted).filter(|_| is_strategic))
}

/// A list with an item whose key is no word and no number.
fn keyless(kind: &str, name: &str, value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.iter().find_map(|(name, it)| keyless(kind, name, it)),
        Value::Array(items) => {
            let is_mixed = items.iter().any(Value::is_object) && !items.iter().all(Value::is_object);
            let is_odd = |key: &&str| items.iter().any(|it| it[*key].is_object() || it[*key].is_array());
            let odd = merge_key(kind, name).filter(is_odd);
            odd.map(|key| format!("`{name}` has an item whose `{key}` is no word and no number"))
                .or_else(|| is_mixed.then(|| "a list has maps and something else in it".to_owned()))
                .or_else(|| items.iter().find_map(|it| keyless(kind, "", it)))
        }
        _ => None,
    }
}

/// A manifest as a client reads it: an annotation without a value is an empty text.
pub(super) fn as_read(wanted: &Value) -> Cow<'_, Value> {
    let mut wanted = Cow::Borrowed(wanted);
    let annotations = |it: &Value| it["metadata"]["annotations"].as_object().cloned();
    if let Some(mut read) = annotations(&wanted).filter(|it| it.values().any(Value::is_null)) {
        read.values_mut().filter(|it| it.is_null()).for_each(|it| *it = "".into());
        wanted.to_mut()["metadata"]["annotations"] = read.into();
    }
    wanted
}

/// What a client that applied what is there makes of what is wanted now.
pub(super) fn make(wanted: &Value, live: &Value, merge: Merge) -> Made {
    let mut before = last_applied(live).unwrap_or_default();
    // Where it is does not change.
    if let Some(metadata) = before["metadata"].as_object_mut() {
        metadata.shift_remove("namespace");
    }
    let mut wanted = as_read(wanted);
    // A client always writes its note among the annotations.
    if wanted["metadata"]["annotations"].is_null() {
        wanted.to_mut()["metadata"]["annotations"] = json!({});
    }
    let mut making = Making { merge, kind: kind_of(&wanted), removes: false, muddle: None };
    let mut patch = making.value("", Some(&before), &wanted, Some(live));
    if let Some(metadata) = patch["metadata"].as_object_mut() {
        // Somebody may have written them into a manifest that they read from a cluster.
        ["managedFields", "uid", "creationTimestamp", "generation"].iter().for_each(|it| drop(metadata.remove(*it)));
    }
    Made { patch, removes: making.removes, muddle: making.muddle }
}

fn kind_of(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

struct Making<'m> {
    merge: Merge,
    kind: &'m str,
    removes: bool,
    muddle: Option<String>,
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
            let by = || merge_key(self.kind, key).filter(|_| self.merge == Merge::Strategic);
            let by = || by().filter(|it| is_key(it, [Some(value), before]));
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
        let all = [before, live].map(|it| it.and_then(Value::as_array).map_or(&[][..], Vec::as_slice));
        if let Some(twin) = [wanted, all[0], all[1]].into_iter().find_map(|it| twin(by, it)) {
            if all[0] == wanted && are_in(wanted, all[1]) {
                // Of a list in which nothing differs a client says nothing.
                return;
            }
            self.muddle.get_or_insert_with(|| format!("`{name}` has two items with the {by} {twin}"));
        }
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

/// What two items of a list say of themselves by which they are told apart.
fn twin(by: &str, items: &[Value]) -> Option<String> {
    let (_, twin) = items.iter().enumerate().find(|(at, it)| items[..*at].iter().any(|also| also[by] == it[by]))?;
    Some(twin[by].as_str().map_or_else(|| twin[by].to_string(), str::to_owned))
}

/// Whether what was applied is there still, with whatever the server added.
pub(super) fn is_in(applied: &Value, live: &Value) -> bool {
    match (applied, live) {
        (Value::Object(applied), Value::Object(live)) => {
            applied.iter().all(|(key, it)| live.get(key).is_some_and(|live| is_in(it, live)))
        }
        (Value::Array(applied), Value::Array(live)) => are_in(applied, live),
        _ => applied == live,
    }
}

fn are_in(applied: &[Value], live: &[Value]) -> bool {
    applied.len() == live.len() && applied.iter().zip(live).all(|(it, live)| is_in(it, live))
}

/// What tells the items of a list apart, by the kinds of Kubernetes 1.36.
fn merge_key(kind: &str, list: &str) -> Option<&'static str> {
    Some(match list {
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
        "ports" if kind == "Service" => "port",
        "ports" => "containerPort",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "hostAliases" => "ip",
        "topologySpreadConstraints" => "topologyKey",
        "ownerReferences" => "uid",
        _ => return None,
    })
}

/// Whether all items of both forms of a list have a key: other lists have the same names.
fn is_key(key: &str, forms: [Option<&Value>; 2]) -> bool {
    let mut items = forms.into_iter().flatten().filter_map(Value::as_array).flatten().peekable();
    items.peek().is_some() && items.all(|it| it.get(key).is_some_and(|it| !it.is_null()))
}
