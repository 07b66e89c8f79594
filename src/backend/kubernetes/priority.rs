//! PriorityClasses that the project brings along.

use super::emission::Emission;
use super::meta::Meta;
use crate::object::fields;
use crate::plan::{PRIORITY, Plan};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for class in &plan.priorities {
        let policy = if class.preempt.value { "PreemptLowerPriority" } else { "Never" };
        let parts = fields!(class.name.origin.by(PRIORITY);
            "value" => &class.value,
            "preemptionPolicy" => class.preempt.map(|_| policy),
            "globalDefault" => false,
            "description" => class.description.clone(),
        );
        out.add_cluster("scheduling.k8s.io/v1", "PriorityClass", Meta::shared(&class.name), parts);
    }
}
