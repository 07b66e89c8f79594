//! `[access]`: which people may do what.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{GroupName, Name, Named, OneLine, Url};
use crate::source::At;

/// Roles for people. Pods get rights only where a workload declares them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Access {
    /// Who may look at the project's objects: a Role and a RoleBinding each.
    #[serde(default)]
    pub roles: Named<AccessRole>,
    /// Who may act in an emergency.
    pub break_glass: Option<At<BreakGlass>>,
}

/// People who may see what runs: pods, logs, jobs, events; never secrets.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AccessRole {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// The group, as the cluster's identity provider names it. Required.
    pub group: Option<At<GroupName>>,
    /// What they need it for; it goes into the evidence.
    pub purpose: Option<At<OneLine>>,
    /// The datasets whose claims they may see.
    #[serde(default)]
    pub data: Vec<At<Name>>,
}

/// People who may stop, restart and scale workloads in an emergency. Every use of it is in the API server's audit log.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BreakGlass {
    /// The group, as the cluster's identity provider names it. Required.
    pub group: Option<At<GroupName>>,
    /// Where the procedure is written down.
    pub runbook: Option<At<Url>>,
}
