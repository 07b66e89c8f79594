//! Who set a field, from the server's `managedFields`; and what was applied by a client.

use serde_json::{Map, Value};

use super::client::is_in;
use super::model::{Moved, Owner};
use super::path::{Step, find, names};
use super::value::same;

/// What a client-side apply wrote down.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The manager of `kubectl apply --server-side`.
pub(super) const KUBECTL: &str = "kubectl";

/// The manager of `kubectl apply` without more.
pub(super) const CLIENT_SIDE: &str = "kubectl-client-side-apply";

/// Tools that apply and are not known to the server as such: they write whole objects.
const APPLY_BY_UPDATE: &[&str] = &[CLIENT_SIDE, "argocd-controller", "kustomize-controller", "helm", "mlopsc"];

/// Who set a live field.
pub(super) fn owners(live: &Value, path: &[Step]) -> Vec<Owner> {
    named(entries(live).filter(|it| owns(it, live, path)))
}

/// Who applied a live object.
pub(super) fn appliers_of(live: &Value) -> Vec<Owner> {
    named(entries(live).filter(|it| is_apply(it)))
}

/// Whether a program changed the number of pods through the server's scale; `kubectl scale` is somebody who did it once.
pub(super) fn is_scaled(live: &Value, path: &[Step]) -> bool {
    let is_person = |it: &Value| manager(it).starts_with("kubectl");
    entries(live).any(|it| it["subresource"] == "scale" && !is_person(it) && owns(it, live, path))
}

/// Which side moved where a live field is not what is wanted, as far as its owners tell.
pub(super) fn moved(live: &Value, path: &[Step], is_there: bool) -> Option<Moved> {
    let applied = last_applied(live).map(|it| find(path, &it).cloned());
    match (applied, is_there) {
        // What was applied is there still, with what the server put into it, or is not.
        (Some(Some(before)), true) => {
            let is_same = |now: &Value| is_in(&before, now) || same(&names(path), &before, now);
            Some(if find(path, live).is_some_and(is_same) { Moved::Spec } else { Moved::Cluster })
        }
        (Some(Some(_)), false) => Some(Moved::Cluster),
        (_, false) => are_known(live).then_some(Moved::Spec),
        (_, true) => {
            let mut owners = entries(live).filter(|it| owns(it, live, path)).peekable();
            owners.peek()?;
            Some(if owners.any(is_apply) { Moved::Spec } else { Moved::Cluster })
        }
    }
}

fn is_apply(entry: &Value) -> bool {
    entry["operation"] == "Apply" || entry["manager"].as_str().is_some_and(|it| APPLY_BY_UPDATE.contains(&it))
}

fn named<'e>(entries: impl Iterator<Item = &'e Value>) -> Vec<Owner> {
    let owner = |it: &Value| Owner { manager: manager(it), since: it["time"].as_str().map(str::to_owned) };
    let mut found: Vec<Owner> = entries.map(owner).collect();
    // The last time counts.
    found.sort_by(|one, other| one.manager.cmp(&other.manager).then_with(|| other.since.cmp(&one.since)));
    found.dedup_by(|one, other| one.manager == other.manager);
    found
}

/// Whether a live object says who set its fields.
pub(super) fn are_known(live: &Value) -> bool {
    entries(live).next().is_some()
}

/// Whether somebody who applies owns a live field, so that it goes when they no longer say it.
pub(super) fn is_applied(live: &Value, path: &[Step]) -> bool {
    entries(live).any(|it| it["operation"] == "Apply" && owns(it, live, path))
}

/// Who applies, and from which side.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Applier {
    /// The name under which the server knows them.
    pub manager: String,
    /// Whether the client decides what comes of it, and whoever else owns a field is not asked.
    pub is_client: bool,
}

impl Applier {
    /// Who is known by a name: one of a client, or of whoever made what is there as a client.
    pub(super) fn named<'l>(manager: &str, mut live: impl Iterator<Item = &'l Value>) -> Self {
        let is_client = live.any(|it| entries(it).any(|it| is_client(it) && it["manager"] == manager));
        Self { manager: manager.to_owned(), is_client: is_client || manager == CLIENT_SIDE }
    }
}

