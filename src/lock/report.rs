//! What became of every image.

use crate::plan::{Digests, Locked};

/// What became of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is still the one that was locked.
    Same,
    /// It had no digest yet.
    New,
    /// Its tag stands for another digest than it did.
    Moved,
    /// Its digest is the same, and what else is known of it was not written down.
    Completed,
    /// It could not be had, and keeps the digest that it had.
    Kept,
    /// It could not be had, and has no digest.
    Failed,
    /// It was built for its environment, from other files than these; only a build makes it right.
    Outdated,
    /// Nothing uses it any more.
    Unused,
}

impl Verdict {
    /// The word in every output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::New => "new",
            Self::Moved => "moved",
            Self::Completed => "completed",
            Self::Kept => "kept",
            Self::Failed => "failed",
            Self::Outdated => "outdated",
            Self::Unused => "unused",
        }
    }
}

/// Why an image could not be had, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub why: String,
    pub way_out: String,
}

/// One image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The environment of an image of the project; `None` for one that is fetched.
    pub environment: Option<String>,
    /// The full reference of one that is fetched, the name of one of the project's.
    pub name: String,
    pub verdict: Verdict,
    pub was: Option<Locked>,
    pub now: Option<Locked>,
    pub trouble: Option<Trouble>,
}

/// Everything that was looked at.
#[derive(Clone, Debug)]
pub struct Report {
    pub entries: Vec<Entry>,
    /// What the lock file should say.
    pub digests: Digests,
    /// What else the reader should know, a sentence each.
    pub notes: Vec<String>,
}

impl Report {
    /// Whether the lock file is not what [`digests`](Self::digests) says.
    #[must_use]
    pub fn differs(&self) -> bool {
        let is_change =
            |it: &Entry| matches!(it.verdict, Verdict::New | Verdict::Moved | Verdict::Completed | Verdict::Unused);
        self.entries.iter().any(is_change)
    }

    /// Whether some image has to be built again.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        self.entries.iter().any(|it| it.verdict == Verdict::Outdated)
    }

    /// Whether some image could not be had.
    #[must_use]
    pub fn has_trouble(&self) -> bool {
        self.entries.iter().any(|it| it.trouble.is_some())
    }
}
