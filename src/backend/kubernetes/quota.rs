//! What the namespace may use, and what containers get that say nothing.

use smol_str::SmolStr;

use super::emission::Emission;
use super::meta::Meta;
use crate::object::{Pairs, fields};
use crate::plan::{LIMIT_RANGE, NamespacePlan, OBJECT_NAME, Plan, QUOTA, Quota};
use crate::source::{At, Node, Origin};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    plan.namespaces.iter().for_each(|it| namespace(it, out));
}

fn namespace(namespace: &NamespacePlan, out: &mut Emission<'_>) {
    if let Some(quota) = &namespace.quota {
        let name = At::new(SmolStr::new_static("quota"), quota.origin.by(OBJECT_NAME));
        let spec = fields!(quota.origin.by(QUOTA); "hard" => Pairs(hard(quota)));
        out.add(
            "v1",
            "ResourceQuota",
            Meta::shared(&name).within(&namespace.name),
            fields!(quota.origin.by(QUOTA); "spec" => spec),
        );
    }
    let origin = Origin::rule(LIMIT_RANGE);
    let name = At::new(SmolStr::new_static("defaults"), Origin::rule(OBJECT_NAME));
    let container = fields!(origin;
        "type" => "Container",
        "default" => fields!(origin; "cpu" => "500m", "memory" => "512Mi"),
        "defaultRequest" => fields!(origin; "cpu" => "100m", "memory" => "128Mi"),
    );
    let spec = fields!(origin; "limits" => vec![container]);
    out.add("v1", "LimitRange", Meta::shared(&name).within(&namespace.name), fields!(origin; "spec" => spec));
}

fn hard(quota: &Quota) -> Vec<(SmolStr, Node)> {
    let text = |key: &'static str, value: &Option<At<SmolStr>>| {
        value.as_ref().map(|it| (SmolStr::new_static(key), Node::new(it.value.clone(), it.origin)))
    };
    // Only the `requests.` form is legal for extended resources.
    let gpu =
        quota.gpu.map(|it| (SmolStr::new_static("requests.nvidia.com/gpu"), Node::new(it.to_string(), it.origin)));
    let parts = [
        text("requests.cpu", &quota.cpu),
        text("requests.memory", &quota.memory),
        text("requests.storage", &quota.storage),
        gpu,
    ];
    parts.into_iter().flatten().collect()
}
