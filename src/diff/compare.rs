//! Two forms of an object, field by field.

use serde_json::{Map, Value};

use super::defaults::{NOISE_OF_ANNOTATIONS, NOISE_OF_METADATA, is_decided, is_default, is_dropped};
use super::path::{Step, key_of, keys_of, names};
use super::value::{is_built_in, is_free, same, says_nothing};

/// A field that differs, with what is there and what is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    pub(super) path: Vec<Step>,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// What is compared with the live form.
pub(super) enum With<'w> {
    /// The server's own prediction: every field of it counts.
    Prediction,
    /// What somebody wants: what it does not say is decided by the server, or by others, unless `removes` says that
    /// applying would take it away. A manifest in the place of what is there has nothing that a server decided.
    Wanted { removes: &'w dyn Fn(&[Step]) -> bool, is_manifest: bool },
}

/// The fields in which an object would change.
pub(super) fn compare(kind: &str, live: &Value, wanted: &Value, with: &With<'_>) -> Vec<Difference> {
    let is_exact = matches!(with, With::Prediction);
    let built_in = is_built_in(wanted);
    let (live, wanted) = (essence(kind, live, !is_exact), essence(kind, wanted, !is_exact));
    let mut comparing =
        Comparing { kind, built_in, with, live: &live, wanted: &wanted, found: Vec::new(), path: Vec::new() };
    comparing.values(&live, &wanted);
    comparing.found
}

/// An object without what the server and its controllers keep in it.
pub(super) fn essence(kind: &str, object: &Value, normal: bool) -> Value {
    let Value::Object(mut map) = object.clone() else { return object.clone() };
    map.remove("status");
    if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
        NOISE_OF_METADATA.iter().for_each(|it| drop(metadata.remove(*it)));
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            annotations.retain(|key, _| !NOISE_OF_ANNOTATIONS.contains(&key.as_str()));
        }
        let is_empty = |it: &Value| it.as_object().is_some_and(Map::is_empty);
        if metadata.get("annotations").is_some_and(is_empty) {
            metadata.remove("annotations");
        }
        if normal && metadata.get("namespace").is_some_and(|it| it == "" || it == "default") {
            metadata.remove("namespace");
        }
    }
    if kind == "Secret"
        && let Some(Value::Object(texts)) = map.remove("stringData")
    {
        let data = map.entry("data").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(data) = data {
            let texts = texts.into_iter().map(|(key, it)| (key, super::mask::encode(it.as_str().unwrap_or_default())));
            data.extend(texts.map(|(key, it)| (key, Value::String(it))));
        }
    }
    Value::Object(map)
}

struct Comparing<'c> {
    kind: &'c str,
    built_in: bool,
    with: &'c With<'c>,
    live: &'c Value,
    wanted: &'c Value,
    found: Vec<Difference>,
    path: Vec<Step>,
}

