//! PodDisruptionBudgets.

use super::emission::Emission;
use super::meta::{Meta, selector};
use crate::object::{Pairs, fields};
use crate::plan::{DISRUPTION, DisruptionPlan, Workload};
use crate::source::{At, Value};
use crate::spec::Budget;

pub(super) fn emit(workload: &Workload, out: &mut Emission<'_>) {
    let Some(disruption) = workload.run.disruption() else { return };
    let origin = disruption.origin;
    let (stay, away) = match disruption.value {
        DisruptionPlan::MinAvailable(budget) => (Some(At::new(budget, origin)), None),
        DisruptionPlan::MaxUnavailable(budget) => (None, Some(At::new(budget, origin))),
    };
    let spec = fields!(origin;
        "minAvailable" => stay,
        "maxUnavailable" => away,
        "selector" => fields!(origin; "matchLabels" => Pairs(selector(&out.plan.identity, &workload.name))),
        // A pod that is broken anyway must not keep a node from being drained.
        "unhealthyPodEvictionPolicy" => At::new("AlwaysAllow", origin.by(DISRUPTION)),
    );
    out.add("policy/v1", "PodDisruptionBudget", Meta::of(workload), fields!(origin; "spec" => spec));
}

impl From<Budget> for Value {
    fn from(budget: Budget) -> Self {
        match budget {
            Budget::Count(count) => count.into(),
            Budget::Percent(percent) => format!("{percent}%").into(),
        }
    }
}
