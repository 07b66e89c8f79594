//! Who may ask the API server for what: exactly what the spec grants, and no more.
//!
//! The server's own answer to "may they?" is asked for every verb on every resource that it has.

use std::collections::BTreeSet;

use libtest_mimic::Failed;
use mlopsc::plan::HumanRole;
use serde_json::{Value, json};

use crate::apply::apply_all;
use crate::case::Case;
use crate::cluster::Cluster;

const VERBS: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Verbs that no path shows, of those who could give themselves more.
const HIDDEN_VERBS: &[&str] = &["bind", "escalate", "impersonate", "use", "approve", "sign"];

/// What everybody with a role looks at: what runs and how it fares. Written anew, so that a rule too many shows.
const LOOKED_AT: &[&str] = &[
    "apps/controllerrevisions",
    "apps/deployments",
    "apps/replicasets",
    "apps/statefulsets",
    "autoscaling/horizontalpodautoscalers",
    "batch/cronjobs",
    "batch/jobs",
    "configmaps",
    "discovery.k8s.io/endpointslices",
    "events",
    "events.k8s.io/events",
    "limitranges",
    "networking.k8s.io/networkpolicies",
    "pods",
    "pods/log",
    "policy/poddisruptionbudgets",
    "resourcequotas",
    "services",
];

/// What somebody does in an emergency: stop, restart and scale.
const DONE: &[(&str, &[&str])] = &[
    ("pods", &["delete"]),
    ("apps/deployments/scale", &["get", "patch", "update"]),
    ("apps/statefulsets/scale", &["get", "patch", "update"]),
    ("batch/jobs", &["delete"]),
];

/// `verb resource`, with the name of an object where only that one is meant.
type Grants = BTreeSet<String>;

pub(crate) fn roles(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    apply_all(case, cluster, &case.objects(cluster))?;
    let claims: Vec<&str> = case.plan().volumes.values().map(|it| it.claim_name.as_str()).collect();
    for role in &case.plan().roles {
        let mut granted = granted(cluster, &role.group, case.namespace());
        for claim in &claims {
            let named = ask_all(cluster, &role.group, case.namespace(), "persistentvolumeclaims", VERBS, Some(claim));
            granted.extend(named);
        }
        let line = case.line_of_origin(role.origin);
        let title = format!("people of `{}` in {} ({line})", role.group.value, case.name());
        same(&title, &expected(role, &claims), &granted)?;
        let elsewhere = ask_all(cluster, &role.group, "default", "pods", VERBS, None);
        same(&format!("{title}, in another namespace"), &Grants::new(), &elsewhere)?;
    }
    Ok(())
}

/// Workloads may ask for nothing that a ServiceAccount nobody ever named may not ask for too.
pub(crate) fn service_accounts(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    apply_all(case, cluster, &case.objects(cluster))?;
    let namespace = case.namespace();
    let nobody = rules(cluster, namespace, "nobody-at-all");
    for workload in case.plan().workloads.values() {
        let name = &workload.name.value;
        assert_eq!(rules(cluster, namespace, name), nobody, "the service account of {name}, in {}", case.name());
        let user = format!("system:serviceaccount:{namespace}:{name}");
        for resource in ["secrets", "configmaps", "pods", "pods/exec"] {
            let answers = VERBS.iter().filter(|verb| may(cluster, &user, &[], namespace, verb, resource, None));
            assert_eq!(answers.count(), 0, "{user} may do something to {resource}");
        }
    }
    Ok(())
}

fn expected(role: &HumanRole, claims: &[&str]) -> Grants {
    let mut grants = Grants::new();
    let mut grant = |verbs: &[&str], resource: &str| {
        grants.extend(verbs.iter().map(|verb| format!("{verb} {resource}")));
    };
    LOOKED_AT.iter().for_each(|it| grant(&["get", "list", "watch"], it));
    if role.break_glass {
        grant(&["get", "list", "watch"], "persistentvolumeclaims");
        claims.iter().for_each(|it| grant(&["get", "list", "watch"], &format!("persistentvolumeclaims {it}")));
        DONE.iter().for_each(|(resource, verbs)| grant(verbs, resource));
    }
    role.claims.iter().for_each(|it| grant(&["get"], &format!("persistentvolumeclaims {}", it.value)));
    grants
}

/// Everything that a group may do in a namespace.
fn granted(cluster: &Cluster, group: &str, namespace: &str) -> Grants {
    let mut grants = Grants::new();
    for version in cluster.versions() {
        let of = version.split_once('/').map(|(group, _)| format!("{group}/")).unwrap_or_default();
        for resource in cluster.resources(&version).iter().filter(|it| it.namespaced) {
            let resource = format!("{of}{}", resource.plural);
            grants.extend(ask_all(cluster, group, namespace, &resource, VERBS, None));
            if !resource.trim_start_matches(&of).contains('/') {
                grants.extend(ask_all(cluster, group, namespace, &resource, HIDDEN_VERBS, None));
            }
        }
    }
    grants
}

fn ask_all(
    cluster: &Cluster,
    group: &str,
    namespace: &str,
    resource: &str,
    verbs: &[&str],
    name: Option<&str>,
) -> Grants {
    let allowed = verbs.iter().filter(|verb| may(cluster, "somebody", &[group], namespace, verb, resource, name));
    let named = name.map(|it| format!(" {it}")).unwrap_or_default();
    allowed.map(|verb| format!("{verb} {resource}{named}")).collect()
}

/// The server's answer; a resource is `group/plural/part`, without what it does not have.
fn may(
    cluster: &Cluster,
    user: &str,
    groups: &[&str],
    namespace: &str,
    verb: &str,
    resource: &str,
    name: Option<&str>,
) -> bool {
    let (group, rest) = match resource.split_once('/') {
        Some((group, rest)) if group.contains('.') || GROUPS.contains(&group) => (group, rest),
        _ => ("", resource),
    };
    let (plural, part) = rest.split_once('/').unwrap_or((rest, ""));
    let groups: Vec<&str> = groups.iter().copied().chain(["system:authenticated"]).collect();
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
        "spec": {
            "user": user, "groups": groups,
            "resourceAttributes": {
                "namespace": namespace, "verb": verb, "group": group, "resource": plural, "subresource": part,
                "name": name.unwrap_or_default(),
            },
        },
    });
    cluster.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", &review).ok()["status"]["allowed"] == true
}

/// Groups of the API whose names have no dot.
const GROUPS: &[&str] = &["apps", "autoscaling", "batch", "policy"];

/// Everything that a ServiceAccount may do in its namespace, as the server adds it up.
fn rules(cluster: &Cluster, namespace: &str, account: &str) -> BTreeSet<String> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace},
    });
    let user = format!("system:serviceaccount:{namespace}:{account}");
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let mut review = cluster.post_as(&user, path, &review).ok();
    let status = review["status"].take();
    // The server adds them up in any order.
    let rules = ["resourceRules", "nonResourceRules"].map(|it| status[it].as_array().cloned().unwrap_or_default());
    rules.concat().iter().map(Value::to_string).collect()
}

fn same(title: &str, expected: &Grants, granted: &Grants) -> Result<(), Failed> {
    let more: Vec<&String> = granted.difference(expected).collect();
    let less: Vec<&String> = expected.difference(granted).collect();
    if more.is_empty() && less.is_empty() {
        return Ok(());
    }
    Err(format!("{title}\n  may, and should not: {more:?}\n  may not, and should: {less:?}").into())
}