impl Comparing<'_> {
    fn values(&mut self, live: &Value, wanted: &Value) {
        match (live, wanted) {
            (Value::Object(live), Value::Object(wanted)) => self.maps(live, wanted),
            (Value::Array(live), Value::Array(wanted)) => self.lists(live, wanted),
            _ if self.is_same(live, wanted) => {}
            _ => self.push(Some(live), Some(wanted)),
        }
    }

    /// Whether two values mean the same. What a server says of both is in one form already.
    fn is_same(&self, live: &Value, wanted: &Value) -> bool {
        match self.with {
            With::Prediction => live == wanted || (self.is_nothing("", live) && self.is_nothing("", wanted)),
            With::Wanted { .. } => same(&names(&self.path), live, wanted),
        }
    }

    /// Whether a value says no more than a field that is not there. Kubernetes' own kinds do not keep empty lists apart.
    fn is_nothing(&self, key: &str, value: &Value) -> bool {
        match self.with {
            With::Prediction => value.is_null() || (self.built_in && value.as_array().is_some_and(|it| it.is_empty())),
            With::Wanted { .. } => says_nothing(key, value) || (!self.is_free() && is_dropped(self.kind, key, value)),
        }
    }

    /// Whether the keys of the map that a path leads into are somebody's own.
    fn is_free(&self) -> bool {
        let names = names(&self.path);
        names.len() > 1 && is_free(names[names.len() - 2])
    }

    /// Whether a wanted value, which nobody says on the other side, is what the server gives there anyway.
    fn is_as_given(&mut self, after: &Value) -> bool {
        if matches!(self.with, With::Prediction) {
            return false;
        }
        let is_default = is_default(self.kind, self.built_in, &self.path, after, self.wanted);
        let inside = |(key, it): (&String, &Value)| {
            self.path.push(Step::Key(key.clone()));
            let is_given = self.is_as_given(it);
            self.path.pop();
            is_given
        };
        is_default || after.as_object().is_some_and(|it| !it.is_empty() && it.iter().all(inside))
    }

    fn maps(&mut self, live: &Map<String, Value>, wanted: &Map<String, Value>) {
        for (key, after) in wanted {
            self.path.push(Step::Key(key.clone()));
            match live.get(key) {
                Some(before) => self.values(before, after),
                None if self.is_nothing(key, after) || self.is_as_given(after) => {}
                // Each of these entries is a thing of its own.
                None if after.is_object() && ["annotations", "labels", "data"].contains(&key.as_str()) => {
                    self.values(&Value::Object(Map::new()), after);
                }
                None => self.push(None, Some(after)),
            }
            self.path.pop();
        }
        for (key, before) in live.iter().filter(|(key, _)| !wanted.contains_key(*key)) {
            self.path.push(Step::Key(key.clone()));
            if !self.is_nothing(key, before) {
                self.only_live(before);
            }
            self.path.pop();
        }
    }

    fn lists(&mut self, live: &[Value], wanted: &[Value]) {
        let name = names(&self.path).last().copied().unwrap_or_default().to_owned();
        if let Some(keys) = keys_of(&name, live, wanted) {
            return self.keyed(keys, live, wanted);
        }
        let is_plain = |it: &Value| !it.is_object() && !it.is_array();
        if live.iter().chain(wanted).all(is_plain) {
            // Arguments tell of each other, so that they are shown, or hidden, together.
            let is_same = || live.iter().zip(wanted).all(|(one, other)| self.is_same(one, other));
            if live.len() == wanted.len() && is_same() {
                return;
            }
            let (live, wanted) = (Value::Array(live.to_vec()), Value::Array(wanted.to_vec()));
            return self.push(Some(&live), Some(&wanted));
        }
        for index in 0..live.len().max(wanted.len()) {
            self.path.push(Step::Item { index, keys: Vec::new() });
            match (live.get(index), wanted.get(index)) {
                (Some(before), Some(after)) => self.values(before, after),
                // A list without keys is one value: what is left over goes with it, whoever put it there.
                (before, after) => self.push(before, after),
            }
            self.path.pop();
        }
    }

    /// Lists of which the items are told apart by keys. Their order is shown as the order of the keys: it says something
    /// to init containers and variables, and to whoever makes pods anew when a template differs.
    fn keyed(&mut self, keys: &[&'static str], live: &[Value], wanted: &[Value]) {
        let key = |it: &Value| key_of(keys, it).unwrap_or_default();
        for (index, after) in wanted.iter().enumerate() {
            self.path.push(Step::Item { index, keys: key(after) });
            match live.iter().find(|it| key(it) == key(after)) {
                Some(before) => self.values(before, after),
                None => self.push(None, Some(after)),
            }
            self.path.pop();
        }
        for (index, before) in live.iter().enumerate().filter(|(_, it)| !wanted.iter().any(|also| key(also) == key(it)))
        {
            self.path.push(Step::Item { index, keys: key(before) });
            self.only_live(before);
            self.path.pop();
        }
        let order = |one: &[Value], other: &[Value]| -> Vec<Value> {
            let shared = one.iter().map(key).filter(|it| other.iter().any(|also| key(also) == *it));
            shared.map(|it| it.into_iter().map(|(_, value)| value).collect()).map(only).collect()
        };
        let (before, after) = (order(live, wanted), order(wanted, live));
        if before != after {
            self.push(Some(&Value::Array(before)), Some(&Value::Array(after)));
        }
    }

    /// Something that is there and that nobody wants: gone, of the server's making, or another's business.
    fn only_live(&mut self, before: &Value) {
        let With::Wanted { removes, .. } = self.with else { return self.push(Some(before), None) };
        let (start, mut kept) = (self.found.len(), false);
        self.leaves(before, *removes, &mut kept);
        // What goes as a whole is shown as a whole.
        if !kept && self.found.len() > start + 1 {
            self.found.truncate(start);
            self.push(Some(before), None);
        }
    }

    fn leaves(&mut self, before: &Value, removes: &dyn Fn(&[Step]) -> bool, kept: &mut bool) {
        let is_manifest = matches!(self.with, With::Wanted { is_manifest: true, .. });
        let is_decided = !is_manifest && is_decided(self.kind, &self.path);
        if is_decided || is_default(self.kind, self.built_in, &self.path, before, self.live) {
            *kept = true;
            return;
        }
        let is_item = matches!(self.path.last(), Some(Step::Item { keys, .. }) if !keys.is_empty());
        if is_item && before.is_object() && removes(&self.path) {
            // With the defaults that the server put into it.
            return self.push(Some(before), None);
        }
        match before {
            Value::Object(map) if !map.is_empty() => {
                for (key, it) in map {
                    self.path.push(Step::Key(key.clone()));
                    self.leaves(it, removes, kept);
                    self.path.pop();
                }
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                let name = names(&self.path).last().copied().unwrap_or_default().to_owned();
                let keys = keys_of(&name, items, &[]);
                for (index, it) in items.iter().enumerate() {
                    let keys = keys.and_then(|keys| key_of(keys, it)).unwrap_or_default();
                    self.path.push(Step::Item { index, keys });
                    self.leaves(it, removes, kept);
                    self.path.pop();
                }
            }
            _ if removes(&self.path) => self.push(Some(before), None),
            _ => *kept = true,
        }
    }

    fn push(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let difference = Difference { path: self.path.clone(), before: before.cloned(), after: after.cloned() };
        self.found.push(difference);
    }
}

/// A list of one value as that value.
fn only(mut values: Vec<Value>) -> Value {
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}
