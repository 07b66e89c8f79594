//! Keys that a workload has, but not in the part that it plays here.
//!
//! All parts decode into one type, so this is asked of every tree and not only of one that does not decode.

use super::codes::{MISPLACED_KEY, UNBUILT_KEY};
use super::keys::unbuilt;
use crate::diag::{Diagnostic, Sink, Spot};
use crate::source::Node;
use crate::spec::{APPLIES, Role, applies};

/// Reports and removes the keys of workloads that do not apply to them, in a file or in the tree of an overlay.
pub fn check_parts(tree: &mut Node, sink: &mut Sink) {
    check_tables(tree, "", sink);
    let environments = tree.as_map_mut().and_then(|it| it.get_mut("environments")).and_then(Node::as_map_mut);
    for (name, overlay) in environments.into_iter().flat_map(|it| it.iter_mut()) {
        check_tables(overlay, &format!("environments.{name}."), sink);
    }
}

fn check_tables(tree: &mut Node, prefix: &str, sink: &mut Sink) {
    let Some(root) = tree.as_map_mut() else { return };
    for (table, role) in [("stages", Role::Stage), ("services", Role::Service)] {
        let workloads = root.get_mut(table).and_then(Node::as_map_mut);
        for (name, workload) in workloads.into_iter().flat_map(|it| it.iter_mut()) {
            check_workload(workload, role, &format!("{prefix}{table}.{name}"), sink);
        }
    }
}

fn check_workload(workload: &mut Node, role: Role, path: &str, sink: &mut Sink) {
    let Some(map) = workload.as_map_mut() else { return };
    map.retain(|key, node| {
        let fits = applies(key, role);
        if !fits {
            sink.report(misplaced(key, role, path).at(Spot::key(node.origin), format!("only for {}", roles(key))));
        }
        fits
    });
    for (key, role) in [("init", Role::Init), ("sidecars", Role::Sidecar)] {
        if let Some(crate::source::Value::List(steps)) = map.get_mut(key).map(|it| &mut it.value) {
            for (index, step) in steps.iter_mut().enumerate() {
                check_workload(step, role, &format!("{path}.{key}[{index}]"), sink);
            }
        }
    }
}

fn misplaced(key: &str, role: Role, path: &str) -> Diagnostic {
    match unbuilt(definition(role), key) {
        Some(what) => Diagnostic::new(&UNBUILT_KEY, format!("{what} is not built yet in `{path}`")),
        None => Diagnostic::new(&MISPLACED_KEY, format!("`{key}` does not belong in `{path}`")),
    }
}

/// The definition of the schema for a part.
fn definition(role: Role) -> &'static str {
    match role {
        Role::Stage => "Stage",
        Role::Service => "Service",
        Role::Init => "Init",
        Role::Sidecar => "Sidecar",
    }
}

/// The parts that may carry a key.
fn roles(key: &str) -> String {
    let name = |role: &Role| match role {
        Role::Stage => "stages",
        Role::Service => "services",
        Role::Init => "init steps",
        Role::Sidecar => "side-cars",
    };
    let (_, roles) = APPLIES.iter().find(|(it, _)| *it == key).copied().unwrap_or_default();
    roles.iter().map(name).collect::<Vec<_>>().join(" and ")
}
