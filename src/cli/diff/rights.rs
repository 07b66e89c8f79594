//! `--print-rbac`: the roles that a diff needs, with what has to be done to give them to somebody.

use super::Wanted;
use crate::diff;
use crate::object::to_yaml;
use crate::source::{Node, Origin};

const ABOUT: &str = "\
# The rights that `mlopsc diff` needs, made by `mlopsc diff --print-rbac`. To give them to somebody, in this order, because
# a role needs its namespace:
";

const APPLY: &str = "\
#   kubectl apply -f -   (this text)
";

const MORE: &str = "\
# `patch` and `create` are for dry runs, and RBAC does not tell a dry run from a write. Without these rules the fields
# are compared by `mlopsc` itself, which it says. Roles are not among them: who may write them decides about others.
# Names that begin with mlopsc-dry-run- stand for objects that would have to be made anew; nothing is ever made.
";

/// The roles of all environments, as `kubectl apply -f -` takes them.
pub(super) fn text(wanted: &[Wanted]) -> String {
    let (mut first, mut last, mut roles) = (String::new(), String::new(), String::new());
    for it in wanted {
        let namespace = it.objects.iter().map(|it| it.identity().namespace).find(|it| !it.is_empty());
        let namespace = namespace.as_deref().unwrap_or("default");
        let name = format!("mlopsc-diff-{namespace}");
        for role in diff::rights(&it.objects, &name, namespace) {
            let whole = || format!("clusterrolebinding {name} --clusterrole={name}");
            let place = role["metadata"]["namespace"].as_str();
            if let Some(place) = place.filter(|it| *it != "default") {
                first += &format!("#   kubectl create namespace {place}   (where it is not there yet)\n");
            }
            let binding = place.map_or_else(whole, |it| format!("rolebinding {name} --namespace={it} --role={name}"));
            last += &format!("#   kubectl create {binding} --user=WHO\n");
            roles += &format!("---\n{}", to_yaml(&Node::from_json(&role, Origin::NONE)));
        }
    }
    [ABOUT, &first, APPLY, &last, MORE, &roles].concat()
}
