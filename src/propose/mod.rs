//! A first spec for a project: a starter for an empty folder, or a proposal made from the code that is there.
//!
//! Reads files and gives texts; whoever calls it writes them. What is proposed is a guess from names and imports, and
//! every guess is said, in the spec and to the user.

mod program;
mod spec;
mod starter;

use crate::source::{Files, RelPath};

pub use starter::STARTER;

/// What `mlopsc init` would write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// New files with their texts; the spec is the first.
    pub files: Vec<(RelPath, String)>,
    /// What was assumed, a sentence each.
    pub assumptions: Vec<String>,
}

/// Proposes a spec for the project in `files`, called `name`.
#[must_use]
pub fn propose(files: &Files, name: &str) -> Proposal {
    let programs = program::find(files);
    if programs.is_empty() { starter::starter(name) } else { spec::from_programs(files, name, &programs) }
}

/// A name of the language from any text: what does not belong in it becomes `-`.
#[must_use]
pub fn name_from(text: &str) -> String {
    let word = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(word).collect();
    let name = name.trim_matches(|it: char| it == '-' || it.is_ascii_digit());
    let short: String = name.chars().take(40).collect();
    let short = short.trim_end_matches('-');
    if short.is_empty() { "project".to_owned() } else { short.to_owned() }
}
