//! Files on both sides: a revision of what is wanted, or what somebody saved of a cluster.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::inventory::{Rest, orphans};
use super::judge::{Case, Sides, key_of, report};
use super::model::{Report, Verdict};
use super::owners;
use crate::object::Object;
use crate::source::Sources;

/// What takes the place of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// The same files as they were: what is not wanted any more was wanted then, and nothing is ever started.
    Revision,
    /// What was saved of a cluster, with whatever else is in it.
    Dump,
}

/// The report on what lies in files on both sides.
#[must_use]
pub fn judge_offline(
    wanted: &[Object],
    live: &[Value],
    before: Before,
    mut notes: Vec<String>,
    sources: &Sources,
) -> Report {
    let by_key: BTreeMap<_, &Value> = live.iter().rev().map(|it| (key_of(it), it)).collect();
    let find = |object: &Object| by_key.get(&key_of(&object.node.to_json())).copied();
    let cases: Vec<Case<'_>> = wanted.iter().map(|object| Case { object, live: find(object), answer: None }).collect();
    if before == Before::Dump && !live.is_empty() && cases.iter().all(|it| it.live.is_none()) {
        let others =
            if live.len() == 1 { "another object is".to_owned() } else { format!("{} other objects are", live.len()) };
        notes
            .push(format!("none of what is wanted is there, and {others}: another namespace, or another environment?"));
    }
    if before == Before::Dump && live.iter().any(owners::is_of_cluster) {
        notes.extend(unasked(wanted, live));
    }
    let is_unsaid = |it: &&Value| owners::is_of_cluster(it) && !owners::are_known(it) && !owners::is_written_down(it);
    let unsaid = cases.iter().filter_map(|it| it.live).filter(is_unsaid).count();
    if unsaid > 0 {
        let objects = if unsaid == 1 { "1 object".to_owned() } else { format!("{unsaid} objects") };
        notes.push(format!(
            "of {objects} nobody is noted who set the fields, so that those that are not wanted any more are not seen: \
             `kubectl get -o yaml --show-managed-fields` keeps that"
        ));
    }
    let rest = if before == Before::Revision { Rest::All } else { Rest::OfInventory };
    let orphans = orphans(wanted, live, rest);
    let mut report = report(&Sides { cases, orphans, around: live, applier: None, sources }, notes).1;
    if before == Before::Revision {
        let stages = report.changes.iter_mut().filter(|it| it.verdict == Verdict::NotStarted);
        stages.for_each(|it| it.verdict = Verdict::Create);
    }
    report
}

/// That a dump has nothing of some kinds, which it may not have been asked for: `kubectl get all` gives few.
fn unasked(wanted: &[Object], live: &[Value]) -> Option<String> {
    let known: BTreeSet<&str> = live.iter().filter_map(|it| it["kind"].as_str()).collect();
    let kinds: BTreeSet<&str> = wanted.iter().map(Object::kind).filter(|it| !known.contains(it)).collect();
    let kinds: Vec<&str> = kinds.into_iter().collect();
    (!kinds.is_empty()).then(|| {
        let kinds = crate::diag::in_words(&kinds);
        format!(
            "the dump has no object of these kinds: {kinds}; where it was not asked for them, what looks new may be there"
        )
    })
}
