//! A digest of a plan: of what is wanted, of what is there of it, of what would become of it, and of why.
//!
//! What others do to fields that nobody here wants does not move it, nor does the status of an object; an object that
//! was deleted and made anew does. No secret can be guessed from it: what is hidden goes into it together with the
//! identity that the server gave to the object, which nobody knows who may not read it, or not at all.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::mask::Mask;
use super::path::shown;
use super::predict::Finding;

/// Bytes of a digest that people see.
const LENGTH: usize = 12;

/// Characters of a digest as it is written.
pub const PLAN_DIGITS: usize = LENGTH * 2;

/// What a digest is made of, object by object, in whatever order.
#[derive(Default)]
pub(super) struct Plan {
    parts: Vec<[u8; 32]>,
}

impl Plan {
    /// Adds an object that is wanted, or that is there and is not.
    pub(super) fn add(&mut self, mask: &Mask, wanted: &Value, live: Option<&Value>, found: &Finding) {
        let id = live.and_then(|it| it["metadata"]["uid"].as_str());
        let object = if wanted.is_null() { live.unwrap_or(&Value::Null) } else { wanted };
        let kind = object["kind"].as_str().unwrap_or_default();
        let name = json!([object["apiVersion"], kind, object["metadata"]["namespace"], object["metadata"]["name"]]);
        let wanted = if id.is_some() { wanted.clone() } else { mask.value(kind, &[], None, wanted) };
        let fields = found.differences.iter().filter(|_| id.is_some());
        let fields: Vec<Value> = fields.map(|it| json!([shown(&it.path), it.before, it.after])).collect();
        let whole = sorted(&json!([name, id, found.verdict, wanted, fields, mask.text(&found.grounds)]));
        self.parts.push(Sha256::digest(whole.to_string()).into());
    }

    /// Notes kinds of which nobody knows what is there and not wanted.
    pub(super) fn lack(&mut self, unlisted: &BTreeSet<String>) {
        self.parts.extend(unlisted.iter().map(|it| <[u8; 32]>::from(Sha256::digest(it))));
    }

    pub(super) fn digest(mut self) -> String {
        self.parts.sort_unstable();
        Sha256::digest(self.parts.concat()).iter().take(LENGTH).map(|it| format!("{it:02x}")).collect()
    }
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
    fn it_tells_what_a_server_refused_or_was_not_asked() {
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
