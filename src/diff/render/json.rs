//! A diff for programs: one JSON document, whose shape is published as a schema.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::Value;

use super::Page;
use crate::diag::clean_json;
use crate::diff::model::{Change, Effect, Field, Impact, Moved, Owner, Risk, Verdict};

/// What `mlopsc diff --format json` prints.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "mlopsc diff")]
struct Document<'d> {
    /// Changes when a field goes or means something else.
    version: u32,
    /// Whether anything is not as it should be; null where nobody could say.
    differs: Option<bool>,
    /// Why nothing was compared at all, where that is so.
    error: Option<&'d str>,
    /// One for each environment, or one for what is compared in its place.
    environments: Vec<Environment<'d>>,
}

/// What was found in one place.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Environment<'d> {
    /// The environment, or the path of what is wanted.
    name: &'d str,
    /// The context, the revision or the path that it was compared with.
    against: &'d str,
    /// A digest of what is wanted, what is there of it and what would become of it, as `--expect` takes it; of a cluster
    /// alone.
    plan: Option<&'d str>,
    /// How many objects have each verdict.
    summary: IndexMap<String, usize>,
    /// What the reader should know about how it was found out.
    notes: &'d [String],
    /// Kinds of which nobody could look for what is there and not wanted any more; a note says why.
    unlisted: &'d BTreeSet<String>,
    /// Every object on either side, in the order of their identities.
    objects: Vec<Entry<'d>>,
}

/// What would become of one object.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Entry<'d> {
    api_version: &'d str,
    kind: &'d str,
    /// Empty for an object of the whole cluster.
    namespace: &'d str,
    name: &'d str,
    verdict: Verdict,
    /// Whether it holds data, so that nothing prunes it.
    protected: bool,
    /// What the change causes.
    impact: Vec<Consequence<'d>>,
    /// What the change weakens of what protects data.
    risks: Vec<Weakness<'d>>,
    /// Why the verdict is what it is.
    reason: Option<&'d str>,
    /// The place in the spec that it was made from: `mlops.toml:12`, or `--set services.api.replicas`.
    line: Option<&'d str>,
    /// Of what is there and not wanted: since when (RFC 3339).
    since: Option<&'d str>,
    /// Of what is there and not wanted: who applied it.
    owners: &'d [Owner],
    /// The fields that differ.
    fields: Vec<FieldEntry<'d>>,
}

/// Something that a change causes.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Consequence<'d> {
    code: Impact,
    /// In words.
    text: &'static str,
    /// How much, for whom, when.
    detail: Option<&'d str>,
}

/// Something that a change weakens.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Weakness<'d> {
    /// As `mlopsc explain` takes it.
    code: &'static str,
    detail: &'d str,
}

/// A field that differs.
#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FieldEntry<'d> {
    /// `spec.template.spec.containers[name=api].image`
    path: &'d str,
    /// RFC 6901, into the object that is wanted, or into the one that is there where the field would go.
    pointer: &'d str,
    op: Operation,
    /// What is there. `(hidden)` stands for what may be secret; both sides may be hidden and differ.
    before: Option<&'d Value>,
    /// What would be there.
    after: Option<&'d Value>,
    /// Who set what is there.
    owners: &'d [Owner],
    /// Which side moved, as far as the owners tell.
    moved: Option<Moved>,
    /// The place in the spec that sets it: `mlops.toml:12`, or `--set services.api.replicas`.
    line: Option<&'d str>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Operation {
    Add,
    Remove,
    Replace,
}

/// The published schema, as it is embedded. A test shows that it is what [`schema`] makes.
#[must_use]
pub fn schema_text() -> &'static str {
    include_str!("../../../schema/diff.schema.json")
}

/// The schema of the document (JSON Schema 2020-12), made from the types that are written.
#[must_use]
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema: Schema = settings.into_generator().into_root_schema_for::<Document<'_>>();
    schema.to_value()
}

pub(super) fn render(pages: &[Page<'_>]) -> String {
    let differs = pages.iter().any(|it| it.report.differs());
    let environments = pages.iter().map(environment).collect();
    text(&Document { version: 1, differs: Some(differs), error: None, environments })
}

/// The document of a run that came to nothing.
#[must_use]
pub fn failed(error: &str) -> String {
    text(&Document { version: 1, differs: None, error: Some(error), environments: Vec::new() })
}

fn text(document: &Document<'_>) -> String {
    let text = serde_json::to_string_pretty(document).expect("internal error: plain data is JSON");
    clean_json(text) + "\n"
}

fn environment<'d>(page: &Page<'d>) -> Environment<'d> {
    let counts = Verdict::ALL.iter().map(|it| {
        let name = serde_json::to_value(it).expect("internal error: a verdict is a word");
        (name.as_str().unwrap_or_default().to_owned(), page.report.count(*it))
    });
    Environment {
        name: page.title,
        against: page.with,
        plan: page.report.plan.as_deref(),
        summary: counts.collect(),
        notes: &page.report.notes,
        unlisted: &page.report.unlisted,
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
        impact: change.effects.iter().map(consequence).collect(),
        risks: change.risks.iter().map(weakness).collect(),
        reason: change.reason.as_deref(),
        line: change.line.shown.as_deref(),
        since: change.since.as_deref(),
        owners: &change.owners,
        fields: change.fields.iter().map(field).collect(),
    }
}

fn consequence(effect: &Effect) -> Consequence<'_> {
    Consequence { code: effect.impact, text: effect.impact.words(), detail: effect.detail.as_deref() }
}

fn weakness(risk: &Risk) -> Weakness<'_> {
    Weakness { code: risk.code.id, detail: &risk.detail }
}

fn field(field: &Field) -> FieldEntry<'_> {
    let op = match (&field.before, &field.after) {
        (None, _) => Operation::Add,
        (_, None) => Operation::Remove,
        _ => Operation::Replace,
    };
    FieldEntry {
        path: &field.path,
        pointer: &field.pointer,
        op,
        before: field.before.as_ref(),
        after: field.after.as_ref(),
        owners: &field.owners,
        moved: field.moved,
        line: field.line.shown.as_deref(),
    }
}
