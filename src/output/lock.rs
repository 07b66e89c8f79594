//! One run at a time.
//!
//! The system frees a lock when its process ends, however it ends. The file that carries it is removed with it, so that
//! nobody commits it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::place::Place;
use super::{OutputError, system};

/// The right to write to an output folder, for as long as it lives.
pub(super) struct Lock<'a> {
    disk: Disk<'a>,
    path: PathBuf,
    file: File,
}

impl<'a> Lock<'a> {
    /// # Errors
    /// Another run has it, or the folder cannot be written to.
    pub(super) fn take(place: &Place<'a>) -> Result<Self, OutputError> {
        let path = place.lock();
        loop {
            let file = place.disk.open_lock(&path)?;
            if !place.disk.lock(&file, &path)? {
                return Err(OutputError::Busy { lock: path });
            }
            if is_still_at(&file, &path) {
                return Ok(Self { disk: place.disk, path, file });
            }
        }
    }
}

impl Drop for Lock<'_> {
    /// Removes the file before the lock is freed: after that, another run may have it.
    ///
    /// Closing the file is not enough: a process that is just being started elsewhere in ours shares it for a moment.
    fn drop(&mut self) {
        let _ = self.disk.remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// The run before may have removed the file between our opening and our locking it; then it locks nothing.
fn is_still_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(ours), Ok(there)) => system::is_same(&ours, &there),
        _ => false,
    }
}
