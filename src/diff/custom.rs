//! Custom resources whose definition is made or changed by the same change, so that the server cannot judge them yet.

use serde_json::Value;

use super::definition;
use super::model::Verdict;
use super::owners::Applier;
use super::predict::{Finding, absent, predicted};
use super::refusal::Refusal;

pub(super) const DEFINITION: &str = "CustomResourceDefinition";

/// What is to be said of an object whose kind the server does not know, with all that is wanted beside it.
pub(super) fn unknown(object: &Value, live: Option<&Value>, wanted: &[Value], applier: Option<&Applier>) -> Finding {
    let [kind, version] = ["kind", "apiVersion"].map(|it| object[it].as_str().unwrap_or_default());
    let Some(definition) = definition_of(object, wanted) else {
        return Finding::because(Verdict::Refused, format!("the cluster does not know `{kind}` of `{version}`"));
    };
    let made = format!("`{kind}` is defined by the same change");
    match (definition::check(definition, object), live) {
        (Ok(()), None) => {
            Finding::because(Verdict::Create, format!("{made}; it follows its schema, whose CEL rules are not run"))
        }
        (Ok(()), Some(live)) => predicted(kind, live, object, applier).remarked(&format!(
            "`{version}` is served by the changed definition alone; it follows its schema, and is compared here with what is \
             there in another version"
        )),
        (Err(why), _) => Finding::because(Verdict::Refused, format!("{why} ({made})")),
    }
}

/// The definition of an object's kind among what is wanted.
pub(super) fn definition_of<'w>(object: &Value, wanted: &'w [Value]) -> Option<&'w Value> {
    wanted.iter().find(|it| defines(it, object))
}

/// The versions that a definition has, as objects write them.
pub(super) fn versions(definition: &Value) -> impl Iterator<Item = String> {
    let (group, versions) = (definition["spec"]["group"].as_str(), definition["spec"]["versions"].as_array());
    let names = versions.into_iter().flatten().filter_map(|it| it["name"].as_str());
    let is_one = definition["kind"] == DEFINITION;
    names.filter(move |_| is_one).filter_map(move |it| Some(format!("{}/{it}", group?)))
}

/// What is to be said of an object that the server refuses by a definition that the same change changes; `changed` are
/// those definitions as they are wanted. Nothing where the refusal has another reason.
pub(super) fn redefined(
    object: &Value,
    live: Option<&Value>,
    changed: &[&Value],
    refusal: &Refusal,
    applier: Option<&Applier>,
) -> Option<Finding> {
    let is_judged = !refusal.is_fault() && !refusal.lacks_namespace() && !refusal.lacks_rights();
    let definition = changed.iter().find(|it| is_judged && defines(it, object))?;
    let kind = object["kind"].as_str().unwrap_or_default();
    let made = format!("the definition of `{kind}` is changed by the same change");
    let old = format!("by the one that is there the server says: {}", refusal.words());
    Some(match definition::check(definition, object) {
        Ok(()) => {
            let found = live.map_or_else(|| absent(object), |live| predicted(kind, live, object, applier));
            let grounds = format!("{old}; {}", found.grounds);
            let remark = format!(
                "{made}, so that it cannot be known before that is applied; it follows the new schema, and {old}"
            );
            Finding { grounds, ..found.remarked(&remark) }
        }
        Err(why) => Finding::because(Verdict::Refused, format!("{why} ({made}); {old}")),
    })
}

/// Whether a definition is that of an object's kind.
fn defines(definition: &Value, object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    definition["kind"] == DEFINITION
        && definition["spec"]["group"] == group
        && definition["spec"]["names"]["kind"] == object["kind"]
}
