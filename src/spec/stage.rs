//! What only stages say: when they run, in how many parts, and on how many nodes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::short::short_number;
use super::{Count, Duration, Name, PortNumber, Scalar};
use crate::source::At;

/// What a stage does, where that changes what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StageRole {
    /// Removes what identifies a person: the only role that may read protected health information and write a lower
    /// class.
    Deidentify,
}

/// When a stage runs, apart from `schedule`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// In its turn: after the stages whose outputs it reads.
    #[default]
    Pipeline,
    /// When somebody starts it: `kubectl create job --from=cronjob/<name>`.
    Manual,
    /// Once, when the project is installed: `run-install.sh` runs such stages in their order, and passes over those that
    /// have completed. Their Jobs stay as long as the project; one that is deleted runs again.
    Install,
    /// Each time that the project is upgraded: `run-upgrade.sh` runs such stages in their order.
    Upgrade,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    /// A line of text.
    #[default]
    String,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// `true` or `false`.
    Bool,
}

/// A value that whoever starts the stage gives it, as the variable `PARAM_<STAGE>_<NAME>` of `run-pipeline.sh`, of
/// `run-manual.sh` or of Compose. The program finds it in `PARAM_<NAME>`, and where `${params.<name>}` stands in
/// `command`, `args` and texts of `env`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Param {
    /// What it may be. Assumed: `string`.
    #[serde(rename = "type")]
    pub kind: Option<At<ParamType>>,
    /// What it is where nobody says otherwise. Without it a run does not start until somebody does; a stage with a
    /// `schedule`, which nobody starts, needs it.
    pub default: Option<At<Scalar>>,
}

impl ParamType {
    /// Its word in the spec.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
        }
    }
}

/// What runs the parts of a distributed training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DistributedBackend {
    /// An Indexed Job whose pods find each other through a headless Service; it ends when the training ends.
    #[default]
    Job,
    /// A StatefulSet with a headless Service; its pods are restarted when the training ends, so the program must wait.
    StatefulSet,
}

/// Training on several nodes. The program gets `MASTER_ADDR`, `MASTER_PORT`, `NNODES` and `NODE_RANK`, and the same
/// for `torchrun` as `PET_…`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Distributed {
    /// How many pods take part; `resources` and `gpu` are for each of them.
    pub nodes: Option<At<Count>>,
    /// What runs them. Assumed: `job`.
    pub backend: Option<At<DistributedBackend>>,
    /// The port of the first node on which the others meet it. Assumed: 29500.
    pub port: Option<At<PortNumber>>,
}

short_number!(Distributed.nodes = "nodes": Count, "a number of nodes, or a table with `nodes` and `backend`");

/// Where a training keeps its state, so that a restarted pod goes on from there. The program gets `CHECKPOINT_DIR` and
/// `CHECKPOINT_EVERY` (seconds).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Checkpoint {
    /// The dataset, one of the stage's outputs.
    pub data: Option<At<Name>>,
    /// How often. Assumed: 30m.
    pub every: Option<At<Duration>>,
}
