//! The tree of one environment: files, overlay, command line, without what is switched off and with the defaults.

use smol_str::SmolStr;

use super::enabled::{Disabled, switch_off};
use super::layers::Layers;
use super::merge::merge;
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::{Map, Node, Origin, Value};
use crate::spec::{Name, OVERLAY_KEYS, nearest};

pub(super) static UNKNOWN_NAME: Code = Code {
    id: "unknown-name-in-overlay",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an overlay (or a `--set`) that speaks of a stage, service, dataset or other named thing that the file does not
have.

### Why it matters
A misspelt name would make a new, empty thing beside the one that was meant, and the overlay would do nothing.

### Example
```toml
[services.classify]
[environments.prod]
services.clasify.replicas = 3
```

### Use instead
The name that the file has.
",
};

pub(super) static NO_ENVIRONMENT: Code = Code {
    id: "no-such-environment",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `--env` that the file does not have, and a file whose environments are all switched off.

### Use instead
One of the tables in `[environments]`, or `default` for a file without any.
",
};

/// The tables whose keys are names, as paths.
pub(super) const NAMED_TABLES: &[&[&str]] = &[
    &["namespaces"],
    &["images"],
    &["config"],
    &["data"],
    &["secrets"],
    &["stages"],
    &["services"],
    &["access", "roles"],
    &["cluster", "pools"],
    &["cluster", "priorities"],
];

/// Tables of names inside each thing of a table.
const INNER_TABLES: &[(&str, &str)] = &[("services", "variants"), ("stages", "params")];

/// What an environment is made of.
pub(super) struct Merged {
    /// The merged spec without `environments`.
    pub(super) tree: Node,
    /// The environment's own keys.
    pub(super) own: Node,
    pub(super) disabled: Disabled,
}

/// Merges all layers for one environment.
pub(super) fn merge_environment(layers: &Layers, name: &Name, sink: &mut Sink) -> Merged {
    let mut tree = Node::new(Map::new(), Origin::NONE);
    for layer in layers.files() {
        merge(&mut tree, layer);
        tree.origin = layer.origin;
    }
    let environments = tree.as_map_mut().and_then(|it| it.remove("environments"));
    let overlay = environments.as_ref().and_then(|it| it.get(name.as_str()));
    let empty = Node::new(Map::new(), tree.origin);
    let (own, overlay) = split(overlay.unwrap_or(&empty));
    for mut over in std::iter::once(overlay).chain(layers.set().iter().cloned()) {
        take_unknown_names(&tree, &mut over, sink);
        forget_replaced_secrets(&mut tree, &over);
        merge(&mut tree, &over);
    }
    let disabled = switch_off(&mut tree);
    super::defaults::add(&mut tree);
    Merged { tree, own, disabled }
}

/// Keys of a file that no environment takes. They stay with its own keys, where decoding refuses them.
const FILE_KEYS: [&str; 3] = ["schema", "extends", "environments"];

/// The environment's own keys, and the overlay.
pub(super) fn split(environment: &Node) -> (Node, Node) {
    let is_own = |key: &str, node: &Node| {
        FILE_KEYS.contains(&key) || (OVERLAY_KEYS.contains(&key) && (key != "cluster" || node.as_map().is_none()))
    };
    let (mut own, mut overlay) = (Map::new(), Map::new());
    for (key, node) in environment.as_map().into_iter().flat_map(Map::iter) {
        let side = if is_own(key, node) { &mut own } else { &mut overlay };
        side.push(key.clone(), node.clone());
    }
    (Node::new(own, environment.origin), Node::new(overlay, environment.origin))
}

/// Reports the names that the file does not have, and takes them out: an empty thing would only be reported once more.
fn take_unknown_names(base: &Node, over: &mut Node, sink: &mut Sink) {
    let outer = NAMED_TABLES.iter().map(|it| it.iter().map(|it| SmolStr::new_static(it)).collect());
    let inner = INNER_TABLES.iter().flat_map(|(table, key)| {
        let things = over.get(table).and_then(Node::as_map).into_iter().flat_map(Map::iter);
        things.map(|(name, _)| vec![SmolStr::new_static(table), name.clone(), SmolStr::new_static(key)])
    });
    // The names inside a thing that is not known are not asked after.
    let paths: Vec<Vec<SmolStr>> = outer.chain(inner).collect();
    for path in paths {
        let table = path.join(".");
        let known = base.at(path.iter().map(SmolStr::as_str)).and_then(Node::as_map);
        let named = path.iter().try_fold(&mut *over, |node, key| node.as_map_mut()?.get_mut(key));
        let Some(map) = named.and_then(Node::as_map_mut) else { continue };
        map.retain(|name, node| {
            // Where everything is that names no other place is there without a table.
            let is_home = table == "namespaces" && name == "default";
            let is_known = is_home || known.is_some_and(|it| it.get(name).is_some());
            if !is_known {
                let near = nearest(name, known.into_iter().flat_map(Map::iter).map(|(key, _)| key.as_str()));
                let spot = Spot::key(node.origin);
                let diagnostic = Diagnostic::new(&UNKNOWN_NAME, format!("the file has no `{table}.{name}`"));
                sink.report(diagnostic.at(spot.clone(), "an overlay cannot add a name").did_you_mean(spot, near));
            }
            is_known
        });
    }
}

/// A secret that comes from elsewhere in this environment is another one: what its old origin needed goes with it.
fn forget_replaced_secrets(base: &mut Node, over: &Node) {
    for (name, secret) in over.get("secrets").and_then(Node::as_map).into_iter().flat_map(Map::iter) {
        let known = base.as_map_mut().and_then(|it| it.get_mut("secrets")?.as_map_mut()?.get_mut(name)?.as_map_mut());
        let (Some(known), Some(from)) = (known, secret.get("from")) else { continue };
        if known.get("from").is_none_or(|it| it.value != from.value) {
            known.retain(|key, _| matches!(key, "from" | "type" | "name" | "keys"));
        }
    }
}

/// Whether a node says `enabled = false`.
pub(super) fn is_off(node: &Node) -> bool {
    node.get("enabled").is_some_and(|it| it.value == Value::Bool(false))
}
