//! `[defaults]`: what holds for every pod that does not say otherwise.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Amount, Duration, Name, Placement, Proxy, Resources, User};
use crate::source::At;

/// Keys that every stage, service, init step and helper pod takes over where it has none of its own. Tables are joined
/// key by key.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Defaults {
    /// The user that containers run as.
    pub user: Option<At<User>>,
    /// What each container asks for.
    pub resources: Option<At<Resources>>,
    /// How often a stage is tried again after a failure.
    pub retries: Option<At<Amount>>,
    /// How long a stage may run.
    pub timeout: Option<At<Duration>>,
    /// On which nodes pods may run.
    pub placement: Option<At<Placement>>,
    /// The secret (of type `registry`) with which images are pulled.
    pub pull_secret: Option<At<Name>>,
    /// The proxy that programs and builds go through.
    pub proxy: Option<At<Proxy>>,
}
