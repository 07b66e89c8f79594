//! Fields that a client applied once and nobody wants any more: what becomes of them when the server applies.
//!
//! kubectl, Argo CD and Flux move what a client owned to the manager that applies now, in a request before the one that
//! applies. What is wanted no more goes then, unless somebody else owns it too. The dry run of an apply knows nothing of
//! that, so that the object without these fields is tried in its place.

use serde_json::{Value, json};

use super::compare::{With, compare};
use super::owners;
use super::path::{self, Step};

/// `predicted` without the fields that would go; `None` where none would.
pub(super) fn without(wanted: &Value, live: &Value, predicted: &Value, manager: &str) -> Option<Value> {
    let kind = wanted["kind"].as_str().unwrap_or_default();
    let before = owners::last_applied(live)?;
    let goes =
        |path: &[Step]| path::find(path, &before).is_some() && owners::is_client_sides_alone(live, path, manager);
    let gone = compare(kind, live, wanted, &With::Wanted { removes: &goes });
    let mut gone: Vec<Vec<Step>> = gone.into_iter().filter(|it| it.after.is_none()).map(|it| it.path).collect();
    gone.retain(|it| goes(it) && path::find(it, predicted).is_some());
    // The last items of lists first, so that the others keep their places.
    gone.reverse();
    let mut without = predicted.clone();
    gone.iter().for_each(|it| path::take(it, &mut without));
    (!gone.is_empty()).then_some(without)
}

/// The operations that make what is there into `target`, but for what the server keeps for itself.
pub(super) fn patch(target: &Value) -> Value {
    let fields = target.as_object().into_iter().flatten();
    let own = fields.filter(|(key, _)| !["apiVersion", "kind", "metadata", "status"].contains(&key.as_str()));
    let own = own.map(|(key, it)| (format!("/{}", key.replace('~', "~0").replace('/', "~1")), it));
    let metadata = ["labels", "annotations"].into_iter();
    let metadata = metadata.filter_map(|it| Some((format!("/metadata/{it}"), target["metadata"].get(it)?)));
    own.chain(metadata).map(|(path, value)| json!({"op": "add", "path": path, "value": value})).collect()
}
