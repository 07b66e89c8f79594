//! The files of one environment, in memory.

use std::collections::BTreeMap;

use crate::source::RelPath;

/// Texts by their path below the environment's folder, in the order of the paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet(BTreeMap<RelPath, String>);

impl FileSet {
    /// Adds a file.
    ///
    /// # Panics
    /// When the path is taken: two parts of the compiler claim the same file.
    pub fn add(&mut self, path: RelPath, text: String) {
        let old = self.0.insert(path.clone(), text);
        assert!(old.is_none(), "internal error: two files are called {path}");
    }

    #[must_use]
    pub fn get(&self, path: &RelPath) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&RelPath, &str)> {
        self.0.iter().map(|(path, text)| (path, text.as_str()))
    }
}
