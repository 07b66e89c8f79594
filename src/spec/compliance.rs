//! `[compliance]`: what differs from the hardened defaults, and who answers for it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Date, OneLine};
use crate::source::At;

/// Exceptions from the hardened defaults.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Compliance {
    /// The exceptions, each for one rule and one target.
    #[serde(default)]
    pub exceptions: Vec<At<Exception>>,
}

/// An exception: it takes effect in what is emitted, stands in the reports, and is a finding once it has expired. All
/// keys are required.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exception {
    /// A rule (`read-only-root`, `non-root`), or the code of a finding.
    pub rule: Option<At<OneLine>>,
    /// What it is for, as a path of this file: `services.database`.
    pub target: Option<At<OneLine>>,
    /// Why.
    pub reason: Option<At<OneLine>>,
    /// Who allowed it.
    pub approved_by: Option<At<OneLine>>,
    /// The last day on which it holds, as `2027-03-31`.
    pub expires: Option<At<Date>>,
}
