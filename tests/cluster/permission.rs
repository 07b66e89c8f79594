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

/// What a cluster grants to whoever is known to it: to ask about themselves.
const EVERYBODYS: &[&str] = &[
    "create authentication.k8s.io/selfsubjectreviews",
    "create authorization.k8s.io/selfsubjectaccessreviews",
    "create authorization.k8s.io/selfsubjectrulesreviews",
];

/// What everybody with a role looks at: what runs and how it fares. Written anew, so that a rule too many shows.
const LOOKED_AT: &[&str] = &[
    "apps/controllerrevisions",
    "apps/deployments",
    "apps/replicasets",
    "apps/daemonsets",
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

/// `verb resource`, with the name of an object where only that one is meant; or rules as the server says them.
type Grants = BTreeSet<String>;

pub(crate) fn roles(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    apply_all(case, cluster, &case.objects(cluster))?;
    for role in &case.plan().roles {
        let who = Who { user: "somebody", groups: &[&role.group] };
        let line = case.line_of_origin(role.origin);
        for namespace in case.namespaces() {
            let granted = granted(cluster, who, namespace, &named(case, cluster));
            let title = format!("people of `{}` in {namespace} of {} ({line})", role.group.value, case.name());
            same(&title, &expected(role), &granted)?;
        }
        let title = format!("people of `{}` of {} ({line})", role.group.value, case.name());
        let elsewhere = ask_all(cluster, who, "default", "pods", VERBS, None);
        same(&format!("{title}, in another namespace"), &Grants::new(), &elsewhere)?;
    }
    Ok(())
}

/// Workloads may do what their permissions say; most have none, and may do nothing that a ServiceAccount which nobody
/// ever named may not do too.
pub(crate) fn service_accounts(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    apply_all(case, cluster, &case.objects(cluster))?;
    // In another namespace, because what is granted to all accounts of this one is granted.
    let nobody = rules(cluster, "default", "nobody-at-all");
    for workload in case.plan().workloads.values() {
        let (name, namespace) = (&workload.name.value, workload.namespace.as_str());
        let title =
            format!("the service account of {name} in {} ({})", case.name(), case.line_of_origin(workload.origin));
        let groups = ["system:serviceaccounts", &format!("system:serviceaccounts:{namespace}")];
        let who = Who { user: &format!("system:serviceaccount:{namespace}:{name}"), groups: &groups };
        let permissions = permissions(case, name);
        if permissions.is_empty() {
            same(&title, &nobody, &rules(cluster, namespace, name))?;
            let answers = ["secrets", "configmaps", "pods", "pods/exec"];
            let granted = answers.iter().flat_map(|it| ask_all(cluster, who, namespace, it, VERBS, None)).collect();
            same(&title, &Grants::new(), &granted)?;
        } else {
            let mut named = named(case, cluster);
            named.extend(permissions.into_iter().filter_map(|(resource, object)| Some((resource, object?))));
            same(&title, &said(case, name), &granted(cluster, who, namespace, &named))?;
        }
    }
    Ok(())
}

/// The resources of a workload's permissions, with the names of objects where only those are meant.
fn permissions(case: Case, name: &str) -> Vec<(String, Option<String>)> {
    let rules = written(case, name);
    rules.into_iter().flat_map(|(resource, names, _)| each(&resource, &names)).collect()
}

/// What the spec says that a workload may do.
fn said(case: Case, name: &str) -> Grants {
    let mut grants = Grants::new();
    for (resource, names, verbs) in written(case, name) {
        for (resource, object) in each(&resource, &names) {
            let object = object.map(|it| format!(" {it}")).unwrap_or_default();
            grants.extend(verbs.iter().map(|verb| format!("{verb} {resource}{object}")));
        }
    }
    grants
}

fn each(resource: &str, names: &[String]) -> Vec<(String, Option<String>)> {
    let named = names.iter().map(|it| (resource.to_owned(), Some(it.clone())));
    if names.is_empty() { vec![(resource.to_owned(), None)] } else { named.collect() }
}

/// `group/plural`, names and verbs of every permission.
fn written(case: Case, name: &str) -> Vec<(String, Vec<String>, Vec<String>)> {
    let spec = case.spec();
    let stage = spec.stages.get(name).map(|it| &it.permissions);
    let permissions = stage.or_else(|| spec.services.get(name).map(|it| &it.permissions));
    let rows = permissions.into_iter().flatten().flat_map(|it| {
        let group = it.api.as_ref().map(|it| format!("{}/", it.as_str())).unwrap_or_default();
        let names: Vec<String> = it.names.iter().map(|it| it.as_str().to_owned()).collect();
        let verbs: Vec<String> = it.verbs.iter().map(|it| it.as_str().to_owned()).collect();
        it.resources.iter().map(move |it| (format!("{group}{}", it.as_str()), names.clone(), verbs.clone()))
    });
    rows.collect()
}

/// Who asks.
#[derive(Clone, Copy)]
struct Who<'w> {
    user: &'w str,
    groups: &'w [&'w str],
}

