//! Systems without modes, that exchange no folders and open none to flush it.

use std::fs::{DirBuilder, Metadata, OpenOptions};
use std::io;
use std::path::Path;

pub(in crate::output) fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(in crate::output) fn flush(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(in crate::output) fn flush_all(_: &Path) -> io::Result<()> {
    Ok(())
}

pub(in crate::output) fn new_file(_: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

pub(in crate::output) fn new_private_file() -> OpenOptions {
    new_file(false)
}

pub(in crate::output) fn no_link(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

pub(in crate::output) fn new_folder() -> DirBuilder {
    DirBuilder::new()
}

pub(in crate::output) fn is_executable(_: &Metadata) -> bool {
    true
}

/// A file that is open cannot be removed here, so the one at its path is the same.
pub(in crate::output) fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}
