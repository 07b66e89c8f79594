//! First files of a project: written only where nothing is.

use std::path::Path;

use super::OutputError;
use super::disk::{Act, Disk};
use crate::source::RelPath;

/// Writes files that are not there yet into `folder`, which is made if need be. What is there is never written over.
///
/// # Errors
/// A file is there already, or the disk refuses. Files that were written before the fault are taken away again.
pub fn create_new(folder: &Path, files: &[(RelPath, String)]) -> Result<(), OutputError> {
    let disk = Disk::new(None);
    disk.create_folders(folder)?;
    for (index, (path, text)) in files.iter().enumerate() {
        if let Err(error) = create(disk, folder, path, text) {
            // One that was made and not filled is ours too; one that was there before is not.
            let is_made = matches!(error, OutputError::Disk { act: Act::FillFile, .. });
            for (earlier, _) in &files[..index + usize::from(is_made)] {
                // The first fault is the one to report.
                let _ = disk.remove_file(&folder.join(earlier.as_str()));
            }
            return Err(error);
        }
    }
    Ok(())
}

fn create(disk: Disk<'_>, folder: &Path, path: &RelPath, text: &str) -> Result<(), OutputError> {
    disk.create_folders(&folder.join(path.parent().as_str()))?;
    disk.create_file(&folder.join(path.as_str()), text, false)
}
