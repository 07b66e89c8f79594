//! Tables of settings as ConfigMaps whose names follow from their content.

use super::emission::Emission;
use super::meta::Meta;
use crate::object::{Pairs, fields};
use crate::plan::Plan;

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for table in plan.configs.values() {
        if table.files.is_empty() {
            continue;
        }
        let data = table.files.iter().map(|it| (it.name.clone(), it.text.clone())).collect();
        let parts = fields!(table.object.origin; "immutable" => true, "data" => Pairs(data));
        out.add("v1", "ConfigMap", Meta::shared(&table.object), parts);
    }
}
