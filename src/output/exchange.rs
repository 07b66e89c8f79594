//! A staged tree takes the place of the old one, in one step where the system can.
//!
//! Two folders are exchanged by one call, so a reader finds the old tree or the new one whenever it looks. Where that
//! call cannot be had, the name of a folder is the journal:
//!
//! 1. the stage, complete and on the disk, is renamed to `.mlopsc-next-<environment>`: from now on the new tree counts;
//! 2. the old tree is renamed to the stage's name, or removed where it lies if the file system moves no folders;
//! 3. the next tree is renamed to the environment's name.
//!
//! A run that ends between 1 and 3 is finished by the next one, under the same rule as any write: what is foreign or
//! edited in the old tree by then is refused. A reader may meanwhile find no tree, or part of the old one.
//!
//! The next run may not know the environment any more, so the journal speaks for itself: what lies in a complete tree
//! beside the files of its manifest are the guests that were carried into it, and in the old tree the same paths are
//! theirs too.

use std::collections::BTreeSet;
use std::io;

use super::guests::keep_originals;
use super::obstacles::Obstacles;
use super::place::{Leftover, Place};
use super::stage::discard;
use super::survey::{survey, unlisted};
use super::tree::Tree;
use super::{OutputError, walk};
use crate::source::RelPath;

/// Puts the staged tree of an environment in its place. The old one is on the stage afterwards.
pub(super) fn put_in_place(place: &Place<'_>, tree: &Tree<'_>) -> Result<(), OutputError> {
    let (Place { disk, out }, name) = (*place, tree.name);
    let (home, stage, next) = (place.home(name), place.stage(name), place.next(name));
    if disk.look(&home)?.is_none() {
        return disk.rename(&stage, &home);
    }
    if disk.exchange(&stage, &home)? {
        return keep_originals(disk, &stage, &home, tree.guests());
    }
    disk.rename(&stage, &next)?;
    disk.flush(out)?;
    finish(place, name, tree.guests())
}

/// Clears away what earlier runs left. The caller holds the lock, so none of them is still at work.
pub(super) fn recover(place: &Place<'_>, force: bool) -> Result<(), OutputError> {
    for leftover in place.leftovers()? {
        match leftover {
            Leftover::Next(name) => {
                let guests = unlisted(place.disk, &place.next(&name))?;
                let mut obstacles = Obstacles::default();
                for folder in [place.home(&name), place.next(&name)] {
                    let tree = Tree::of_guests(&name, &guests);
                    obstacles.note(&folder, &survey(place.disk, &folder, &tree)?, force)?;
                }
                obstacles.refuse()?;
                finish(place, &name, &guests)?;
                discard(place, &name)?;
            }
            Leftover::Stage(name) => discard(place, &name)?,
            Leftover::Lock => {}
        }
    }
    Ok(())
}

/// Moves an environment's tree to its stage, from where it is removed; `false` where it has to be removed as it lies.
///
/// A file system of layers does not move a folder of a lower layer.
pub(super) fn set_aside(place: &Place<'_>, name: &str) -> Result<bool, OutputError> {
    match place.disk.rename(&place.home(name), &place.stage(name)) {
        Err(error) if error.kind() == Some(io::ErrorKind::CrossesDevices) => Ok(false),
        renamed => renamed.map(|()| true),
    }
}

/// The second half of the journal's way: the next tree is there and complete.
fn finish(place: &Place<'_>, name: &str, guests: &BTreeSet<RelPath>) -> Result<(), OutputError> {
    let Place { disk, out } = *place;
    let (home, stage, next) = (place.home(name), place.stage(name), place.next(name));
    let mut is_aside = false;
    if disk.look(&home)?.is_some() {
        discard(place, name)?;
        is_aside = set_aside(place, name)?;
        if !is_aside {
            keep_originals(disk, &home, &next, guests)?;
            walk::remove(disk, &home)?;
        }
    }
    let placed = disk.rename(&next, &home);
    if placed.is_err() && is_aside {
        // Better the old tree than none; the next run tries again.
        let _ = disk.rename(&stage, &home);
    }
    placed?;
    keep_originals(disk, &stage, &home, guests)?;
    disk.flush(out)
}
