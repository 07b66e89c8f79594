//! Every file operation of this room, each announced before it happens.
//!
//! The announcement is what a test needs to stop the process at any operation, or to let any one fail, and what a
//! caller needs to show how far a long write is. No other file of the room calls the system.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use super::{OutputError, system};

type Result<T> = std::result::Result<T, OutputError>;

/// Is told of every operation before it happens; an error stands for the operation's own.
pub type Watch<'a> = &'a (dyn Fn(&Step<'_>) -> io::Result<()> + Sync);

/// An operation that is about to happen.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    pub act: Act,
    pub path: &'a Path,
}

/// What can happen to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Looks at what is there, or which names a folder has.
    Look,
    Read,
    CreateFolder,
    CreateFile,
    /// The second half of a file's text. Announced apart only when somebody watches.
    FillFile,
    /// A second name for a file that stays as it is.
    LinkFile,
    Rename,
    Exchange,
    Remove,
    /// Brings what was written to the disk.
    Flush,
    Lock,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Look => "look at",
            Self::Read => "read",
            Self::CreateFolder => "create the folder",
            Self::CreateFile | Self::LinkFile => "create",
            Self::FillFile => "write",
            Self::Rename => "rename",
            Self::Exchange => "replace",
            Self::Remove => "remove",
            Self::Flush => "bring to the disk what was written to",
            Self::Lock => "lock",
        })
    }
}

/// What is at a path. A link is a link, wherever it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lies {
    File,
    Folder,
    Link,
    /// A socket, a pipe, a device: never opened.
    Other,
}

impl From<fs::FileType> for Lies {
    fn from(it: fs::FileType) -> Self {
        match () {
            () if it.is_symlink() => Self::Link,
            () if it.is_dir() => Self::Folder,
            () if it.is_file() => Self::File,
            () => Self::Other,
        }
    }
}

/// The disk.
#[derive(Clone, Copy)]
pub(super) struct Disk<'a> {
    watch: Option<Watch<'a>>,
}

impl<'a> Disk<'a> {
    pub(super) const fn new(watch: Option<Watch<'a>>) -> Self {
        Self { watch }
    }

    /// What is at a path, if anything.
    pub(super) fn look(&self, path: &Path) -> Result<Option<Lies>> {
        let found = self.run(Act::Look, path, || fs::symlink_metadata(path));
        match found {
            Ok(metadata) => Ok(Some(metadata.file_type().into())),
            Err(error) if error.kind() == Some(io::ErrorKind::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names in a folder, in the order of the disk.
    pub(super) fn list(&self, folder: &Path) -> Result<Vec<(OsString, Lies)>> {
        self.run(Act::Look, folder, || {
            let entry = |it: io::Result<fs::DirEntry>| it.and_then(|it| Ok((it.file_name(), it.file_type()?.into())));
            fs::read_dir(folder)?.map(entry).collect()
        })
    }

    /// A file, open for reading.
    pub(super) fn open(&self, path: &Path) -> Result<File> {
        self.run(Act::Read, path, || system::no_link(OpenOptions::new().read(true)).open(path))
    }

    /// The bytes of a file, but no more than `limit` of them.
    pub(super) fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.open(path)?.take(limit).read_to_end(&mut bytes);
        read.map(|_| bytes).map_err(OutputError::disk(Act::Read, path))
    }

    pub(super) fn create_folder(&self, path: &Path) -> Result<()> {
        self.run(Act::CreateFolder, path, || system::new_folder().create(path))
    }

    /// A folder and those that it is in, as far as they are missing.
    pub(super) fn create_folders(&self, path: &Path) -> Result<()> {
        self.run(Act::CreateFolder, path, || system::new_folder().recursive(true).create(path))
    }

    pub(super) fn create_file(&self, path: &Path, text: &str, executable: bool) -> Result<()> {
        let mut file = self.run(Act::CreateFile, path, || system::new_file(executable).open(path))?;
        let (first, second) =
            if self.watch.is_some() { text.as_bytes().split_at(text.len() / 2) } else { (text.as_bytes(), &[][..]) };
        file.write_all(first).map_err(OutputError::disk(Act::FillFile, path))?;
        if second.is_empty() { Ok(()) } else { self.run(Act::FillFile, path, || file.write_all(second)) }
    }

    pub(super) fn link_file(&self, old: &Path, new: &Path) -> Result<()> {
        self.run(Act::LinkFile, new, || fs::hard_link(old, new))
    }

    /// A copy of a file with its mode and its time, and never more readable than it.
    pub(super) fn copy_file(&self, old: &Path, new: &Path) -> Result<()> {
        let mut from = self.open(old)?;
        let mut to = self.run(Act::CreateFile, new, || system::new_private_file().open(new))?;
        self.run(Act::FillFile, new, || {
            io::copy(&mut from, &mut to)?;
            let metadata = from.metadata()?;
            to.set_modified(metadata.modified()?)?;
            to.set_permissions(metadata.permissions())
        })
    }

    /// Whether both paths are names of the same file.
    pub(super) fn is_same(&self, one: &Path, other: &Path) -> Result<bool> {
        let look = |path| self.run(Act::Look, path, || fs::symlink_metadata(path));
        Ok(system::is_same(&look(one)?, &look(other)?))
    }

    pub(super) fn rename(&self, old: &Path, new: &Path) -> Result<()> {
        self.run(Act::Rename, old, || fs::rename(old, new))
    }

    /// Exchanges two folders; `false` where that cannot be had.
    pub(super) fn exchange(&self, one: &Path, other: &Path) -> Result<bool> {
        match self.run(Act::Exchange, other, || system::exchange(one, other)) {
            Err(OutputError::Disk { source, .. }) if system::is_unsupported(&source) => Ok(false),
            result => result.map(|()| true),
        }
    }

    pub(super) fn remove_file(&self, path: &Path) -> Result<()> {
        self.run(Act::Remove, path, || fs::remove_file(path))
    }

    pub(super) fn remove_folder(&self, path: &Path) -> Result<()> {
        self.run(Act::Remove, path, || fs::remove_dir(path))
    }

    /// Brings a file, or the names in a folder, to the disk.
    pub(super) fn flush(&self, path: &Path) -> Result<()> {
        self.run(Act::Flush, path, || system::flush(path))
    }

    /// Brings everything on the folder's file system to the disk.
    pub(super) fn flush_all(&self, folder: &Path) -> Result<()> {
        self.run(Act::Flush, folder, || system::flush_all(folder))
    }

    /// A file to lock, made if need be.
    pub(super) fn open_lock(&self, path: &Path) -> Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        self.run(Act::CreateFile, path, || system::no_link(&mut options).open(path))
    }

    /// Locks a file for this process; `false` if another one has it.
    pub(super) fn lock(&self, file: &File, path: &Path) -> Result<bool> {
        self.run(Act::Lock, path, || match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        })
    }

    fn run<T>(&self, act: Act, path: &Path, operation: impl FnOnce() -> io::Result<T>) -> Result<T> {
        let allowed = self.watch.map_or(Ok(()), |watch| watch(&Step { act, path }));
        allowed.and_then(|()| operation()).map_err(OutputError::disk(act, path))
    }
}
