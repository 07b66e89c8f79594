//! `[namespaces.*]`: where the project's objects are, and its neighbours.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LabelKey, LabelValue, Name, OneLine, Quota, Table};
use crate::source::At;

/// The level of the Pod Security Standards that a namespace enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PodSecurity {
    /// What pods of this compiler meet.
    #[default]
    Restricted,
    /// Programs of other people that start as root: `reason` says why.
    Baseline,
    /// No limits, for agents that own a node: `reason` says why.
    Privileged,
}

impl PodSecurity {
    /// The word of the label.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::Baseline => "baseline",
            Self::Privileged => "privileged",
        }
    }
}

/// Whose a namespace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NamespaceMode {
    /// The project's: emitted with its level, its quota, its policies and its roles.
    Managed,
    /// Another team's, which exists: clients and egress may name it, and nothing of it is emitted.
    External,
}

/// A namespace. The one called `default` is where everything is that names no other.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Namespace {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// Assumed: `managed`.
    pub mode: Option<At<NamespaceMode>>,
    /// Its name in the cluster. Assumed: `<project>-<environment>` for `default`, the same with the name of this table
    /// behind it for others, and the name of this table for an external one.
    pub name: Option<At<Name>>,
    /// Labels of the namespace.
    #[serde(default)]
    pub labels: Table<LabelKey, LabelValue>,
    /// The Pod Security level. Assumed: `restricted`.
    pub pod_security: Option<At<PodSecurity>>,
    /// Why its level is lower than `restricted`. Required then; it stands on the namespace as an annotation.
    pub reason: Option<At<OneLine>>,
    /// What its pods may ask for together; for `default` this is `[quota]`.
    pub quota: Option<At<Quota>>,
}
