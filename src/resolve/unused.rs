//! Which named things of a spec nothing speaks of, in any environment: what one overlay leaves out another may use.
//!
//! A name counts as used wherever it stands as a text, so that a new key with a reference needs no line here.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::layers::Layers;
use crate::source::{Node, Value};

/// The tables whose entries exist to be used by others. Pools are what the cluster has, whoever uses it.
const TABLES: [&str; 4] = ["data", "config", "secrets", "images"];

/// Tables that speak of names and use nothing.
const ASIDE: [&str; 4] = ["access", "quota", "compliance", "gitops"];

/// Names, each with the tables that have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unused(BTreeMap<SmolStr, BTreeSet<&'static str>>);

impl Unused {
    pub(super) fn new(layers: &Layers) -> Self {
        let mut unused = Self::default();
        let trees = || layers.files().iter().chain(layers.set());
        for (tree, table) in trees().flat_map(|tree| TABLES.map(|table| (tree, table))) {
            for (name, _) in entries(tree, table) {
                unused.0.entry(name.into()).or_default().insert(table);
            }
        }
        for tree in trees() {
            unused.read(tree);
            entries(tree, "environments").for_each(|(_, overlay)| unused.read(overlay));
        }
        unused
    }

    /// All of them, as table and name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, tables)| tables.iter().map(|table| (*table, name.as_str())))
    }

    /// Takes out what a file or an overlay uses.
    fn read(&mut self, tree: &Node) {
        for (key, node) in tree.as_map().into_iter().flat_map(|it| it.iter()) {
            if let Some(table) = TABLES.into_iter().find(|it| *it == key) {
                entries(tree, table).for_each(|(name, entry)| self.take(entry, (table, name)));
            } else if key != "environments" && !ASIDE.iter().any(|it| *it == key) {
                self.take(node, ("", ""));
            }
        }
    }

    /// Takes out what the texts in a node name, but not the thing that they are of.
    fn take(&mut self, node: &Node, own: (&str, &str)) {
        match &node.value {
            Value::Str(text) => {
                if let Some(tables) = self.0.get_mut(text.as_str()) {
                    tables.retain(|it| (*it, text.as_str()) == own);
                }
            }
            Value::List(items) => items.iter().for_each(|it| self.take(it, own)),
            Value::Map(map) => map.iter().for_each(|(_, it)| self.take(it, own)),
            _ => {}
        }
    }
}

fn entries<'t>(tree: &'t Node, table: &str) -> impl Iterator<Item = (&'t str, &'t Node)> {
    let map = tree.get(table).and_then(Node::as_map);
    map.into_iter().flat_map(|it| it.iter()).map(|(name, node)| (name.as_str(), node))
}
