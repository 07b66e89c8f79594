//! Guests: files of other people among ours, and how they get from the old tree into the new one.
//!
//! The new tree is built with a second name (a hard link) for each guest, so that from the first moment to the last one
//! it has at least one name in a tree that counts. It stays the same file, with its owner, mode and times, and no second
//! copy of a secret comes to lie on the disk. To rename it would not do: between that and the exchange of the folders,
//! one of the two trees is without it. To copy it is the way where there are no second names (FAT, some network file
//! systems, a guest of another user where the kernel protects those): the copy is on the disk before the exchange, and
//! afterwards the original is renamed over it.
//!
//! That last step also keeps what somebody saved anew, or put there, while the tree was built. A guest that cannot be
//! carried is a fault like a full disk: nothing is exchanged.

use std::path::{Path, PathBuf};

use super::OutputError;
use super::disk::{Disk, Lies};
use crate::source::RelPath;

/// Gives guests of one tree a second name in another, and notes the files that had to be copied.
///
/// It comes after the files of the tree, among which is what tells version control to pass guests over.
pub(super) fn carry(
    disk: Disk<'_>,
    from: &Path,
    to: &Path,
    guests: &[RelPath],
    copied: &mut Vec<PathBuf>,
) -> Result<(), OutputError> {
    for guest in guests {
        let (old, new) = (from.join(guest.as_str()), to.join(guest.as_str()));
        if disk.link_file(&old, &new).is_err() {
            disk.copy_file(&old, &new)?;
            copied.push(new);
        }
    }
    Ok(())
}

/// Moves the guests of an old tree over those that were carried from it, unless they are the same files.
pub(super) fn keep_originals<'a>(
    disk: Disk<'_>,
    from: &Path,
    to: &Path,
    guests: impl IntoIterator<Item = &'a RelPath>,
) -> Result<(), OutputError> {
    for guest in guests {
        let (old, new) = (from.join(guest.as_str()), to.join(guest.as_str()));
        let is_there = disk.look(&old)? == Some(Lies::File);
        if is_there && !(disk.look(&new)?.is_some() && disk.is_same(&old, &new)?) {
            disk.rename(&old, &new)?;
            disk.flush(&to.join(guest.parent().as_str()))?;
        }
    }
    Ok(())
}
