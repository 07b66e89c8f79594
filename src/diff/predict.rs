//! What applying would do, worked out here: for who may not ask the server, and where it did not say.

use serde_json::Value;

use super::compare::{Difference, With, compare};
use super::immutable::{cost, is_immutable, is_kept};
use super::model::Verdict;
use super::owners::{self, Applier};
use super::path::{self, Step};

/// A verdict with what led to it.
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) differences: Vec<Difference>,
    /// Why, for people.
    pub(super) reason: Option<String>,
    /// What the verdict rests on beside both forms of the object: what a server refused.
    pub(super) grounds: String,
    /// Whether no server was asked, because who asks may not.
    pub(super) is_untried: bool,
}

impl Finding {
    pub(super) fn plain(verdict: Verdict) -> Self {
        Self { verdict, differences: Vec::new(), reason: None, grounds: String::new(), is_untried: false }
    }

    /// What there is to say of an object that takes its differences.
    fn of(differences: Vec<Difference>) -> Self {
        let verdict = if differences.is_empty() { Verdict::Same } else { Verdict::Changed };
        Self { differences, ..Self::plain(verdict) }
    }

    /// A verdict that rests on its reason.
    pub(super) fn because(verdict: Verdict, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { grounds: reason.clone(), reason: Some(reason), ..Self::plain(verdict) }
    }

    /// With one more sentence for people.
    pub(super) fn remarked(self, remark: &str) -> Self {
        let reason = self.reason.map_or_else(|| remark.to_owned(), |it| format!("{it}; {remark}"));
        Self { reason: Some(reason), ..self }
    }
}

/// What an object that is not there would become.
pub(super) fn absent(wanted: &Value) -> Finding {
    let labels = &wanted["metadata"]["labels"];
    let is_stage = wanted["kind"] == "Job"
        && labels["app.kubernetes.io/component"] == "stage"
        && labels["app.kubernetes.io/managed-by"] == "mlopsc";
    Finding::plain(if is_stage { Verdict::NotStarted } else { Verdict::Create })
}

/// What the server says would change.
pub(super) fn changed(kind: &str, live: &Value, predicted: &Value) -> Finding {
    Finding::of(compare(kind, live, predicted, &With::Prediction))
}

/// The fields in which a live object is not what is wanted: in a cluster where `applier` applies, or in a file, of which
/// nobody knows who will apply what.
pub(super) fn said(kind: &str, live: &Value, wanted: &Value, applier: Option<&Applier>) -> Vec<Difference> {
    let before = owners::last_applied(live);
    let is_known = owners::are_known(live) || before.is_some();
    let is_manifest = applier.is_none() && !is_known && !owners::is_of_cluster(live);
    let removes = |path: &[Step]| {
        let was_applied = || before.as_ref().is_some_and(|it| path::find(path, it).is_some());
        match applier {
            Some(applier) => owners::goes(live, path, applier, was_applied()),
            None => is_manifest || was_applied() || owners::is_applied(live, path),
        }
    };
    compare(kind, live, wanted, &With::Wanted { removes: &removes, is_manifest })
}

/// The whole verdict on an object that is there.
pub(super) fn predicted(kind: &str, live: &Value, wanted: &Value, applier: Option<&Applier>) -> Finding {
    let differences = said(kind, live, wanted, applier);
    if let Some(contested) = applier.and_then(|it| contested(live, &differences, it)) {
        return Finding { differences, ..Finding::because(Verdict::Conflict, contested) };
    }
    let fixed = differences.iter().filter(|it| is_immutable(kind, live, it));
    let fixed: Vec<String> = fixed.map(|it| format!("`{}`", path::shown(&it.path))).collect();
    if fixed.is_empty() {
        return Finding::of(differences);
    }
    let verdict = if is_kept(kind) { Verdict::Immutable } else { Verdict::Replace };
    let finding = Finding::because(verdict, format!("{} can never change so", fixed.join(", ")));
    let finding = finding.remarked(&cost(kind, live, &differences));
    Finding { differences, ..finding }
}

/// Which fields others own and say otherwise about, in the words of a server's conflict.
fn contested(live: &Value, differences: &[Difference], applier: &Applier) -> Option<String> {
    let said = differences.iter().filter(|it| it.after.is_some());
    let part = |it: &Difference| {
        let owners: Vec<String> =
            owners::rivals(live, &it.path, applier).iter().map(|it| format!("\"{}\"", it.manager)).collect();
        (!owners.is_empty()).then(|| format!("`{}` is owned by {}", path::shown(&it.path), owners.join(", ")))
    };
    let parts: Vec<String> = said.filter_map(part).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}
