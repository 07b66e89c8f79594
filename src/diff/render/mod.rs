//! One renderer for each reader of a diff. What comes from a cluster is made safe for each of them.

mod columns;
mod findings;
mod fold;
mod json;
mod markdown;
mod terminal;
mod text;

use super::model::Report;
use crate::diag;
use crate::source::Sources;

pub use json::{failed, schema, schema_text};

/// How a diff is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Terminal(Terminal),
    /// One JSON document.
    Json,
    /// A comment on a pull request.
    Markdown,
    /// As findings at lines of the spec, in a format of diagnostics.
    Findings(diag::Format),
}

/// How a diff is written for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    pub colour: bool,
    /// Whether what would not change is listed too.
    pub all: bool,
    /// The width in characters where both sides stand beside each other; without it one stands below the other.
    pub columns: Option<usize>,
}

/// The diff of one environment.
#[derive(Clone, Copy, Debug)]
pub struct Page<'p> {
    /// The environment, or the folder that is wanted.
    pub title: &'p str,
    /// What it was compared with: a context, a revision, or a path.
    pub with: &'p str,
    pub report: &'p Report,
}

/// The text of all pages; `sources` are the texts that their lines are from.
#[must_use]
pub fn render(format: Format, pages: &[Page<'_>], sources: &Sources) -> String {
    match format {
        Format::Terminal(how) => terminal::render(pages, how),
        Format::Json => json::render(pages),
        Format::Markdown => markdown::render(pages),
        Format::Findings(format) => findings::render(format, pages, sources),
    }
}
