//! A diff for programs: one JSON document, whose shape is part of the command line's promise.

use serde::Serialize;
use serde_json::Value;

use super::Page;
use crate::diag::clean_json;
use crate::diff::model::{Change, Field, Impact, Verdict};

#[derive(Serialize)]
struct Document<'d> {
    /// Changes when a field goes or means something else.
    version: u32,
    differs: bool,
    environments: Vec<Environment<'d>>,
}

#[derive(Serialize)]
struct Environment<'d> {
    name: &'d str,
    /// The context or the path that it was compared with.
    against: &'d str,
    summary: serde_json::Map<String, Value>,
    notes: &'d [String],
    objects: Vec<Entry<'d>>,
}

#[derive(Serialize)]
struct Entry<'d> {
    api_version: &'d str,
    kind: &'d str,
    namespace: &'d str,
    name: &'d str,
    verdict: Verdict,
    protected: bool,
    impact: &'d [Impact],
    reason: Option<&'d str>,
    line: Option<&'d str>,
    fields: Vec<FieldEntry<'d>>,
}

#[derive(Serialize)]
struct FieldEntry<'d> {
    path: &'d str,
    pointer: &'d str,
    op: &'static str,
    before: Option<&'d Value>,
    after: Option<&'d Value>,
    owners: &'d [String],
    line: Option<&'d str>,
}

pub(super) fn render(pages: &[Page<'_>]) -> String {
    let differs = pages.iter().any(|it| it.report.differs());
    let document = Document { version: 1, differs, environments: pages.iter().map(environment).collect() };
    let text = serde_json::to_string_pretty(&document).expect("internal error: plain data is JSON");
    clean_json(text) + "\n"
}

fn environment<'d>(page: &Page<'d>) -> Environment<'d> {
    let counts = Verdict::ALL.iter().map(|it| {
        let name = serde_json::to_value(it).expect("internal error: a verdict is a word");
        (name.as_str().unwrap_or_default().to_owned(), Value::from(page.report.count(*it)))
    });
    Environment {
        name: page.title,
        against: page.with,
        summary: counts.collect(),
        notes: &page.report.notes,
        objects: page.report.changes.iter().map(entry).collect(),
    }
}

fn entry(change: &Change) -> Entry<'_> {
    Entry {
        api_version: &change.identity.api_version,
        kind: &change.identity.kind,
        namespace: &change.identity.namespace,
        name: &change.identity.name,
        verdict: change.verdict,
        protected: change.protected,
        impact: &change.impact,
        reason: change.reason.as_deref(),
        line: change.line.as_deref(),
        fields: change.fields.iter().map(field).collect(),
    }
}

fn field(field: &Field) -> FieldEntry<'_> {
    let op = match (&field.before, &field.after) {
        (None, _) => "add",
        (_, None) => "remove",
        _ => "replace",
    };
    FieldEntry {
        path: &field.path,
        pointer: &field.pointer,
        op,
        before: field.before.as_ref(),
        after: field.after.as_ref(),
        owners: &field.owners,
        line: field.line.as_deref(),
    }
}
