//! A first spec for a project: a starter for an empty folder, or a proposal made from the code that is there.
//!
//! Reads files and gives texts; whoever calls it writes them. Programs are read line by line, never run and never
//! parsed as a whole: what is proposed is a guess from names, imports and calls, and every guess is said, in the spec
//! and to the user.

mod data;
mod find;
mod lines;
mod lock;
mod options;
mod program;
mod share;
mod spec;
mod starter;
mod web;

use crate::source::{Files, RelPath};

pub use starter::STARTER;

/// What every proposal assumes of the registry.
const PLACEHOLDER: &str = "registry.example.org/team is a placeholder: write the registry that your cluster pulls from";

/// What `mlopsc init` would write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// New files with their texts; the spec is the first. Empty where nothing here can be proposed.
    pub files: Vec<(RelPath, String)>,
    /// What was assumed, a sentence each.
    pub assumptions: Vec<String>,
    /// What is still to be done by hand, a sentence each.
    pub missing: Vec<String>,
    /// What was seen and not taken, with the reason.
    pub passed_over: Vec<String>,
}

/// Proposes a spec for the project in `files`, called `name`.
#[must_use]
pub fn propose(files: &Files, name: &str) -> Proposal {
    let found = find::find(files);
    if found.is_empty() { starter::starter(name) } else { spec::proposal(files, name, found) }
}

/// A name of the language from any text: what does not belong in it becomes `-`. A text without a letter is a number
/// behind `otherwise`, or `otherwise` alone.
#[must_use]
pub fn name_from(text: &str, otherwise: &str) -> String {
    let word = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let plain: String = text.chars().map(word).collect();
    let parts: Vec<&str> = plain.split('-').filter(|it| !it.is_empty()).collect();
    let name = parts.join("-");
    // `01-prepare` is the first of several; `2d-unet` loses its `2`, for want of a better way.
    let letters = name.trim_start_matches(|it: char| it == '-' || it.is_ascii_digit());
    let name = match (letters.is_empty(), name.is_empty()) {
        (false, _) => letters.to_owned(),
        (true, false) => format!("{otherwise}-{name}"),
        (true, true) => otherwise.to_owned(),
    };
    shortened(&name, LONGEST).to_owned()
}

/// The most characters of a name (`spec::Name`).
const LONGEST: usize = 40;

/// The first characters of a name, without a `-` at the end.
fn shortened(name: &str, most: usize) -> &str {
    name[..name.len().min(most)].trim_end_matches('-')
}

/// A name that is not taken yet, and is from now on.
fn free_name(name: &str, taken: &mut Vec<String>) -> String {
    let numbered = |number: usize| {
        let ending = format!("-{number}");
        format!("{}{ending}", shortened(name, LONGEST - ending.len()))
    };
    let mut names = std::iter::once(name.to_owned()).chain((2..).map(numbered));
    let free = names.find(|it| !taken.contains(it)).expect("internal error: numbers do not end");
    taken.push(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Name;

    #[test]
    fn every_text_becomes_a_name() {
        let long = "a".repeat(80);
        let dashes = "a-".repeat(40);
        let cases = [
            ("train", "train"),
            ("Train_Model", "train-model"),
            ("01_prepare", "prepare"),
            ("train2", "train2"),
            ("2024", "it-2024"),
            ("", "it"),
            ("数据", "it"),
            ("Prüfung", "pr-fung"),
            ("__init__", "init"),
            ("a  b", "a-b"),
            (&long, &long[..40]),
            (&dashes, &dashes[..39]),
        ];
        for (text, expected) in cases {
            let name = name_from(text, "it");
            assert_eq!(name, expected, "of {text}");
            assert_eq!(Name::check(&name), Ok(()), "of {text}");
        }
    }

    #[test]
    fn names_that_collide_are_told_apart() {
        let mut taken = Vec::new();
        let long = "a".repeat(40);
        let names: Vec<String> = [&long, &long, "b", "b"].iter().map(|it| free_name(it, &mut taken)).collect();
        assert_eq!(names, [long.clone(), format!("{}-2", &long[..38]), "b".to_owned(), "b-2".to_owned()]);
        assert!(names.iter().all(|it| Name::check(it).is_ok()));
    }
}
