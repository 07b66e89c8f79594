//! Who may ask the API server for what: people by their roles, workloads what their permissions say, most of them nothing.

use smol_str::{SmolStr, format_smolstr};

use super::emission::Emission;
use super::meta::Meta;
use crate::object::fields;
use crate::plan::{HumanRole, NO_TOKEN, PermissionPlan, Plan, TOKEN, Workload};
use crate::source::{At, Node, Origin};

/// A ServiceAccount of the workload's own, without a token; with permissions also a Role that says exactly them.
pub(super) fn service_account(workload: &Workload, out: &mut Emission<'_>) {
    let origin = workload.origin.by(NO_TOKEN);
    // The pod says whether it takes a token; no other pod gets one by naming this account.
    let parts = fields!(origin; "automountServiceAccountToken" => false);
    let mut meta = Meta::of(workload);
    meta.annotations.extend(workload.identity.iter().cloned());
    out.add("v1", "ServiceAccount", meta, parts);
    let Some(first) = workload.permissions.first() else { return };
    let origin = first.origin.by(TOKEN);
    let rules: Vec<Node> = workload.permissions.iter().map(permission).collect();
    out.add("rbac.authorization.k8s.io/v1", "Role", Meta::of(workload), fields!(origin; "rules" => rules));
    let subject = fields!(origin;
        "kind" => "ServiceAccount",
        "name" => &workload.name,
        "namespace" => &workload.namespace,
    );
    let binding = fields!(origin; "roleRef" => role_ref(origin, &workload.name), "subjects" => vec![subject]);
    out.add("rbac.authorization.k8s.io/v1", "RoleBinding", Meta::of(workload), binding);
}

/// Whether the pods of a workload get a token.
pub(super) fn token(workload: &Workload) -> At<bool> {
    match workload.permissions.first() {
        Some(first) => At::new(true, first.origin.by(TOKEN)),
        None => At::new(false, workload.origin.by(NO_TOKEN)),
    }
}

fn permission(it: &PermissionPlan) -> Node {
    fields!(it.origin;
        "apiGroups" => vec![it.api.clone()],
        "resources" => it.resources.clone(),
        "resourceNames" => it.names.clone(),
        "verbs" => it.verbs.clone(),
    )
}

fn role_ref(origin: Origin, name: &At<SmolStr>) -> Node {
    fields!(origin; "apiGroup" => "rbac.authorization.k8s.io", "kind" => "Role", "name" => name)
}

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for (namespace, role) in plan.namespaces.iter().flat_map(|it| plan.roles.iter().map(move |role| (it, role))) {
        let name = At::new(format_smolstr!("people-{}", role.name), role.name.origin);
        let purpose = role.purpose.iter().map(|it| {
            let key = if role.break_glass { "mlopsc.dev/runbook" } else { "mlopsc.dev/purpose" };
            (SmolStr::new_static(key), it.clone())
        });
        let meta = || Meta { annotations: purpose.clone().collect(), ..Meta::shared(&name).within(&namespace.name) };
        out.add("rbac.authorization.k8s.io/v1", "Role", meta(), fields!(role.origin; "rules" => rules(role)));
        let binding = fields!(role.origin;
            "roleRef" => role_ref(role.origin, &name),
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
    ("apps", &["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"]),
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
