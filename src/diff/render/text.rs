//! Parts of a diff as text, which the terminal and Markdown share.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::diag::clean;
use crate::diff::mask::HIDDEN;
use crate::diff::model::{Change, Field, Moved, Owner, Report};
use crate::object::to_yaml;
use crate::source::{Node, Origin};

/// How a line of a changed field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Same,
    Before,
    After,
}

/// Lines around a change in a long text.
pub(super) const AROUND: usize = 2;

/// The line of an object before its verdict: `Deployment prod/api`.
pub(super) fn title(change: &Change) -> String {
    let it = &change.identity;
    let place = if it.namespace.is_empty() { String::new() } else { format!("{}/", it.namespace) };
    one_line(&format!("{} {place}{}", it.kind, it.name))
}

/// The verdict, with what it causes. Words of the compiler alone.
pub(super) fn verdict(change: &Change) -> String {
    let impact = change.effects.iter().map(|it| it.impact.words());
    let protected = change.protected.then_some("protected");
    std::iter::once(change.verdict.words()).chain(protected).chain(impact).collect::<Vec<_>>().join(" · ")
}

/// What must be said of an object beside its fields: why, what it causes, what it weakens.
pub(super) fn remarks_of(change: &Change) -> Vec<String> {
    let age = change.since.as_ref().map(|it| format!("there since {}", one_line(it)));
    let owners = (!change.owners.is_empty()).then(|| format!("applied by {}", owners(&change.owners)));
    let there = [age, owners].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let effects = change.effects.iter().filter_map(|it| Some((it.impact, it.detail.as_ref()?)));
    let effects = effects.map(|(impact, detail)| format!("{}: {}", impact.words(), one_line(detail)));
    let risks = change.risks.iter().map(|it| format!("risk {}: {}", it.code.id, one_line(&it.detail)));
    let reason = change.reason.iter().map(|it| one_line(it));
    reason.chain(Some(there).filter(|it| !it.is_empty())).chain(effects).chain(risks).collect()
}

/// What must be said of a field beside its values.
pub(super) fn remarks(field: &Field) -> String {
    let by = if field.owners.is_empty() { String::new() } else { format!(" by {}", owners(&field.owners)) };
    let who = match field.moved {
        Some(Moved::Cluster) => format!("  changed in the cluster{by}"),
        _ if by.is_empty() => String::new(),
        _ => format!("  set{by}"),
    };
    let line = field.line.shown.as_ref().map(|it| format!("  {}", one_line(it))).unwrap_or_default();
    format!("{who}{line}")
}

fn owners(owners: &[Owner]) -> String {
    let owner = |it: &Owner| match &it.since {
        Some(since) => one_line(&format!("{} ({since})", it.manager)),
        None => one_line(&it.manager),
    };
    owners.iter().map(owner).collect::<Vec<_>>().join(", ")
}

/// The sum of a report: `1 changed, 14 same; 2 fields changed in the cluster`.
pub(super) fn summary(report: &Report) -> String {
    let fields = report.changes.iter().flat_map(|it| &it.fields);
    let drifted = fields.filter(|it| it.moved == Some(Moved::Cluster)).count();
    let risks: usize = report.changes.iter().map(|it| it.risks.len()).sum();
    let part = |count: usize, one: &str, several: &str| match count {
        0 => String::new(),
        1 => format!("; 1 {one}"),
        _ => format!("; {count} {several}"),
    };
    let drifted = part(drifted, "field changed in the cluster", "fields changed in the cluster");
    format!("{}{drifted}{}", report.summary(), part(risks, "risk", "risks"))
}

/// The values of a field, before and after, as texts of whole lines. Where they look alike because they are hidden, which
/// would be a riddle, the second says so.
pub(super) fn sides(field: &Field) -> (String, String) {
    let [before, after] = [&field.before, &field.after].map(|it| it.as_ref().map(value).unwrap_or_default());
    if field.before.is_none() || before != after {
        return (before, after);
    }
    let is_hidden = |line: &str| line.contains(HIDDEN);
    let hidden = after.lines().filter(|it| is_hidden(it)).count();
    let remark = if hidden > 1 { "this or another one is not as before" } else { "another value than before" };
    let marked = |it: &str| if is_hidden(it) || hidden == 0 { format!("{it}, {remark}\n") } else { format!("{it}\n") };
    let after = after.lines().map(marked).collect();
    (before, after)
}

/// The values of a field, before and after, as lines of a unified diff.
pub(super) fn lines(field: &Field) -> Vec<(Mark, String)> {
    let (before, after) = sides(field);
    let diff = TextDiff::from_lines(&before, &after);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if at > 0 {
            lines.push((Mark::Same, "…".to_owned()));
        }
        for change in group.iter().flat_map(|it| diff.iter_changes(it)) {
            let mark = match change.tag() {
                ChangeTag::Equal => Mark::Same,
                ChangeTag::Delete => Mark::Before,
                ChangeTag::Insert => Mark::After,
            };
            lines.push((mark, clean(change.value().trim_end_matches(['\n', '\r'])).into_owned()));
        }
    }
    lines
}

/// A value as a text of whole lines.
pub(super) fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => to_yaml(&Node::from_json(value, Origin::NONE)),
        other => other.to_string(),
    };
    if text.ends_with('\n') { text } else { text + "\n" }
}

/// A text that must not begin another line.
pub(super) fn one_line(text: &str) -> String {
    clean(text).replace('\n', "\\n").replace('\t', " ")
}
