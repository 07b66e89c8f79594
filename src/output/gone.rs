//! Environments that the spec no longer has, and whose folders are still there.

use std::path::Path;

use super::disk::Lies;
use super::manifest::MANIFEST;
use super::place::Place;
use super::{Options, OutputError};

/// The folders that carry our manifest and no environment's name, in order. Any other folder is none of our business.
pub(super) fn gone(place: &Place<'_>, options: &Options<'_>) -> Result<Vec<String>, OutputError> {
    let Some(current) = options.prune_environments else { return Ok(Vec::new()) };
    let mut gone = Vec::new();
    for name in place.folders()? {
        if !current.contains(&&*name) && is_ours(place, &place.home(&name))? {
            gone.push(name);
        }
    }
    Ok(gone)
}

fn is_ours(place: &Place<'_>, folder: &Path) -> Result<bool, OutputError> {
    Ok(place.disk.look(&folder.join(MANIFEST))? == Some(Lies::File))
}