fn expected(role: &HumanRole) -> Grants {
    let mut grants = Grants::new();
    let mut grant = |verbs: &[&str], resource: &str| {
        grants.extend(verbs.iter().map(|verb| format!("{verb} {resource}")));
    };
    LOOKED_AT.iter().for_each(|it| grant(&["get", "list", "watch"], it));
    if role.break_glass {
        grant(&["get", "list", "watch"], "persistentvolumeclaims");
        DONE.iter().for_each(|(resource, verbs)| grant(verbs, resource));
    }
    role.claims.iter().for_each(|it| grant(&["get"], &format!("persistentvolumeclaims {}", it.value)));
    grants
}

/// Every object of the project, and what it says is there already, with its resource: a grant may be of one alone.
fn named(case: Case, cluster: &Cluster) -> BTreeSet<(String, String)> {
    let plan = case.plan();
    let claims = plan.volumes.values().map(|it| ("persistentvolumeclaims", it.claim_name.as_str()));
    let secrets = plan.secrets.values().map(|it| ("secrets", it.object.as_str()));
    let mut named: BTreeSet<(String, String)> =
        claims.chain(secrets).map(|(resource, name)| (resource.to_owned(), name.to_owned())).collect();
    for object in case.objects(cluster) {
        let version = object.identity().api_version;
        let resources = cluster.resources(&version);
        let resource = resources.iter().find(|it| it.kind == object.kind() && !it.plural.contains('/'));
        let resource = resource.expect("the cluster has taken it");
        named.insert((format!("{}{}", of(&version), resource.plural), object.name().to_owned()));
    }
    named
}

/// Everything that somebody may do in a namespace and in the whole cluster, beyond what everybody may.
fn granted(cluster: &Cluster, who: Who<'_>, namespace: &str, named: &BTreeSet<(String, String)>) -> Grants {
    let mut grants = Grants::new();
    for version in cluster.versions() {
        for resource in cluster.resources(&version) {
            let (of, plural) = (of(&version), resource.plural);
            let verbs = if plural.contains('/') { vec![VERBS] } else { vec![VERBS, HIDDEN_VERBS] };
            let resource = format!("{of}{plural}");
            grants.extend(ask_all(cluster, who, namespace, &resource, &verbs.concat(), None));
        }
    }
    for (resource, name) in named {
        // What is granted for all of them is granted for each.
        let verbs: Vec<&str> =
            VERBS.iter().copied().filter(|verb| !grants.contains(&format!("{verb} {resource}"))).collect();
        grants.extend(ask_all(cluster, who, namespace, resource, &verbs, Some(name)));
    }
    grants.retain(|it| !EVERYBODYS.contains(&it.as_str()));
    grants
}

/// `batch/` of `batch/v1`.
fn of(version: &str) -> String {
    version.split_once('/').map(|(group, _)| format!("{group}/")).unwrap_or_default()
}

fn ask_all(
    cluster: &Cluster,
    who: Who<'_>,
    namespace: &str,
    resource: &str,
    verbs: &[&str],
    name: Option<&str>,
) -> Grants {
    let allowed = verbs.iter().filter(|verb| may(cluster, who, namespace, verb, resource, name));
    let named = name.map(|it| format!(" {it}")).unwrap_or_default();
    allowed.map(|verb| format!("{verb} {resource}{named}")).collect()
}

/// The server's answer; a resource is `group/plural/part`, without what it does not have.
fn may(cluster: &Cluster, who: Who<'_>, namespace: &str, verb: &str, resource: &str, name: Option<&str>) -> bool {
    let (group, rest) = match resource.split_once('/') {
        Some((group, rest)) if group.contains('.') || GROUPS.contains(&group) => (group, rest),
        _ => ("", resource),
    };
    let (plural, part) = rest.split_once('/').unwrap_or((rest, ""));
    let groups: Vec<&str> = who.groups.iter().copied().chain(["system:authenticated"]).collect();
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
        "spec": {
            "user": who.user, "groups": groups,
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
fn rules(cluster: &Cluster, namespace: &str, account: &str) -> Grants {
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
