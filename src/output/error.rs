//! Why nothing, or not everything, was written.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::{Act, Obstacles};

/// Why nothing, or not everything, was written.
///
/// Whatever it says, each environment's folder still holds the old tree or already holds the new one.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error("cannot {act} {}: {source}", Shown(path))]
    Disk { act: Act, path: PathBuf, source: io::Error },
    #[error("the output folder {} leads outside the project's folder {}", Shown(out), Shown(project))]
    Outside { out: PathBuf, project: PathBuf },
    #[error("the output folder {} is not a folder", Shown(path))]
    NotAFolder { path: PathBuf },
    #[error("an environment cannot be called `{}`", .0.escape_debug())]
    Name(String),
    #[error("{0}")]
    InTheWay(Obstacles),
    #[error(
        "cannot tell which files are ours: {} is damaged: {reason}\n\
         restore it from version control, or delete its folder and compile again",
        Shown(path)
    )]
    Manifest { path: PathBuf, reason: String },
    #[error("another run is writing: {} is locked", Shown(lock))]
    Busy { lock: PathBuf },
}

impl OutputError {
    pub(super) fn disk(act: Act, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Disk { act, path: path.to_owned(), source }
    }

    /// What the system said, if this is about the disk.
    pub(super) fn kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Disk { source, .. } => Some(source.kind()),
            _ => None,
        }
    }
}

/// A path in a message. A name may hold what a terminal obeys, so that is escaped.
pub(super) struct Shown<'a>(pub(super) &'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.to_string_lossy();
        f.write_str("`")?;
        path.chars().try_for_each(|it| {
            if it.is_control() { write!(f, "{}", it.escape_default()) } else { write!(f, "{it}") }
        })?;
        f.write_str("`")
    }
}
