//! The tree of an environment as it should lie on the disk: its files, and the manifest that lists them.

use super::manifest::{MANIFEST, Manifest};
use super::place::is_name;
use super::{FileSet, OutputError};
use crate::source::RelPath;

/// A tree as it should be.
pub(super) struct Tree<'a> {
    pub(super) name: &'a str,
    files: Option<&'a FileSet>,
    manifest: Option<(RelPath, String)>,
}

impl<'a> Tree<'a> {
    /// The tree of an environment.
    ///
    /// # Errors
    /// The name is no name of a folder, or one that this room keeps for itself.
    ///
    /// # Panics
    /// When the files claim the manifest's path.
    pub(super) fn new(name: &'a str, files: &'a FileSet) -> Result<Self, OutputError> {
        if !is_name(name) {
            return Err(OutputError::Name(name.to_owned()));
        }
        let path = RelPath::parse(MANIFEST).expect("internal error: the manifest's path is none");
        assert!(files.get(&path).is_none(), "internal error: two files are called {path}");
        Ok(Self { name, files: Some(files), manifest: Some((path, Manifest::of(files).text())) })
    }

    /// Nothing: the tree of an environment that is gone.
    pub(super) const fn gone(name: &'a str) -> Self {
        Self { name, files: None, manifest: None }
    }

    /// The text that belongs at a path.
    pub(super) fn get(&self, path: &RelPath) -> Option<&str> {
        self.manifest().filter(|_| path.as_str() == MANIFEST).or_else(|| self.files?.get(path))
    }

    pub(super) fn manifest(&self) -> Option<&str> {
        self.manifest.as_ref().map(|(_, text)| text.as_str())
    }

    /// All files, the manifest last.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&RelPath, &str)> {
        let manifest = self.manifest.iter().map(|(path, text)| (path, text.as_str()));
        self.files.into_iter().flat_map(FileSet::iter).chain(manifest)
    }
}

/// Whether a file is meant to be run.
pub(super) fn is_executable(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending == "sh")
}