/// Who applied an object, from the server's side or from their own. kubectl has a second name for its own annotation.
pub(super) fn appliers(live: &Value) -> impl Iterator<Item = Applier> {
    let applied = entries(live).filter(|it| it["operation"] == "Apply" && it["manager"] != "kubectl-last-applied");
    let applied = applied.map(|it| Applier { manager: manager(it), is_client: false });
    applied.chain(entries(live).filter(|it| is_client(it)).map(|it| Applier { manager: manager(it), is_client: true }))
}

/// Whether an object was read from a cluster, and is no manifest that somebody wrote.
pub(super) fn is_of_cluster(object: &Value) -> bool {
    let metadata = ["uid", "resourceVersion", "creationTimestamp"].iter().any(|it| object["metadata"][*it].is_string());
    metadata || object["status"].as_object().is_some_and(|it| !it.is_empty())
}

/// Whether all that clients applied is noted under the name that kubectl has for it.
pub(super) fn is_of_kubectl(live: &Value) -> bool {
    entries(live).filter(|it| is_client(it)).all(|it| it["manager"] == CLIENT_SIDE)
}

/// Whether a live field goes when the fields of clients become the manager's, who does not say it: clients own it, and
/// nobody else does. Where nobody is noted at all, what was written down is all there is.
pub(super) fn is_client_sides_alone(live: &Value, path: &[Step], own: &str) -> bool {
    let is_own = |it: &Value| it["operation"] == "Apply" && it["manager"] == own;
    // kubectl knows a client by the note alone, which somebody else may have written anew.
    let is_taken_over = |it: &Value| if own == KUBECTL { is_client(it) && wrote_down(it) } else { is_client(it) };
    let mut owning = entries(live).filter(|it| owns(it, live, path)).peekable();
    !are_known(live) || (owning.peek().is_some() && owning.all(|it| is_taken_over(it) || is_own(it)))
}

/// Whether a live field goes when somebody applies and does not say it: they applied the field before, or it was applied by
/// a client, and nobody else owns it. A client takes away what it wrote down, whoever owns it.
pub(super) fn goes(live: &Value, path: &[Step], applier: &Applier, was_written_down: bool) -> bool {
    if applier.is_client {
        return was_written_down;
    }
    let own = &applier.manager;
    let is_own = |it: &&Value| it["operation"] == "Apply" && it["manager"] == own.as_str();
    let was_applied = entries(live).filter(is_own).any(|it| owns(it, live, path));
    let was_told = was_written_down || (are_known(live) && is_written_down(live) && !is_of_kubectl(live));
    (was_applied || was_told) && is_client_sides_alone(live, path, own)
}

/// Whether somebody set a live field who does not apply here; without an applier, who only ever changes what is there.
/// What nobody is noted to have set, the server did.
pub(super) fn is_of_others(live: &Value, path: &[Step], applier: Option<&Applier>) -> bool {
    let is_own = |it: &Value| {
        is_client(it) || (it["operation"] == "Apply" && applier.is_none_or(|own| it["manager"] == own.manager.as_str()))
    };
    let mut owning = entries(live).filter(|it| owns(it, live, path)).peekable();
    owning.peek().is_some() && !owning.any(is_own)
}

/// Who else owns a live field, so that changing it is a conflict. A client that applies has none with anybody.
pub(super) fn rivals(live: &Value, path: &[Step], applier: &Applier) -> Vec<Owner> {
    if applier.is_client {
        return Vec::new();
    }
    let is_own = |it: &Value| it["operation"] == "Apply" && it["manager"] == applier.manager.as_str();
    named(entries(live).filter(|it| !is_own(it) && it["manager"] != CLIENT_SIDE && owns(it, live, path)))
}

/// Whether a client-side apply wrote something down, readable or not.
pub(super) fn is_written_down(live: &Value) -> bool {
    live["metadata"]["annotations"][LAST_APPLIED].is_string()
}

/// What a client-side apply wrote down of an object.
pub(super) fn last_applied(live: &Value) -> Option<Value> {
    let text = live["metadata"]["annotations"][LAST_APPLIED].as_str()?;
    serde_json::from_str(text).ok()
}

/// Whether an annotation is what a client-side apply writes down.
pub(super) fn is_note(annotation: &str) -> bool {
    annotation == LAST_APPLIED
}

/// Whether an entry is of a client that applied by itself, and wrote down what.
pub(super) fn is_client(entry: &Value) -> bool {
    entry["operation"] == "Update" && (entry["manager"] == CLIENT_SIDE || wrote_down(entry))
}

fn wrote_down(entry: &Value) -> bool {
    !entry["fieldsV1"]["f:metadata"]["f:annotations"][format!("f:{LAST_APPLIED}")].is_null()
}

