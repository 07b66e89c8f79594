//! The files of one environment, in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::RelPath;

/// Texts by their path below the environment's folder, in the order of the paths, and the paths of guests.
///
/// A guest is a file that people put among ours, because something reads it there, and that is never ours: a secret,
/// mostly. A write leaves it as it is, a check does not look at it, and no manifest lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    texts: BTreeMap<RelPath, String>,
    guests: BTreeSet<RelPath>,
}

impl FileSet {
    /// Adds a file.
    ///
    /// # Panics
    /// When the path is taken: two parts of the compiler claim the same file.
    pub fn add(&mut self, path: RelPath, text: String) {
        assert!(!self.guests.contains(&path), "internal error: {path} is a guest's");
        let old = self.texts.insert(path.clone(), text);
        assert!(old.is_none(), "internal error: two files are called {path}");
    }

    /// Welcomes a guest at this very path, whether it is there or not.
    ///
    /// # Panics
    /// When the path is one of our files'.
    pub fn welcome(&mut self, path: RelPath) {
        assert!(!self.texts.contains_key(&path), "internal error: {path} is no guest");
        self.guests.insert(path);
    }

    #[must_use]
    pub fn get(&self, path: &RelPath) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&RelPath, &str)> {
        self.texts.iter().map(|(path, text)| (path, text.as_str()))
    }

    #[must_use]
    pub const fn guests(&self) -> &BTreeSet<RelPath> {
        &self.guests
    }
}
