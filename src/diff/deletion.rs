//! Objects that somebody deleted and that are there still, because a finalizer holds them.
//!
//! The server takes changes to them as to any other, and what is applied goes with them; a new object of the name can only
//! be made when the old one is gone.

use serde_json::Value;

use super::model::Verdict;
use super::predict::Finding;

/// Since when a live object is being deleted, and what holds it.
pub(super) fn words(live: &Value) -> Option<String> {
    let since = live["metadata"]["deletionTimestamp"].as_str()?;
    // A namespace has its own in its spec.
    let lists = [&live["metadata"]["finalizers"], &live["spec"]["finalizers"]];
    let names = lists.into_iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    let names: Vec<String> = names.map(|it| format!("`{it}`")).collect();
    let held = if names.is_empty() { String::new() } else { format!(", and held by {}", names.join(", ")) };
    Some(format!("it is being deleted since {since}{held}"))
}

/// The finding on an object that may be going away.
pub(super) fn of_live(live: Option<&Value>, found: Finding) -> Finding {
    let Some(words) = live.and_then(words) else { return found };
    let is_taken = matches!(found.verdict, Verdict::Same | Verdict::Changed);
    if !is_taken {
        return found.remarked(&words);
    }
    let lost = "what is applied to it goes with it: apply again when it is gone";
    Finding { verdict: Verdict::Terminating, ..found }.remarked(&words).remarked(lost)
}
