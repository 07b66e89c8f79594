//! Where the pods of an object are described, and which pods a selector means.

use serde_json::Value;

/// The pod specs that an object holds.
pub(in crate::diff) fn pod_specs(object: &Value) -> Vec<&Value> {
    let pointers = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"];
    let own = (object["kind"] == "Pod").then_some("/spec");
    let found = pointers.into_iter().chain(own).filter_map(|it| object.pointer(it));
    found.filter(|it| it["containers"].is_array()).collect()
}

/// The containers of a pod spec, those that run before the others too.
pub(in crate::diff) fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"].into_iter().filter_map(|it| pod[it].as_array()).flatten()
}

/// Whether the pods of an object have all labels of a selector.
pub(super) fn is_selected(object: &Value, selector: &Value) -> bool {
    let pointers = ["/spec/template/metadata/labels", "/spec/jobTemplate/spec/template/metadata/labels"];
    let labels = pointers.iter().find_map(|it| object.pointer(it));
    let Some(selector) = selector.as_object().filter(|it| !it.is_empty()) else { return false };
    labels.is_some_and(|labels| selector.iter().all(|(key, it)| labels.get(key) == Some(it)))
}
