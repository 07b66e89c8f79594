//! `[[objects]]`: manifests of the user's own.

use schemars::JsonSchema;
use serde::Deserialize;

use super::FilePath;
use crate::source::At;

/// A file of Kubernetes manifests that joins the tree as it is, for what the language has no words for. Its objects get
/// the labels of the project and, where they name none, its namespace; they are held against the API's types, and
/// reported as unverified.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Objects {
    /// A YAML file with one or several objects. Required.
    pub file: Option<At<FilePath>>,
}
