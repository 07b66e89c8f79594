//! The least rights with which a diff of these objects says everything, as roles that somebody can apply.
//!
//! RBAC does not tell a dry run from a write. So what is tried is a right of its own here, which may be left away, and
//! nobody is given rights to try roles: who may write a role may take rights away from others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::inventory::{EMITTED, inventory};
use super::lists::{MANY, SECRET};
use super::trial::name_of_nobody;
use crate::object::{Object, is_of_cluster};

/// Kinds of which a right to write is a right to everything.
const NEVER_TRIED: &[&str] = &["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];

/// A group of the API, and a kind in it.
type Kind = (String, String);

/// By group, the resources of a rule.
type Resources = BTreeMap<String, BTreeSet<String>>;

/// What is asked of one namespace, or of the whole cluster.
#[derive(Default)]
struct Asked {
    /// Kinds that are wanted, with the names of their objects, each with the one under which it is tried anew.
    kinds: BTreeMap<Kind, Vec<[String; 2]>>,
}

/// Roles for the objects of one environment: one for each namespace, and one for what belongs to the whole cluster.
/// `name` is theirs, `namespace` that of objects that name none.
#[must_use]
pub fn rights(wanted: &[Object], name: &str, namespace: &str) -> Vec<Value> {
    let mut places: BTreeMap<Option<String>, Asked> = BTreeMap::new();
    let mut is_labelled = false;
    for object in wanted {
        let identity = object.identity();
        let own = if identity.namespace.is_empty() { namespace } else { &identity.namespace };
        let place = (!is_of_cluster(object.kind())).then(|| own.to_owned());
        let kind = (group(&identity.api_version), object.kind().to_owned());
        let tree = object.node.to_json();
        is_labelled |= inventory(&tree).is_some();
        let names = [object.name().to_owned(), name_of_nobody(&tree)];
        places.entry(place).or_default().kinds.entry(kind).or_default().push(names);
    }
    let of_cluster = places.remove(&None).unwrap_or_default();
    let everywhere: BTreeSet<Kind> = places.values().flat_map(|it| it.kinds.keys().cloned()).collect();
    let sought = if is_labelled { Some(&everywhere) } else { None };
    let whole = role("ClusterRole", name, None, &of_cluster.cluster_rules(is_labelled));
    let places = places.iter().map(|(place, asked)| role("Role", name, place.as_deref(), &asked.rules(sought)));
    std::iter::once(whole).chain(places).collect()
}

fn role(kind: &str, name: &str, namespace: Option<&str>, rules: &[Value]) -> Value {
    let mut metadata = json!({ "name": name });
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules})
}

impl Asked {
    /// The rules of a role in a namespace; what is sought because it is wanted in any of them is looked for in all.
    fn rules(&self, sought: Option<&BTreeSet<Kind>>) -> Vec<Value> {
        let used = |keep: &dyn Fn(&str, usize) -> bool| {
            let kinds = self.kinds.iter().filter(|((_, kind), names)| kind != SECRET && keep(kind, names.len()));
            resources(kinds.map(|(kind, _)| kind))
        };
        let is_listed = |count: usize| sought.is_some() || count >= MANY;
        let mut rules = rules_of(&used(&|_, count| is_listed(count)), &["get", "list"]);
        rules.extend(rules_of(&used(&|_, count| !is_listed(count)), &["get"]));
        rules.extend(sought.map(|it| rules_of(&self.orphans(false, it), &["list"])).unwrap_or_default());
        rules.extend(rules_of(&used(&|kind, _| !NEVER_TRIED.contains(&kind)), &["create", "patch"]));
        rules.extend(self.kinds.iter().filter(|((_, kind), _)| kind == SECRET).flat_map(named_rules));
        rules
    }

    /// The rules for what belongs to the whole cluster, where other objects are not ours.
    fn cluster_rules(&self, is_labelled: bool) -> Vec<Value> {
        let is_listed = |(kind, names): (&Kind, &Vec<[String; 2]>)| (names.len() >= MANY).then(|| kind.clone());
        let listed = if is_labelled {
            self.orphans(true, &self.kinds.keys().cloned().collect())
        } else {
            resources(self.kinds.iter().filter_map(is_listed).collect::<BTreeSet<_>>().iter())
        };
        let mut rules = rules_of(&listed, &["list"]);
        rules.extend(self.kinds.iter().flat_map(named_rules));
        rules
    }

    /// Kinds of which something may be left that is not wanted any more. Of the whole cluster they are listed even where
    /// they are wanted, because what is wanted is read by name there.
    fn orphans(&self, of_cluster: bool, everywhere: &BTreeSet<Kind>) -> Resources {
        let emitted = EMITTED.iter().map(|(version, kind)| (group(version), (*kind).to_owned()));
        let kinds: BTreeSet<Kind> = emitted
            .chain(everywhere.iter().cloned())
            .filter(|it| it.1 != SECRET && is_of_cluster(&it.1) == of_cluster)
            .filter(|it| of_cluster || !self.kinds.contains_key(it))
            .collect();
        resources(kinds.iter())
    }
}

/// Rules for a kind of which others must be left alone: to read what is wanted, and to try it under its own name or the
/// one that stands for a new object in its place.
fn named_rules(((group, kind), names): (&Kind, &Vec<[String; 2]>)) -> Vec<Value> {
    let rule = |names: Vec<&String>, verbs: &[&str]| json!({"apiGroups": [group], "resources": [plural(kind)], "resourceNames": names, "verbs": verbs});
    let own = rule(names.iter().map(|[own, _]| own).collect(), &["get"]);
    let tried = rule(names.iter().flatten().collect(), &["create", "patch"]);
    if NEVER_TRIED.contains(&kind.as_str()) { vec![own] } else { vec![own, tried] }
}

fn resources<'k>(kinds: impl Iterator<Item = &'k Kind>) -> Resources {
    let mut found = Resources::new();
    for (group, kind) in kinds {
        found.entry(group.clone()).or_default().insert(plural(kind));
    }
    found
}

/// One rule for each group.
fn rules_of(resources: &Resources, verbs: &[&str]) -> Vec<Value> {
    let rule = |(group, resources): (&String, &BTreeSet<String>)| json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
    resources.iter().map(rule).collect()
}

/// `apps` of `apps/v1`, and nothing of `v1`.
fn group(version: &str) -> String {
    version.rsplit_once('/').map(|(group, _)| group.to_owned()).unwrap_or_default()
}

/// The name by which the API asks for a kind, as it is formed for all kinds of Kubernetes and by custom.
fn plural(kind: &str) -> String {
    let word = kind.to_ascii_lowercase();
    let before_y = word.strip_suffix('y').filter(|it| !it.ends_with(['a', 'e', 'o', 'u']));
    if let Some(start) = before_y {
        return format!("{start}ies");
    }
    if ["s", "x", "ch", "sh"].iter().any(|it| word.ends_with(it)) { word + "es" } else { word + "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_asked_for_by_their_plurals() {
        for (kind, resource) in [
            ("Ingress", "ingresses"),
            ("NetworkPolicy", "networkpolicies"),
            ("StorageClass", "storageclasses"),
            ("Gateway", "gateways"),
            ("HTTPRoute", "httproutes"),
        ] {
            assert_eq!(plural(kind), resource);
        }
    }
}
