//! Who may ask the API server for what: people by their roles, workloads not at all.

use smol_str::{SmolStr, format_smolstr};

use super::emission::Emission;
use super::meta::Meta;
use crate::object::fields;
use crate::plan::{HumanRole, NO_TOKEN, Plan, Workload};
use crate::source::{At, Node, Origin};

/// A ServiceAccount of the workload's own, without a token.
pub(super) fn service_account(workload: &Workload, out: &mut Emission<'_>) {
    let origin = workload.origin.by(NO_TOKEN);
    let parts = fields!(origin; "automountServiceAccountToken" => false);
    out.add("v1", "ServiceAccount", Meta::of(workload), parts);
}

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for role in &plan.roles {
        let name = At::new(format_smolstr!("people-{}", role.name), role.name.origin);
        let purpose = role.purpose.iter().map(|it| {
            let key = if role.break_glass { "mlopsc.dev/runbook" } else { "mlopsc.dev/purpose" };
            (SmolStr::new_static(key), it.clone())
        });
        let meta = || Meta { annotations: purpose.clone().collect(), ..Meta::shared(&name) };
        out.add("rbac.authorization.k8s.io/v1", "Role", meta(), fields!(role.origin; "rules" => rules(role)));
        let binding = fields!(role.origin;
            "roleRef" => fields!(role.origin;
                "apiGroup" => "rbac.authorization.k8s.io",
                "kind" => "Role",
                "name" => &name,
            ),
            "subjects" => vec![fields!(role.origin;
                "apiGroup" => "rbac.authorization.k8s.io",
                "kind" => "Group",
                "name" => &role.group,
            )],
        );
        out.add("rbac.authorization.k8s.io/v1", "RoleBinding", meta(), binding);
    }
}

const LOOK: &[&str] = &["get", "list", "watch"];

/// What people may look at: what runs and how it fares. Never secrets.
const VISIBLE: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "configmaps",
            "events",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "pods/log",
            "resourcequotas",
            "services",
        ],
    ),
    ("apps", &["controllerrevisions", "deployments", "replicasets", "statefulsets"]),
    ("autoscaling", &["horizontalpodautoscalers"]),
    ("batch", &["cronjobs", "jobs"]),
    ("discovery.k8s.io", &["endpointslices"]),
    ("events.k8s.io", &["events"]),
    ("networking.k8s.io", &["networkpolicies"]),
    ("policy", &["poddisruptionbudgets"]),
];

/// What people may do in an emergency: stop, restart and scale. No rule lets anyone change what a pod runs or mounts.
const EMERGENCY: &[(&str, &[&str], &[&str])] = &[
    ("", &["pods"], &["delete"]),
    ("apps", &["deployments/scale", "statefulsets/scale"], &["get", "patch", "update"]),
    ("batch", &["jobs"], &["delete"]),
];

fn rules(role: &HumanRole) -> Vec<Node> {
    let origin = role.origin;
    let look = VISIBLE.iter().map(|(group, resources)| {
        // Where datasets are named, only their claims are seen.
        let hidden = |it: &&&str| **it == "persistentvolumeclaims" && !role.break_glass;
        let resources: Vec<&str> = resources.iter().filter(|it| !hidden(it)).copied().collect();
        rule(origin, group, &resources, LOOK, Vec::new())
    });
    let claims =
        (!role.claims.is_empty()).then(|| rule(origin, "", &["persistentvolumeclaims"], &["get"], role.claims.clone()));
    let act = EMERGENCY.iter().filter(|_| role.break_glass);
    let act = act.map(|(group, resources, verbs)| rule(origin, group, resources, verbs, Vec::new()));
    look.chain(claims).chain(act).collect()
}

fn rule(origin: Origin, group: &str, resources: &[&str], verbs: &[&str], names: Vec<At<SmolStr>>) -> Node {
    fields!(origin;
        "apiGroups" => vec![group],
        "resources" => resources.to_vec(),
        "resourceNames" => names,
        "verbs" => verbs.to_vec(),
    )
}
