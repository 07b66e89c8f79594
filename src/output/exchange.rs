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

use std::io;

use super::obstacles::Obstacles;
use super::place::{Leftover, Place};
use super::stage::discard;
use super::survey::survey;
use super::tree::Tree;
use super::{OutputError, walk};

/// Puts the staged tree of an environment in its place. The old one is on the stage afterwards.
pub(super) fn put_in_place(place: &Place<'_>, name: &str) -> Result<(), OutputError> {
    let Place { disk, out } = *place;
    let (home, stage, next) = (place.home(name), place.stage(name), place.next(name));
    if disk.look(&home)?.is_none() {
        return disk.rename(&stage, &home);
    }
    if disk.exchange(&stage, &home)? {
        return Ok(());
    }
    disk.rename(&stage, &next)?;
    disk.flush(out)?;
    finish(place, name)
}

/// Clears away what earlier runs left. The caller holds the lock, so none of them is still at work.
pub(super) fn recover(place: &Place<'_>, force: bool) -> Result<(), OutputError> {
    for leftover in place.leftovers()? {
        match leftover {
            Leftover::Next(name) => {
                let mut obstacles = Obstacles::default();
                for folder in [place.home(&name), place.next(&name)] {
                    obstacles.note(&folder, &survey(place.disk, &folder, &Tree::gone(&name))?, force)?;
                }
                obstacles.refuse()?;
                finish(place, &name)?;
                discard(place, &name)?;
            }
            Leftover::Stage(name) => discard(place, &name)?,
            Leftover::Lock => {}
        }
    }
    Ok(())
}

/// Moves an environment's tree to its stage, from where it is removed; `false` where it had to be removed at once.
///
/// A file system of layers does not move a folder of a lower layer.
pub(super) fn set_aside(place: &Place<'_>, name: &str) -> Result<bool, OutputError> {
    let home = place.home(name);
    match place.disk.rename(&home, &place.stage(name)) {
        Err(error) if error.kind() == Some(io::ErrorKind::CrossesDevices) => {
            walk::remove(place.disk, &home).map(|()| false)
        }
        renamed => renamed.map(|()| true),
    }
}

/// The second half of the journal's way: the next tree is there and complete.
fn finish(place: &Place<'_>, name: &str) -> Result<(), OutputError> {
    let Place { disk, out } = *place;
    let (home, next) = (place.home(name), place.next(name));
    let mut is_aside = false;
    if disk.look(&home)?.is_some() {
        discard(place, name)?;
        is_aside = set_aside(place, name)?;
    }
    let placed = disk.rename(&next, &home);
    if placed.is_err() && is_aside {
        // Better the old tree than none; the next run tries again.
        let _ = disk.rename(&place.stage(name), &home);
    }
    placed?;
    disk.flush(out)
}
