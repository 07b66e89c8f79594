//! One renderer for each reader of a diff. What comes from a cluster is made safe for each of them.

mod json;
mod markdown;
mod terminal;
mod text;

use super::model::Report;

/// How a diff is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people; with `all`, what would not change is listed too.
    Terminal { colour: bool, all: bool },
    /// One JSON document.
    Json,
    /// A comment on a pull request.
    Markdown,
}

/// The diff of one environment.
#[derive(Clone, Copy, Debug)]
pub struct Page<'p> {
    /// The environment, or the folder that is wanted.
    pub title: &'p str,
    /// What it was compared with: a context, or a path.
    pub with: &'p str,
    pub report: &'p Report,
}

/// The text of all pages.
#[must_use]
pub fn render(format: Format, pages: &[Page<'_>]) -> String {
    match format {
        Format::Terminal { colour, all } => terminal::render(pages, colour, all),
        Format::Json => json::render(pages),
        Format::Markdown => markdown::render(pages),
    }
}
