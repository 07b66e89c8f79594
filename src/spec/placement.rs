//! On which nodes pods run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LabelKey, LabelValue, Name, ObjectName, Table, Taint};
use crate::source::At;

/// Over what the replicas of a workload are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Spread {
    /// Nodes.
    Node,
    /// Zones.
    Zone,
}

/// On which nodes pods may run, and beside what.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Placement {
    /// A pool of `[cluster.pools]`: its label is selected and its taint tolerated.
    pub pool: Option<At<Name>>,
    /// Labels that a node must have.
    #[serde(default)]
    pub node_selector: Table<LabelKey, LabelValue>,
    /// Taints that do not keep the pods away.
    #[serde(default)]
    pub tolerations: Vec<At<Taint>>,
    /// Over what replicas are spread, as far as it can be done. Assumed: nodes.
    pub spread: Option<At<Spread>>,
    /// Stages and services whose nodes are preferred, because much data passes between.
    #[serde(default)]
    pub near: Vec<At<Name>>,
    /// A PriorityClass: one of `[cluster.priorities]`, or one that the cluster has.
    pub priority: Option<At<ObjectName>>,
}
