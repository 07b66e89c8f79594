//! `[project]`: what this is and whose it is.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ImageReference, LabelKey, LabelValue, Name, OneLine, Table, Tag};
use crate::source::At;

/// The version of the language that a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum SchemaVersion {
    #[serde(rename = "mlops/v1")]
    V1,
}

/// What this project is called, who owns it, and where its images go.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Project {
    /// The project's name. It is part of every namespace, label and image name. Required.
    pub name: Option<At<Name>>,
    /// The release: the tag of every image that the project builds. Without it the tag is a hash of what is in the
    /// image.
    pub version: Option<At<Tag>>,
    /// Who answers for the project: an address or a team. An annotation on every object.
    pub owner: Option<At<OneLine>>,
    /// Registry and path for the images that the project builds. Without it images stay local, and no cluster can
    /// pull them.
    pub registry: Option<At<ImageReference>>,
    /// Labels on every object and image.
    #[serde(default)]
    pub labels: Table<LabelKey, LabelValue>,
}
