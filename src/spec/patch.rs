//! `[[patches]]`: the last resort.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KindName, ObjectName, Pointer};
use crate::source::{At, Node};

/// A JSON patch (RFC 6902) on an emitted object, applied last and reported as unverified.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Patch {
    /// The object. Required.
    pub target: Option<At<ObjectRef>>,
    /// The operations, in their order. Required.
    #[serde(default)]
    pub patch: Vec<At<PatchStep>>,
}

/// An emitted object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ObjectRef {
    /// Its kind, such as `Deployment`.
    pub kind: Option<At<KindName>>,
    /// Its name.
    pub name: Option<At<ObjectName>>,
}

/// What one step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    Add,
    Remove,
    Replace,
}

/// One step of a patch.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PatchStep {
    /// What it does. Required.
    pub op: Option<At<Operation>>,
    /// A JSON pointer (RFC 6901) into the object. Required.
    pub path: Option<At<Pointer>>,
    /// The value, for `add` and `replace`.
    pub value: Option<Node>,
}
