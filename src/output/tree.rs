//! The tree of an environment as it should lie on the disk: its files, the manifest that lists them, and its guests.

use std::collections::BTreeSet;

use super::manifest::{MANIFEST, Manifest};
use super::place::is_name;
use super::{FileSet, OutputError};
use crate::source::RelPath;

static NONE: BTreeSet<RelPath> = BTreeSet::new();

/// A tree as it should be.
pub(super) struct Tree<'a> {
    pub(super) name: &'a str,
    files: Option<&'a FileSet>,
    manifest: Option<(RelPath, String)>,
    guests: &'a BTreeSet<RelPath>,
}

impl<'a> Tree<'a> {
    /// The tree of an environment.
    ///
    /// # Errors
    /// The name is no name of a folder, or one that this room keeps for itself.
    ///
    /// # Panics
    /// When the files, or a guest, claim the manifest's path.
    pub(super) fn new(name: &'a str, files: &'a FileSet) -> Result<Self, OutputError> {
        if !is_name(name) {
            return Err(OutputError::Name(name.to_owned()));
        }
        let path = RelPath::parse(MANIFEST).expect("internal error: the manifest's path is none");
        let is_taken = files.get(&path).is_some() || files.guests().contains(&path);
        assert!(!is_taken, "internal error: two files are called {path}");
        let manifest = Some((path, Manifest::of(files).text()));
        Ok(Self { name, files: Some(files), manifest, guests: files.guests() })
    }

    /// Nothing: the tree of an environment that is gone. It has no guests, so none is ever removed with it.
    pub(super) const fn gone(name: &'a str) -> Self {
        Self { name, files: None, manifest: None, guests: &NONE }
    }

    /// Nothing but guests.
    pub(super) const fn of_guests(name: &'a str, guests: &'a BTreeSet<RelPath>) -> Self {
        Self { name, files: None, manifest: None, guests }
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

    /// The paths of guests, whether they are there or not.
    pub(super) const fn guests(&self) -> &'a BTreeSet<RelPath> {
        self.guests
    }
}

/// Whether a file is meant to be run.
pub(super) fn is_executable(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending == "sh")
}
