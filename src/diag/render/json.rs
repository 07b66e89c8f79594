//! Diagnostics for programs: one JSON document, whose shape is part of the command line's promise.

use serde::Serialize;

use super::{Diagnostic, clean_json, full_message};
use crate::diag::{Edit, Label, Severity, Spot};
use crate::source::{Position, Sources};

#[derive(Serialize)]
struct Document<'d> {
    /// Changes when a field goes or means something else.
    version: u32,
    diagnostics: Vec<Entry<'d>>,
}

#[derive(Serialize)]
struct Entry<'d> {
    code: &'d str,
    severity: Severity,
    message: String,
    environments: &'d [smol_str::SmolStr],
    labels: Vec<Place<'d>>,
    helps: Vec<HelpEntry<'d>>,
}

#[derive(Serialize)]
struct Place<'d> {
    file: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<smol_str::SmolStr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
    text: &'d str,
}

/// From the first character to the one after the last; lines and columns count from 1.
#[derive(Serialize)]
struct Range {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct HelpEntry<'d> {
    text: &'d str,
    edits: Vec<Place<'d>>,
}

pub(super) fn render(diagnostics: &[&Diagnostic], sources: &Sources) -> String {
    let document = Document { version: 1, diagnostics: diagnostics.iter().map(|it| entry(it, sources)).collect() };
    let text = serde_json::to_string_pretty(&document).expect("internal error: plain data is JSON");
    clean_json(text) + "\n"
}

fn entry<'d>(diagnostic: &'d Diagnostic, sources: &'d Sources) -> Entry<'d> {
    let label = |it: &'d Label| place(&it.spot, &it.text, sources);
    let edit = |it: &'d Edit| place(&it.spot, &it.text, sources);
    let helps = diagnostic.helps.iter();
    Entry {
        code: diagnostic.code.id,
        severity: diagnostic.severity,
        message: full_message(diagnostic),
        environments: &diagnostic.environments,
        labels: diagnostic.labels.iter().filter_map(label).collect(),
        helps: helps
            .map(|it| HelpEntry { text: &it.text, edits: it.edits.iter().filter_map(edit).collect() })
            .collect(),
    }
}

fn place<'d>(spot: &'d Spot, text: &'d str, sources: &'d Sources) -> Option<Place<'d>> {
    let (file, positions) = spot.location(sources)?;
    let path = match spot {
        Spot::Node(node, _) => Some(sources.path(*node)),
        _ => None,
    };
    Some(Place { file, path, range: positions.map(range), text })
}

fn range((start, end): (Position, Position)) -> Range {
    Range { line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}
