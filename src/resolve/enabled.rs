//! `enabled = false`: takes named things out of the tree and remembers them, so that what pointed at them is no
//! mistake.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::overlay::{NAMED_TABLES, is_off};
use crate::source::{Node, Origin, Value};

/// The names that were switched off, each with its table: `("stages", "tune")`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disabled {
    names: BTreeSet<(SmolStr, SmolStr)>,
    /// Datasets that something wrote which is switched off: `stages.train`, and the place that switched it off.
    pub orphans: BTreeMap<SmolStr, (SmolStr, Origin)>,
}

impl Disabled {
    /// Whether a thing of this name was switched off in this table.
    #[must_use]
    pub fn has(&self, table: &str, name: &str) -> bool {
        self.names.contains(&(table.into(), name.into()))
    }
}

pub(super) fn switch_off(tree: &mut Node) -> Disabled {
    let mut disabled = Disabled::default();
    for path in NAMED_TABLES {
        let table: SmolStr = path.join(".").into();
        let named = path.iter().try_fold(&mut *tree, |node, key| node.as_map_mut()?.get_mut(key));
        let Some(map) = named.and_then(Node::as_map_mut) else { continue };
        map.retain(|name, node| {
            let off = is_off(node);
            if off {
                disabled.names.insert((table.clone(), name.into()));
                let place = node.get("enabled").map_or(node.origin, |it| it.origin);
                let path: SmolStr = format!("{table}.{name}").into();
                disabled.orphans.extend(outputs(node).map(|it| (it, (path.clone(), place))));
            }
            !off
        });
        for (_, workload) in map.iter_mut() {
            if let Some(Value::List(steps)) =
                workload.as_map_mut().and_then(|it| it.get_mut("init")).map(|it| &mut it.value)
            {
                steps.retain(|it| !is_off(it));
            }
        }
    }
    disabled
}

/// The datasets that a workload writes.
fn outputs(workload: &Node) -> impl Iterator<Item = SmolStr> {
    let items = workload.get("outputs").and_then(Node::as_list).unwrap_or_default().iter();
    items.filter_map(|it| it.as_str().or_else(|| it.get("data")?.as_str())).map(SmolStr::new)
}
