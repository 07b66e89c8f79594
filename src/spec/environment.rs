//! `[environments.*]`: overlays of the same tree, one output each.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Name, OneLine};
use crate::source::At;

/// What is written for an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A Compose project for one machine.
    Compose,
    /// Kubernetes manifests.
    Kubernetes,
}

/// An environment. Beside these keys it takes every table of the file: what stands there replaces or adds to what the
/// file says. A name that the file does not have is an error, so that a misspelt one cannot be overlooked.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Environment {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// What is written. Assumed: both.
    pub targets: Option<At<Vec<Target>>>,
    /// Environments with the same word share a cluster.
    pub cluster: Option<At<Name>>,
    /// The context of the kubeconfig that leads to the cluster.
    pub kube_context: Option<At<OneLine>>,
    /// The namespace. Assumed: `<project>-<environment>`.
    pub namespace: Option<At<Name>>,
}

/// The keys of an environment that are its own; every other one is of the overlay.
///
/// `cluster` is both: a word is the environment's, a table the overlay's.
pub const OVERLAY_KEYS: [&str; 5] = ["enabled", "targets", "cluster", "kube-context", "namespace"];
