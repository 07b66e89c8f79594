//! What all environments of a project are planned from.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{Lock, LockFile};
use crate::source::{Files, RelPath};

/// The project's files and its `mlops.lock`. Lock files of languages are read once, for all programs and environments.
pub struct Inputs<'p> {
    pub files: &'p Files,
    pub lock_file: &'p LockFile,
    locks: Mutex<BTreeMap<RelPath, Lock>>,
}

impl<'p> Inputs<'p> {
    #[must_use]
    pub fn new(files: &'p Files, lock_file: &'p LockFile) -> Self {
        Self { files, lock_file, locks: Mutex::default() }
    }

    /// A lock file as it was read, or as `read` does now.
    pub(super) fn lock(&self, path: &RelPath, read: impl FnOnce() -> Lock) -> Lock {
        let mut locks = self.locks.lock().expect("internal error: poisoned lock");
        locks.entry(path.clone()).or_insert_with(read).clone()
    }
}
