//! A digest of a plan: of what is wanted, of what is there of it, of what would become of it, and of why.
//!
//! What others do to fields that nobody here wants does not move it, nor does the status of an object; an object that
//! was deleted and made anew does. The last digits tell what could not be asked: they are zero where everything could, so
//! that a plan that was made with other rights is known as such. No secret can be guessed from it: what is hidden goes into it together with the
//! identity that the server gave to the object, which nobody knows who may not read it, or not at all.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::mask::Mask;
use super::path::shown;
use super::predict::Finding;

/// Bytes of a digest that people see, and of what could not be asked.
const LENGTH: usize = 12;
const LENGTH_OF_UNASKED: usize = 4;

/// Characters of a digest as it is written.
pub const PLAN_DIGITS: usize = (LENGTH + LENGTH_OF_UNASKED) * 2;

/// What of a plan is found again, and what is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// All of it; what could not be asked when the plan was made may have been asked now.
    Again,
    /// The same, but less could be asked now than when it was made.
    LessSure,
    /// What is wanted, what is there or what would become of it is something else; and whether somebody with other rights
    /// made the plan, which alone may be why.
    Moved { has_other_rights: bool },
}

/// How the plan of a run is to one that somebody has seen before; both have [`PLAN_DIGITS`].
#[must_use]
pub fn find_again(seen: &str, now: &str) -> Found {
    let split =
        |it: &'_ str| it.split_at_checked(LENGTH * 2).map(|(plan, unasked)| (plan.to_owned(), unasked.to_owned()));
    let (Some((before, unasked_before)), Some((plan, unasked))) = (split(seen), split(now)) else {
        return Found::Moved { has_other_rights: false };
    };
    let has_other_rights = unasked != unasked_before;
    match (plan == before, unasked.bytes().all(|it| it == b'0')) {
        (false, _) => Found::Moved { has_other_rights },
        (true, false) if has_other_rights => Found::LessSure,
        (true, _) => Found::Again,
    }
}

/// What a digest is made of, object by object, in whatever order.
#[derive(Default)]
pub(super) struct Plan {
    parts: Vec<[u8; 32]>,
    /// What could not be asked.
    unasked: Vec<[u8; 32]>,
    untried: usize,
}

impl Plan {
    /// Adds an object that is wanted, or that is there and is not.
    pub(super) fn add(&mut self, mask: &Mask, wanted: &Value, live: Option<&Value>, found: &Finding) {
        let id = live.and_then(|it| it["metadata"]["uid"].as_str());
        let object = if wanted.is_null() { live.unwrap_or(&Value::Null) } else { wanted };
        let kind = object["kind"].as_str().unwrap_or_default();
        let name = json!([object["apiVersion"], kind, object["metadata"]["namespace"], object["metadata"]["name"]]);
        if found.is_untried {
            self.untried += 1;
            self.unasked.push(Sha256::digest(mask.text(&name.to_string())).into());
        }
        let wanted = if id.is_some() { wanted.clone() } else { mask.value(kind, &[], None, wanted) };
        let fields = found.differences.iter().filter(|_| id.is_some());
        let fields: Vec<Value> = fields.map(|it| json!([shown(&it.path), it.before, it.after])).collect();
        let whole = sorted(&json!([name, id, found.verdict, wanted, fields, mask.text(&found.grounds)]));
        self.parts.push(Sha256::digest(whole.to_string()).into());
    }

    /// Notes kinds of which nobody knows what is there and not wanted.
    pub(super) fn lack(&mut self, unlisted: &BTreeSet<String>) {
        self.unasked.extend(unlisted.iter().map(|it| <[u8; 32]>::from(Sha256::digest(it))));
    }

    /// Of how many objects no server was asked.
    pub(super) fn untried(&self) -> usize {
        self.untried
    }

