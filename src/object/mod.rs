//! A Kubernetes object as data: built field by field with origins, written as YAML, judged by its typed struct.

mod build;
mod patch;
mod read;
mod verify;
mod yaml;

use smol_str::SmolStr;

use crate::source::Node;

pub(crate) use build::fields;
pub use build::{Emit, Pairs, put};
pub use patch::{PatchError, apply as apply_patch};
pub use read::{is_of_cluster, read_manifests, unreadable};
pub use verify::{Misfit, verify};
pub use yaml::to_yaml;

/// A Kubernetes object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// All of it, from `apiVersion` on.
    pub node: Node,
}

/// What tells an object from all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    pub api_version: SmolStr,
    pub kind: SmolStr,
    /// Empty for an object of the whole cluster.
    pub namespace: SmolStr,
    pub name: SmolStr,
}

impl Object {
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text("kind").unwrap_or_default()
    }

    #[must_use]
    pub fn name(&self) -> &str {
        self.node.at(["metadata", "name"]).and_then(Node::as_str).unwrap_or_default()
    }

    #[must_use]
    pub fn identity(&self) -> Identity {
        let metadata = |key| self.node.at(["metadata", key]).and_then(Node::as_str).unwrap_or_default().into();
        Identity {
            api_version: self.text("apiVersion").unwrap_or_default().into(),
            kind: self.kind().into(),
            namespace: metadata("namespace"),
            name: metadata("name"),
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.node.get(key).and_then(Node::as_str)
    }
}
