//! The namespaces with their Pod Security levels, and what holds for all of each.

use smol_str::{SmolStr, format_smolstr};

use super::emission::Emission;
use super::meta::Meta;
use crate::plan::{NamespacePlan, OBJECT, POD_SECURITY, Plan};
use crate::source::{At, Map, Node, Origin};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    plan.namespaces.iter().for_each(|it| namespace(plan, it, out));
}

fn namespace(plan: &Plan, it: &NamespacePlan, out: &mut Emission<'_>) {
    let level = At::new(SmolStr::new_static(it.pod_security.value), it.pod_security.origin);
    let version = plan.identity.kubernetes;
    let version = At::new(format_smolstr!("v{}", version.value.as_str()), version.origin.by(POD_SECURITY));
    let reason = it.reason.iter().map(|it| ("mlopsc.dev/reason".into(), it.clone()));
    let meta = Meta { annotations: reason.collect(), ..Meta::shared(&it.name) };
    out.add_cluster("v1", "Namespace", meta, Node::new(Map::new(), Origin::rule(OBJECT)));
    let namespace = out.objects_mut().last().expect("internal error: it was just added");
    let labels = namespace.node.pointer_mut("/metadata/labels").and_then(Node::as_map_mut);
    if let Some(labels) = labels {
        let node = |at: &At<SmolStr>| Node::new(at.value.clone(), at.origin);
        for (key, value) in it.labels.iter().filter(|(key, _)| labels.get(key).is_none()).collect::<Vec<_>>() {
            labels.set(key.clone(), node(value));
        }
        for mode in ["enforce", "audit", "warn"] {
            labels.set(format_smolstr!("pod-security.kubernetes.io/{mode}"), node(&level));
            labels.set(format_smolstr!("pod-security.kubernetes.io/{mode}-version"), node(&version));
        }
    }
}
