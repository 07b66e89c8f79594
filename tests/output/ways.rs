//! The ways in which a tree takes its place, and the watch that leads a write along one of them.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use mlopsc::output::{Act, Step};

/// What the file system can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Two folders are exchanged.
    Exchange,
    /// They are, but no file has a second name.
    OneName,
    /// They cannot be, but each can be renamed.
    Journal,
    /// They can only be renamed, and no file has a second name.
    Plain,
    /// A folder of a lower layer cannot even be renamed.
    Layers,
}

pub(crate) const WAYS: [Way; 5] = [Way::Exchange, Way::OneName, Way::Journal, Way::Plain, Way::Layers];

impl Way {
    /// Refuses what the file system would, just as it would.
    pub(crate) fn allows(self, step: &Step<'_>) -> io::Result<()> {
        let is_ours = step.path.file_name().unwrap_or_default().to_string_lossy().starts_with(".mlopsc-");
        let is_environment = step.path.parent().is_some_and(|it| it.ends_with("deploy")) && !is_ours;
        match (self, step.act) {
            (Self::OneName | Self::Plain, Act::LinkFile) => Err(io::ErrorKind::PermissionDenied.into()),
            (Self::Journal | Self::Plain, Act::Exchange) => Err(io::ErrorKind::InvalidInput.into()),
            (Self::Layers, Act::Exchange) => Err(io::ErrorKind::CrossesDevices.into()),
            (Self::Layers, Act::Rename) if is_environment => Err(io::ErrorKind::CrossesDevices.into()),
            _ => Ok(()),
        }
    }

    pub(crate) const fn exchanges(self) -> bool {
        matches!(self, Self::Exchange | Self::OneName)
    }

    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }
}

/// Counts operations, and knows the one at which something is to happen.
pub(crate) struct Count {
    at: usize,
    seen: AtomicUsize,
}

impl Count {
    pub(crate) const fn to(at: usize) -> Self {
        Self { at, seen: AtomicUsize::new(0) }
    }

    /// Whether this operation is the one; the first is 0.
    pub(crate) fn is_now(&self) -> bool {
        self.seen.fetch_add(1, Ordering::Relaxed) == self.at
    }

    /// Whether the one has been.
    pub(crate) fn is_past(&self) -> bool {
        self.seen.load(Ordering::Relaxed) > self.at
    }
}
