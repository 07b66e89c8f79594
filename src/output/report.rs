//! What a write did.

use std::path::Path;

use super::manifest::MANIFEST;
use super::survey::{Survey, Verdict};
use super::tree::Tree;
use crate::source::RelPath;

/// What a write did to each environment: those that it was given in their order, then those that are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub environments: Vec<Written>,
}

/// What a write did to an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub environment: String,
    pub outcome: Outcome,
    /// Guests that are welcome and not there, in order.
    pub absent: Vec<RelPath>,
}

impl Written {
    pub(super) fn of(tree: &Tree<'_>, survey: &Survey) -> Self {
        let absent = tree.guests().iter().filter(|it| !survey.guests.contains(it)).cloned().collect();
        Self { environment: tree.name.to_owned(), outcome: Outcome::of(survey), absent }
    }

    pub(super) fn of_gone(name: &str, survey: &Survey) -> Self {
        Self { environment: name.to_owned(), outcome: Outcome::of_gone(survey), absent: Vec::new() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not touched.
    Unchanged,
    /// Replaced. The counts are of files, without the manifest; all may be 0 if only that changed.
    Replaced { added: usize, changed: usize, removed: usize },
    /// Removed, with all its files.
    Removed { files: usize },
}

impl Outcome {
    /// What follows from what lay there, for an environment that there is.
    pub(super) fn of(survey: &Survey) -> Self {
        let count = |is: fn(Verdict) -> bool| {
            let files = survey.findings.iter().filter(|it| it.path != Path::new(MANIFEST));
            files.filter(|it| is(it.verdict)).count()
        };
        if survey.findings.is_empty() && survey.exists {
            return Self::Unchanged;
        }
        Self::Replaced {
            added: count(|it| it == Verdict::Missing),
            changed: count(|it| matches!(it, Verdict::Changed { .. })),
            removed: count(|it| matches!(it, Verdict::Stale { .. })),
        }
    }

    /// The same for one that is gone: all that lay there is stale.
    fn of_gone(survey: &Survey) -> Self {
        Self::Removed { files: survey.findings.len().saturating_sub(1) }
    }
}
