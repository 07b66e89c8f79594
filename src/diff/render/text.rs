//! Parts of a diff as text, which the terminal and Markdown share.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::diag::clean;
use crate::diff::model::{Change, Field};
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
const AROUND: usize = 2;

/// The line of an object before its verdict: `Deployment prod/api`.
pub(super) fn title(change: &Change) -> String {
    let it = &change.identity;
    let place = if it.namespace.is_empty() { String::new() } else { format!("{}/", it.namespace) };
    one_line(&format!("{} {place}{}", it.kind, it.name))
}

/// The verdict, with what it causes.
pub(super) fn verdict(change: &Change) -> String {
    let impact = change.impact.iter().map(|it| it.words());
    let protected = change.protected.then_some("protected");
    std::iter::once(change.verdict.words()).chain(protected).chain(impact).collect::<Vec<_>>().join(" · ")
}

/// What must be said of a field beside its values.
pub(super) fn remarks(field: &Field) -> String {
    let owners = field.owners.iter().map(|it| one_line(it)).collect::<Vec<_>>().join(", ");
    let owners = if owners.is_empty() { String::new() } else { format!("  set by {owners}") };
    let line = field.line.as_ref().map(|it| format!("  {}", one_line(it))).unwrap_or_default();
    format!("{owners}{line}")
}

/// The values of a field, before and after, as lines of a unified diff.
pub(super) fn lines(field: &Field) -> Vec<(Mark, String)> {
    let [before, after] = [&field.before, &field.after].map(|it| it.as_ref().map(value).unwrap_or_default());
    if field.before.is_some() && before == after {
        // Both sides of a secret look alike, and what else looks alike would be a riddle.
        let shown = one_line(before.trim_end());
        return vec![(Mark::Before, shown.clone()), (Mark::After, format!("{shown}, another value than before"))];
    }
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

fn value(value: &Value) -> String {
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
