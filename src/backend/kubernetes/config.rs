//! Tables of settings as ConfigMaps whose names follow from their content.

use smol_str::SmolStr;

use super::emission::Emission;
use super::meta::Meta;
use crate::object::{Pairs, fields};
use crate::plan::Plan;

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for table in plan.configs.values() {
        let data = vec![(SmolStr::new_static("config.json"), table.json.clone())];
        let parts = fields!(table.object.origin; "immutable" => true, "data" => Pairs(data));
        out.add("v1", "ConfigMap", Meta::shared(&table.object), parts);
    }
}
