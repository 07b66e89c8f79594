//! Linux, Apple's systems and the other ones of their kind.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Exchanges two folders in one step.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(in crate::output) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        // Apple has two numbers for it, of which the standard library knows one.
        Err(Errno::NOTSUP) => Err(io::ErrorKind::Unsupported.into()),
        result => Ok(result?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(in crate::output) fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Brings a file, or the names in a folder, to the disk.
pub(in crate::output) fn flush(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::fsync(File::open(path)?)?)
}

/// Brings everything on the folder's file system to the disk.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(in crate::output) fn flush_all(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// As far as the system goes: `sync` may return before the disk is done.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(in crate::output) fn flush_all(_: &Path) -> io::Result<()> {
    rustix::fs::sync();
    Ok(())
}

/// How a new file is opened: nothing may be there, not even a link.
pub(in crate::output) fn new_file(executable: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(if executable { 0o755 } else { 0o644 });
    options
}

/// How a copy of what is not ours is opened: nobody else may read it before it has its mode.
pub(in crate::output) fn new_private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

/// How a file that may be there is opened: a link is not followed, and a pipe is not waited for.
pub(in crate::output) fn no_link(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
}

pub(in crate::output) fn new_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o755);
    builder
}

/// Whether the owner may run a file.
pub(in crate::output) fn is_executable(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & 0o100 != 0
}

/// Whether both are the same file, not only equal ones.
pub(in crate::output) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}
