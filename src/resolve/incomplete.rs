//! What lost something to a mistake of shape, so that nobody reports once more what is only missing because of it.

use std::collections::BTreeSet;

use super::overlay::NAMED_TABLES;
use crate::parse::Loss;
use crate::source::{Node, NodeId, Value};
use crate::spec::Name;

/// The parts of a merged tree from which something was taken because it was wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incomplete {
    nodes: BTreeSet<NodeId>,
    /// Whether anything was taken anywhere.
    pub anything: bool,
    /// Whether it was of a stage or a service, so that nobody knows all that is written and run.
    pub programs: bool,
}

impl Incomplete {
    pub(super) fn new(tree: &Node, environment: &Name, losses: &[Loss]) -> Self {
        let mut incomplete = Self::default();
        for loss in losses {
            let steps: Vec<&str> = loss.pointer.split('/').skip(1).collect();
            match steps.as_slice() {
                ["environments", name, rest @ ..] if *name == environment.as_str() => {
                    incomplete.add(tree, rest, loss.is_needed);
                }
                ["environments", _, ..] => {}
                steps => incomplete.add(tree, steps, loss.is_needed),
            }
        }
        incomplete
    }

    /// The table that lost something and those around it, up to the thing with a name that all of them belong to; of
    /// one that lost a value also what is left in it, because that may have been meant together.
    fn add(&mut self, tree: &Node, steps: &[&str], is_needed: bool) {
        self.anything = true;
        self.programs |= matches!(steps, ["stages" | "services", ..]);
        let Some((_, table)) = steps.split_last() else { return };
        for end in 1..=table.len() {
            let path = &table[..end];
            let holds_names = NAMED_TABLES.iter().any(|it| it.starts_with(path));
            let node = tree.pointer(&format!("/{}", path.join("/"))).filter(|_| !holds_names);
            self.nodes.extend(node.and_then(|it| it.origin.node));
            if let Some(node) = node.filter(|_| is_needed && end == table.len()) {
                self.add_all(node);
            }
        }
    }

    fn add_all(&mut self, node: &Node) {
        self.nodes.extend(node.origin.node);
        match &node.value {
            Value::List(items) => items.iter().for_each(|it| self.add_all(it)),
            Value::Map(map) => map.iter().for_each(|(_, it)| self.add_all(it)),
            _ => {}
        }
    }

    /// Whether what was written here lost something.
    #[must_use]
    pub fn has(&self, node: NodeId) -> bool {
        self.nodes.contains(&node)
    }
}
