//! `[house]`: the rules of a platform team, in a file that projects extend.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{KeyPath, ObjectName, RegistryPath};
use crate::source::At;

/// Rules of a platform team, in the file that its projects extend. They hold for every file that builds on it and for
/// `--set`, add up where several files have some, and cannot be undone.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct House {
    /// Where images come from and go to: registries, or paths in them. Of mirrors the mirror counts.
    #[serde(default)]
    pub registries: Vec<At<RegistryPath>>,
    /// The storage classes that volumes may ask for. One that names none would get whatever the cluster's default is.
    #[serde(default)]
    pub storage_classes: Vec<At<ObjectName>>,
    /// Keys that this file decides. A key of `defaults` is then no workload's to say either.
    #[serde(default, rename = "final")]
    pub settled: Vec<At<KeyPath>>,
}