    pub(super) fn digest(self) -> String {
        let unasked = if self.unasked.is_empty() {
            "0".repeat(LENGTH_OF_UNASKED * 2)
        } else {
            of(self.unasked, LENGTH_OF_UNASKED)
        };
        of(self.parts, LENGTH) + &unasked
    }
}

fn of(mut parts: Vec<[u8; 32]>, length: usize) -> String {
    parts.sort_unstable();
    Sha256::digest(parts.concat()).iter().take(length).map(|it| format!("{it:02x}")).collect()
}

/// The same with the keys of its maps in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            Value::Object(entries.into_iter().map(|(key, it)| (key.clone(), sorted(it))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::model::Verdict;

    fn digest(wanted: &Value, live: Option<&Value>, verdict: Verdict) -> String {
        let mut plan = Plan::default();
        plan.add(&Mask::default(), wanted, live, &Finding::plain(verdict));
        plan.digest()
    }

    #[test]
    fn either_side_moves_it_and_the_order_of_keys_does_not() {
        let wanted = json!({"kind": "ConfigMap", "data": {"a": "1", "b": "2"}});
        let live = json!({"kind": "ConfigMap", "metadata": {"uid": "x"}, "data": {"a": "1"}});
        let first = digest(&wanted, Some(&live), Verdict::Same);
        let again = json!({"data": {"b": "2", "a": "1"}, "kind": "ConfigMap"});
        assert_eq!(digest(&again, Some(&live), Verdict::Same), first);
        assert_ne!(digest(&json!({"kind": "ConfigMap", "data": {"a": "2"}}), Some(&live), Verdict::Same), first);
        assert_ne!(digest(&wanted, Some(&live), Verdict::Changed), first);
        let other = json!({"kind": "ConfigMap", "metadata": {"uid": "y"}});
        assert_ne!(digest(&wanted, Some(&other), Verdict::Same), first);
    }

    #[test]
    fn it_tells_what_could_not_be_asked_from_what_moved() {
        let wanted = json!({"kind": "ConfigMap"});
        let plan = |verdict: Verdict, is_untried: bool| {
            let mut plan = Plan::default();
            plan.add(&Mask::default(), &wanted, None, &Finding { is_untried, ..Finding::plain(verdict) });
            plan.digest()
        };
        let [tried, untried] = [false, true].map(|it| plan(Verdict::Create, it));
        assert_eq!((tried.len(), untried.len()), (PLAN_DIGITS, PLAN_DIGITS));
        assert_eq!(find_again(&tried, &tried), Found::Again);
        assert_eq!(find_again(&untried, &untried), Found::Again);
        assert_eq!(find_again(&untried, &tried), Found::Again);
        assert_eq!(find_again(&tried, &untried), Found::LessSure);
        let moved = |has_other_rights| Found::Moved { has_other_rights };
        assert_eq!(find_again(&plan(Verdict::Refused, false), &tried), moved(false));
        assert_eq!(find_again(&plan(Verdict::Refused, true), &tried), moved(true));
    }

    #[test]
    fn it_tells_what_a_server_refused() {
        let wanted = json!({"kind": "ConfigMap"});
        let digest = |grounds: &str| {
            let mut plan = Plan::default();
            plan.add(&Mask::default(), &wanted, None, &Finding::because(Verdict::Refused, grounds));
            plan.digest()
        };
        assert_ne!(digest("it is too small"), digest("it is too large"));
    }

    #[test]
    fn what_is_hidden_is_only_in_it_together_with_what_nobody_knows() {
        let secret = |value: &str| json!({"kind": "Secret", "stringData": {"a": value}});
        let new = |value: &str| digest(&secret(value), None, Verdict::Create);
        assert_eq!(new("one"), new("two"));
        let live = json!({"kind": "Secret", "metadata": {"uid": "x"}});
        let there = |value: &str| digest(&secret(value), Some(&live), Verdict::Changed);
        assert_ne!(there("one"), there("two"));
    }
}
