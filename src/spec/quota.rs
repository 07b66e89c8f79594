//! `[quota]`: what the namespace may use.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Amount, Cpu, Quantity};
use crate::source::At;

/// What all pods of the namespace may ask for together. The compiler adds up what may run at once (services at their
/// greatest number of replicas, every stage that may run beside them) and refuses a spec that needs more.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Quota {
    /// Whole GPUs. MIG slices count apart.
    pub gpu: Option<At<Amount>>,
    /// Cpu cores.
    pub cpu: Option<At<Cpu>>,
    /// Memory.
    pub memory: Option<At<Quantity>>,
    /// The sum of all volume claims.
    pub storage: Option<At<Quantity>>,
}
