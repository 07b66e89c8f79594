//! `[defaults]`: put under every workload last, so that whatever a layer says about a workload wins.

use super::merge::merge_under;
use crate::source::{Map, Node, Value};
use crate::spec::{Role, applies};

/// Adds the defaults to every stage, service and init step.
pub(super) fn add(tree: &mut Node) {
    let Some(defaults) = tree.get("defaults").and_then(Node::as_map).cloned() else { return };
    for (table, role) in [("stages", Role::Stage), ("services", Role::Service)] {
        let workloads = tree.as_map_mut().and_then(|it| it.get_mut(table)).and_then(Node::as_map_mut);
        for (_, workload) in workloads.into_iter().flat_map(Map::iter_mut) {
            add_to(workload, &defaults, role);
        }
    }
}

fn add_to(workload: &mut Node, defaults: &Map, role: Role) {
    let Some(map) = workload.as_map_mut() else { return };
    for (key, default) in defaults.iter().filter(|(key, _)| applies(key, role)) {
        match map.get_mut(key) {
            Some(own) if own.as_map().is_some() => merge_under(own, default),
            Some(_) => {}
            None => map.push(key.clone(), default.clone()),
        }
    }
    for (key, role) in [("init", Role::Init), ("sidecars", Role::Sidecar)] {
        if let Some(Value::List(steps)) = map.get_mut(key).map(|it| &mut it.value) {
            steps.iter_mut().for_each(|it| add_to(it, defaults, role));
        }
    }
}
