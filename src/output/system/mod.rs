//! What differs from system to system: exchange, flush, modes and the identity of a file.
//!
//! Nothing else in this room asks for the system. Where a system cannot exchange two folders it says
//! [`Unsupported`](io::ErrorKind::Unsupported), and the journal takes over.

#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod unix;

use std::io;

#[cfg(not(unix))]
pub(super) use elsewhere::{
    exchange, flush, flush_all, is_executable, is_same, new_file, new_folder, new_private_file, no_link,
};
#[cfg(unix)]
pub(super) use unix::{
    exchange, flush, flush_all, is_executable, is_same, new_file, new_folder, new_private_file, no_link,
};

/// Whether an exchange failed because it cannot be had here.
///
/// An old kernel does not know the call, NFS and FUSE do not know the flag, and overlayfs (a container's own layers)
/// moves no folder of a lower layer.
pub(super) fn is_unsupported(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, InvalidInput, Unsupported};
    matches!(error.kind(), Unsupported | InvalidInput | CrossesDevices)
}
