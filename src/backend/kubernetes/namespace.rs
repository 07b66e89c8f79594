//! The namespace with its Pod Security level, and what holds for all of it.

use smol_str::{SmolStr, format_smolstr};

use super::emission::Emission;
use super::meta::Meta;
use crate::plan::{OBJECT, POD_SECURITY, Plan};
use crate::source::{At, Map, Node, Origin};

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    let identity = &plan.identity;
    let level = At::new(SmolStr::new_static(identity.pod_security.value), identity.pod_security.origin);
    let version = identity.kubernetes;
    let version = At::new(format_smolstr!("v{}", version.value.as_str()), version.origin.by(POD_SECURITY));
    out.add_cluster("v1", "Namespace", Meta::shared(&identity.namespace), Node::new(Map::new(), Origin::rule(OBJECT)));
    let namespace = out.objects_mut().last().expect("internal error: it was just added");
    let labels = namespace.node.pointer_mut("/metadata/labels").and_then(Node::as_map_mut);
    if let Some(labels) = labels {
        for mode in ["enforce", "audit", "warn"] {
            let node = |at: &At<SmolStr>| Node::new(at.value.clone(), at.origin);
            labels.set(format_smolstr!("pod-security.kubernetes.io/{mode}"), node(&level));
            labels.set(format_smolstr!("pod-security.kubernetes.io/{mode}-version"), node(&version));
        }
    }
}