/// Who set what, entry by entry.
pub(super) fn entries(live: &Value) -> impl Iterator<Item = &Value> {
    live["metadata"]["managedFields"].as_array().into_iter().flatten()
}

fn manager(entry: &Value) -> String {
    entry["manager"].as_str().unwrap_or("nobody that has a name").to_owned()
}

/// Whether an entry has a field, or a value around it that it owns as a whole.
fn owns(entry: &Value, live: &Value, path: &[Step]) -> bool {
    let Some(mut fields) = entry["fieldsV1"].as_object() else { return false };
    let mut at = live;
    for (depth, step) in path.iter().enumerate() {
        // Nothing below: it is owned as one value.
        if depth > 0 && is_leaf(fields) {
            return true;
        }
        let (next, value) = match step {
            Step::Key(key) => (fields.get(&format!("f:{key}")), at.get(key)),
            Step::Item { index, keys } => {
                let items = at.as_array();
                let has = |it: &&Value| keys.iter().all(|(key, value)| same_key(it, key, value));
                let item = if keys.is_empty() {
                    items.and_then(|it| it.get(*index))
                } else {
                    items.and_then(|it| it.iter().find(has))
                };
                (item.and_then(|it| of_item(fields, it)), item)
            }
        };
        let Some(next) = next.and_then(Value::as_object) else { return false };
        fields = next;
        at = value.unwrap_or(&Value::Null);
    }
    true
}

fn is_leaf(fields: &Map<String, Value>) -> bool {
    fields.is_empty()
}

fn same_key(item: &Value, key: &str, value: &Value) -> bool {
    item.get(key) == Some(value) || (key == "protocol" && item.get(key).is_none() && value == "TCP")
}

/// The fields of an item of a list, which are named by its keys or its value.
fn of_item<'f>(fields: &'f Map<String, Value>, item: &Value) -> Option<&'f Value> {
    fields.iter().find_map(|(name, below)| {
        let fits = if let Some(keys) = name.strip_prefix("k:") {
            let keys: Map<String, Value> = serde_json::from_str(keys).ok()?;
            keys.iter().all(|(key, value)| same_key(item, key, value))
        } else if let Some(value) = name.strip_prefix("v:") {
            serde_json::from_str::<Value>(value).is_ok_and(|it| it == *item)
        } else {
            false
        };
        fits.then_some(below)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_owner_of_a_field_is_found_through_lists_and_whole_values() {
        let live = json!({
            "metadata": {"managedFields": [
                {"manager": "hpa", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:spec": {"f:selector": {}, "f:containers":
                    {"k:{\"name\":\"api\"}": {".": {}, "f:image": {}}}}}},
            ]},
            "spec": {"replicas": 3, "selector": {"a": "b"}, "containers": [{"name": "api", "image": "x"}]},
        });
        let key = |it: &str| Step::Key(it.to_owned());
        let api = Step::Item { index: 0, keys: vec![("name", json!("api"))] };
        let names = |path: &[Step]| owners(&live, path).into_iter().map(|it| it.manager).collect::<Vec<_>>();
        assert_eq!(names(&[key("spec"), key("replicas")]), ["hpa"]);
        assert_eq!(names(&[key("spec"), key("selector"), key("a")]), ["kubectl"]);
        assert_eq!(names(&[key("spec"), key("containers"), api.clone(), key("image")]), ["kubectl"]);
        assert_eq!(moved(&live, &[key("spec"), key("replicas")], true), Some(Moved::Cluster));
        assert_eq!(moved(&live, &[key("spec"), key("selector"), key("a")], true), Some(Moved::Spec));
        assert!(owners(&live, &[key("spec"), key("containers"), api, key("args")]).is_empty());
        assert!(!is_applied(&live, &[key("spec"), key("replicas")]));
    }

    #[test]
    fn who_scales_by_hand_is_no_autoscaler() {
        let path = ["spec", "replicas"].map(|it| Step::Key(it.to_owned()));
        let by = |manager: &str| {
            let entry = json!({"manager": manager, "operation": "Update", "subresource": "scale",
                "fieldsV1": {"f:spec": {"f:replicas": {}}}});
            is_scaled(&json!({"metadata": {"managedFields": [entry]}, "spec": {"replicas": 3}}), &path)
        };
        assert!(by("kube-controller-manager") && !by("kubectl"));
    }
}
