//! The least rights with which a diff of these objects says everything, as roles that somebody can apply.
//!
//! RBAC does not tell a dry run from a write. So what is tried is a right of its own here, which may be left away, and
//! nobody is given rights to try roles: who may write a role may give themselves any other right.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::inventory::EMITTED;
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
    /// Kinds that are wanted, with the names of their objects.
    kinds: BTreeMap<Kind, BTreeSet<String>>,
}

/// Roles for the objects of one environment: one for each namespace, and one for what belongs to the whole cluster.
/// `name` is theirs, `namespace` that of objects that name none.
#[must_use]
pub fn rights(wanted: &[Object], name: &str, namespace: &str) -> Vec<Value> {
    let mut places: BTreeMap<Option<String>, Asked> = BTreeMap::new();
    for object in wanted {
        let identity = object.identity();
        let own = if identity.namespace.is_empty() { namespace } else { &identity.namespace };
        let place = (!is_of_cluster(object.kind())).then(|| own.to_owned());
        let kind = (group(&identity.api_version), object.kind().to_owned());
        places.entry(place).or_default().kinds.entry(kind).or_default().insert(object.name().to_owned());
    }
    let of_cluster = places.remove(&None).unwrap_or_default();
    let whole = role("ClusterRole", name, None, &of_cluster.cluster_rules());
    let everywhere: BTreeSet<Kind> = places.values().flat_map(|it| it.kinds.keys().cloned()).collect();
    let places = places.iter().map(|(place, asked)| role("Role", name, place.as_deref(), &asked.rules(&everywhere)));
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
    /// The rules of a role in a namespace; what is wanted in any of them is looked for in all.
    fn rules(&self, everywhere: &BTreeSet<Kind>) -> Vec<Value> {
        let is_plain = |kind: &str| kind != "Secret";
        let used = |keep: &dyn Fn(&str) -> bool| resources(self.kinds.keys().filter(|(_, kind)| keep(kind)));
        let mut rules = rules_of(&used(&is_plain), &["get", "list"]);
        rules.extend(rules_of(&self.orphans(false, everywhere), &["list"]));
        rules.extend(rules_of(&used(&|it| is_plain(it) && !NEVER_TRIED.contains(&it)), &["create", "patch"]));
        if let Some(names) = self.kinds.get(&(String::new(), "Secret".to_owned())) {
            // A right to list Secrets is a right to read all of them, so these are asked for by their names.
            rules.push(
                json!({"apiGroups": [""], "resources": ["secrets"], "resourceNames": names, "verbs": ["get", "patch"]}),
            );
            rules.push(json!({"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}));
        }
        rules
    }

    /// The rules for what belongs to the whole cluster, where other objects are not ours.
    fn cluster_rules(&self) -> Vec<Value> {
        let mut found = rules_of(&self.orphans(true, &self.kinds.keys().cloned().collect()), &["list"]);
        for ((group, kind), names) in &self.kinds {
            let resource = plural(kind);
            let is_tried = !NEVER_TRIED.contains(&kind.as_str());
            let verbs: &[&str] = if is_tried { &["get", "patch"] } else { &["get"] };
            found.push(json!({"apiGroups": [group], "resources": [resource], "resourceNames": names, "verbs": verbs}));
            if is_tried {
                found.push(json!({"apiGroups": [group], "resources": [resource], "verbs": ["create"]}));
            }
        }
        found
    }

    /// Kinds of which something may be left that is not wanted any more. Of the whole cluster they are listed even where
    /// they are wanted, because what is wanted is read by name there.
    fn orphans(&self, of_cluster: bool, everywhere: &BTreeSet<Kind>) -> Resources {
        let emitted = EMITTED.iter().map(|(version, kind)| (group(version), (*kind).to_owned()));
        let kinds: BTreeSet<Kind> = emitted
            .chain(everywhere.iter().cloned())
            .filter(|it| it.1 != "Secret" && is_of_cluster(&it.1) == of_cluster)
            .filter(|it| of_cluster || !self.kinds.contains_key(it))
            .collect();
        resources(kinds.iter())
    }
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
