//! Fields that a client applied once and nobody wants any more: what becomes of them when the server applies.
//!
//! kubectl, Argo CD and Flux move what a client owned to the manager that applies now, in a request before the one that
//! applies. What is wanted no more goes then, unless somebody else owns it too. The dry run of an apply knows nothing of
//! that, so that the object without these fields is tried in its place.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::owners;
use super::path::{self, Step, key_of, keys_of};
use super::value::is_built_in;

/// `predicted` without the fields that would go; `None` where none would.
pub(super) fn without(wanted: &Value, live: &Value, predicted: &Value, manager: &str) -> Option<Value> {
    if !owners::is_written_down(live) {
        return None;
    }
    // What a client made has the server's defaults among its fields, which come again. Where others own what it wrote
    // down, or nobody is noted at all, more goes than it ever said.
    let is_told = owners::are_known(live) && owners::is_of_kubectl(live);
    let told = if is_told { Some(owners::last_applied(live)?) } else { None };
    taken(wanted, live, predicted, manager, told.as_ref())
}

fn taken(wanted: &Value, live: &Value, predicted: &Value, manager: &str, told: Option<&Value>) -> Option<Value> {
    let goes = |path: &[Step]| owners::is_client_sides_alone(live, path, manager);
    let mut going = Going { goes: &goes, told, found: Vec::new(), path: Vec::new() };
    going.fields(live, wanted);
    // The last items of lists first, so that the others keep their places.
    let gone = going.found.iter().rev().filter(|it| path::find(it, predicted).is_some());
    let mut without = predicted.clone();
    let count = gone.map(|it| path::take(it, &mut without)).count();
    (count > 0).then_some(without)
}

/// Whether a custom resource would be left with a null in the place of something: merging gives that, and no schema
/// takes it, while a patch would drop it. In the metadata it is nothing for every kind. Defaults that a client owns go,
/// too, and come again only after the schema has been asked.
pub(super) fn leaves_null(wanted: &Value, live: &Value, predicted: &Value, manager: &str) -> bool {
    let nulls = |it: &Value| {
        let fields = it.as_object().into_iter().flatten().filter(|(key, _)| *key != "metadata");
        fields.map(|(_, it)| nulls(it)).sum::<usize>()
    };
    let is_more = |without: Value| nulls(&without) > nulls(predicted);
    !is_built_in(wanted) && taken(wanted, live, predicted, manager, None).is_some_and(is_more)
}

fn nulls(value: &Value) -> usize {
    match value {
        Value::Null => 1,
        Value::Object(map) => map.values().map(nulls).sum(),
        Value::Array(items) => items.iter().map(nulls).sum(),
        _ => 0,
    }
}

struct Going<'g> {
    goes: &'g dyn Fn(&[Step]) -> bool,
    /// What alone may go, where that is known.
    told: Option<&'g Value>,
    found: Vec<Vec<Step>>,
    path: Vec<Step>,
}

impl Going<'_> {
    /// Finds what goes of a value of which a part is wanted.
    fn fields(&mut self, live: &Value, wanted: &Value) {
        match (live, wanted) {
            (Value::Object(live), Value::Object(wanted)) => {
                let around = path::names(&self.path).join(".");
                for (key, it) in live.iter().filter(|(key, _)| !is_bookkeeping(&around, key)) {
                    self.path.push(Step::Key(key.clone()));
                    match wanted.get(key) {
                        // Null stands for itself, and for nothing of what was in its place.
                        Some(Value::Null) if it.is_object() => self.fields(it, &json!({})),
                        Some(Value::Null) if it.is_array() => self.fields(it, &json!([])),
                        Some(wanted) => self.fields(it, wanted),
                        None => self.unwanted(it),
                    }
                    self.path.pop();
                }
            }
            (Value::Array(live), Value::Array(wanted)) => {
                let Some(keys) = path::names(&self.path).last().and_then(|it| keys_of(it, live, wanted)) else {
                    return;
                };
                for (index, it) in live.iter().enumerate() {
                    let key = key_of(keys, it).unwrap_or_default();
                    let wanted = wanted.iter().find(|it| key_of(keys, it).as_ref() == Some(&key));
                    self.path.push(Step::Item { index, keys: key });
                    match wanted {
                        Some(wanted) => self.fields(it, wanted),
                        None => self.unwanted(it),
                    }
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn unwanted(&mut self, live: &Value) {
        if self.told.is_none_or(|it| path::find(&self.path, it).is_some()) {
            self.all(live);
        }
    }

    /// Finds what goes of a value of which nothing is wanted; whether all of it does, and is one find.
    fn all(&mut self, live: &Value) -> bool {
        let start = self.found.len();
        let around = path::names(&self.path).join(".");
        let is_kept = |key: &String| is_bookkeeping(&around, key);
        if live.as_object().is_some_and(|it| it.keys().any(is_kept) && it.keys().all(is_kept)) {
            return false;
        }
        let steps: Vec<(Step, &Value)> = match live {
            Value::Object(map) if !map.is_empty() => {
                let fields = map.iter().filter(|(key, _)| !is_kept(key));
                fields.map(|(key, it)| (Step::Key(key.clone()), it)).collect()
            }
            Value::Array(items) => {
                let name = path::names(&self.path).last().copied().unwrap_or_default().to_owned();
                let keys = keys_of(&name, items, &[]).unwrap_or_default();
                let step = |(index, it)| (Step::Item { index, keys: key_of(keys, it).unwrap_or_default() }, it);
                items.iter().enumerate().filter(|_| !keys.is_empty()).map(step).collect()
            }
            _ => Vec::new(),
        };
        let mut goes = !steps.is_empty() || (self.goes)(&self.path);
        goes &= !live.as_object().is_some_and(|it| it.keys().any(is_kept));
        for (step, it) in steps {
            self.path.push(step);
            goes &= self.all(it);
            self.path.pop();
        }
        if goes {
            self.found.truncate(start);
            self.found.push(self.path.clone());
        }
        goes
    }
}

/// Whether a field is the server's, or the note of a client on what it applied.
fn is_bookkeeping(around: &str, key: &str) -> bool {
    match around {
        "" => key == "status",
        "metadata" => key == "managedFields",
        "metadata.annotations" => owners::is_note(key),
        _ => false,
    }
}

/// The operations that make `live` into `target`, but for what the server keeps for itself.
pub(super) fn patch(live: &Value, target: &Value) -> Value {
    let own = |it: &&String| !["apiVersion", "kind", "metadata", "status"].contains(&it.as_str());
    let keys = [live, target].into_iter().filter_map(Value::as_object).flat_map(Map::keys).filter(own);
    let fields: BTreeSet<String> = keys.map(|it| format!("/{}", it.replace('~', "~0").replace('/', "~1"))).collect();
    let metadata = ["labels", "annotations", "finalizers", "ownerReferences"].map(|it| format!("/metadata/{it}"));
    let operation = |path: String| match (live.pointer(&path), target.pointer(&path)) {
        (before, Some(after)) if before != Some(after) => Some(json!({"op": "add", "path": path, "value": after})),
        (Some(_), None) => Some(json!({"op": "remove", "path": path})),
        _ => None,
    };
    fields.into_iter().chain(metadata).filter_map(operation).collect()
}
