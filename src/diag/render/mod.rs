//! One renderer for each reader of diagnostics.

mod clean;
mod excerpt;
mod github;
mod json;
mod sarif;
mod terminal;

use super::words::in_words;
use super::{Diagnostic, Spot};
use crate::source::Sources;

pub(crate) use clean::{clean, clean_json};

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: source lines, arrows and fixes; with colour or without.
    Terminal { colour: bool },
    /// One JSON document.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands, which GitHub shows as annotations.
    Github,
}

/// The text of all diagnostics: sorted by place, the worst first among equals.
#[must_use]
pub fn render(format: Format, diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_cached_key(|it| (place_key(it, sources), std::cmp::Reverse(it.severity), it.code.id));
    match format {
        Format::Terminal { colour } => terminal::render(&sorted, sources, colour),
        Format::Json => json::render(&sorted, sources),
        Format::Sarif => sarif::render(&sorted, sources),
        Format::Github => github::render(&sorted, sources),
    }
}

/// Files in the order in which they were read, then the place in the file; what has no place comes last.
fn place_key(diagnostic: &Diagnostic, sources: &Sources) -> (bool, Option<(crate::source::FileId, u32)>) {
    let span = diagnostic.labels.first().and_then(|it| it.spot.span(sources));
    (span.is_none(), span.map(|it| (it.file, it.start)))
}

/// The message with what else must be said where no source line is shown.
fn full_message(diagnostic: &Diagnostic) -> String {
    let names: Vec<String> = diagnostic.environments.iter().map(|it| format!("`{it}`")).collect();
    let message = &diagnostic.message;
    match names.as_slice() {
        [] => message.clone(),
        [one] => format!("{message} (in environment {one})"),
        several => format!("{message} (in environments {})", in_words(several)),
    }
}

/// The place of the fault itself.
fn main_spot(diagnostic: &Diagnostic) -> &Spot {
    diagnostic.labels.first().map_or(&Spot::Nowhere, |it| &it.spot)
}
