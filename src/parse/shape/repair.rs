//! Makes a tree well-formed again, so that the rules behind the schema can still speak.

use crate::diag::Diagnostic;
use crate::source::{Map, Node, Value};

/// A mistake and what to do about it for now.
pub(super) struct Fault {
    /// Where in the tree it is.
    pub(super) pointer: String,
    pub(super) diagnostic: Diagnostic,
    pub(super) repair: Repair,
}

pub(super) enum Repair {
    /// The key was meant to be another one.
    Rename(String),
    /// The value was meant to be another one.
    Replace(Value),
    /// The value cannot be used.
    Remove,
    /// The key means nothing; what the table has beside it is whole.
    Drop,
    /// A named thing cannot be used: it counts as switched off, and what points at it is no mistake.
    SwitchOff,
}

/// Something that was taken out of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Where it was, as a JSON pointer.
    pub pointer: String,
    /// Whether the table around it is without a value that it should have.
    pub is_needed: bool,
}

/// Repairs a tree at a pointer. Gives what was lost by it, if anything was.
pub(super) fn repair(tree: &mut Node, pointer: &str, repair: &Repair) -> Option<Loss> {
    let loss = |is_needed| Some(Loss { pointer: pointer.to_owned(), is_needed });
    let (table, last) = pointer.rsplit_once('/')?;
    let last = last.replace("~1", "/").replace("~0", "~");
    match repair {
        Repair::Replace(value) => {
            tree.pointer_mut(pointer)?.value = value.clone();
            None
        }
        Repair::SwitchOff => {
            let node = tree.pointer_mut(pointer)?;
            let off = Node::new(false, node.origin);
            node.value = std::iter::once(("enabled".into(), off)).collect::<Map>().into();
            loss(false)
        }
        Repair::Rename(meant) => {
            let map = tree.pointer_mut(table)?.as_map_mut()?;
            if map.get(meant).is_none() {
                map.rename(&last, meant.as_str());
            } else {
                map.remove(&last);
            }
            None
        }
        Repair::Remove | Repair::Drop => {
            match &mut tree.pointer_mut(table)?.value {
                Value::Map(map) => drop(map.remove(&last)),
                Value::List(list) => drop(list.remove(last.parse().ok().filter(|it| *it < list.len())?)),
                _ => return None,
            }
            loss(matches!(repair, Repair::Remove))
        }
    }
}

/// A key as a step of a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
