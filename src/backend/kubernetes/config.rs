//! Tables of settings as ConfigMaps whose names follow from their content.

use super::emission::Emission;
use super::meta::Meta;
use crate::object::{Pairs, fields};
use crate::plan::{Plan, Workload};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for table in plan.configs.values() {
        if table.files.is_empty() {
            continue;
        }
        let uses = |it: &Workload| it.pod.volumes.iter().any(|it| it.source.is_config(&table.name));
        let data: Vec<_> = table.files.iter().map(|it| (it.name.clone(), it.text.clone())).collect();
        for namespace in plan.places(uses) {
            let parts = fields!(table.object.origin; "immutable" => true, "data" => Pairs(data.clone()));
            out.add("v1", "ConfigMap", Meta::shared(&table.object).within(&namespace), parts);
        }
    }
}
