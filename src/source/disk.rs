//! A folder of the disk. Each file, folder and kind is looked at once: what was read stays as it was, so that
//! everything that one run makes is made of the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, FileType, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{FileError, RelPath};

/// Larger files (bytes) are read again when they are asked for again.
const REMEMBERED: usize = 1 << 20;

/// Bytes from the start of a file that tell what it is: NIfTI-1 has its `magic` at 344, and attributes stand before a key.
pub(super) const BEGINNING: usize = 1024;

#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    bytes: Memory<Arc<[u8]>>,
    beginnings: Memory<Arc<[u8]>>,
    names: Memory<Arc<Names>>,
    kinds: Memory<Option<FileType>>,
    /// Where the folders really are that something was looked for in.
    folders: Memory<PathBuf>,
}

/// The names in a folder.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Those that a path may have; folders end in `/`.
    pub(super) good: BTreeSet<String>,
    /// Those that none may have, as they can be shown: they are no UTF-8, or hold a backslash or a line break.
    pub(super) odd: Vec<String>,
}

/// What was seen at a path.
type Memory<V> = Mutex<BTreeMap<RelPath, V>>;

impl Disk {
    /// # Errors
    /// The folder cannot be opened.
    pub(super) fn open(root: &Path) -> std::io::Result<Self> {
        let root = root.canonicalize()?;
        let (bytes, names, kinds) = (Memory::default(), Memory::default(), Memory::default());
        let (beginnings, folders) = (Memory::default(), Memory::default());
        Ok(Self { root, bytes, beginnings, names, kinds, folders })
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// It does not exist, cannot be read, or is a link that leads outside the folder.
    pub(super) fn bytes(&self, path: &RelPath) -> Result<Arc<[u8]>, FileError> {
        let mut known = memory(&self.bytes);
        if let Some(known) = known.get(path) {
            return Ok(Arc::clone(known));
        }
        let real = self.regular(path)?;
        let bytes: Arc<[u8]> = std::fs::read(real).map(Arc::from).map_err(|error| read_error(path, error))?;
        if bytes.len() <= REMEMBERED {
            known.insert(path.clone(), Arc::clone(&bytes));
        }
        Ok(bytes)
    }

    /// Hands over the bytes of a file, part by part: a large one is never in memory as a whole.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes); what was handed over until then was there.
    pub(super) fn parts(&self, path: &RelPath, take: &mut dyn FnMut(&[u8])) -> Result<(), FileError> {
        let (_, metadata) = self.behind(path)?;
        if metadata.len() <= REMEMBERED as u64 {
            take(&self.bytes(path)?);
            return Ok(());
        }
        let mut file = File::open(self.regular(path)?).map_err(|error| read_error(path, error))?;
        let mut part = vec![0; 1 << 16];
        loop {
            match file.read(&mut part).map_err(|error| read_error(path, error))? {
                0 => return Ok(()),
                length => take(&part[..length]),
            }
        }
    }

    /// The first bytes of a file, [`BEGINNING`] at most.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub(super) fn beginning(&self, path: &RelPath) -> Result<Arc<[u8]>, FileError> {
        let mut known = memory(&self.beginnings);
        if let Some(known) = known.get(path) {
            return Ok(Arc::clone(known));
        }
        let real = self.regular(path)?;
        let mut bytes = Vec::with_capacity(BEGINNING);
        let read = File::open(real).and_then(|it| it.take(BEGINNING as u64).read_to_end(&mut bytes));
        read.map_err(|error| read_error(path, error))?;
        let bytes: Arc<[u8]> = Arc::from(bytes);
        known.insert(path.clone(), Arc::clone(&bytes));
        Ok(bytes)
    }

    /// The real path of a file; a pipe or a device is refused, because reading it may never end.
    fn regular(&self, path: &RelPath) -> Result<PathBuf, FileError> {
        let (real, metadata) = self.behind(path)?;
        if metadata.is_file() || metadata.is_dir() {
            return Ok(real);
        }
        let source = std::io::Error::other("not a regular file");
        Err(FileError::Read { path: path.clone(), source })
    }

    /// What is at a path, behind links; `None` where there is nothing, or what is outside the folder.
    pub(super) fn kind(&self, path: &RelPath) -> Option<FileType> {
        let look = || self.behind(path).ok().map(|(_, it)| it.file_type());
        *memory(&self.kinds).entry(path.clone()).or_insert_with(look)
    }

    /// Whether a file is there that is no link and no larger than `most` bytes.
    pub(super) fn is_plain(&self, path: &RelPath, most: u64) -> bool {
        self.entry(path).is_ok_and(|(_, it)| it.is_file() && it.len() <= most)
    }

    /// Whether a file was changed after another one, which may be anywhere.
    pub(super) fn is_newer(&self, path: &RelPath, other: &Path) -> bool {
        let changed = self.behind(path).ok().and_then(|(_, it)| it.modified().ok());
        let other = other.metadata().and_then(|it| it.modified()).ok();
        changed.zip(other).is_some_and(|(changed, other)| changed > other)
    }

    /// The names in a folder. A folder that is not there is empty.
    pub(super) fn names(&self, folder: &RelPath) -> Arc<Names> {
        let look = || Arc::new(self.read_names(folder).unwrap_or_default());
        Arc::clone(memory(&self.names).entry(folder.clone()).or_insert_with(look))
    }

    fn read_names(&self, folder: &RelPath) -> Option<Names> {
        let mut names = Names::default();
        for entry in std::fs::read_dir(self.behind(folder).ok()?.0).ok()?.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            match entry.file_name().into_string() {
                Ok(name) if RelPath::parse(&name).is_ok() => {
                    names.good.insert(if kind.is_dir() { name + "/" } else { name });
                }
                Ok(name) => names.odd.push(name),
                Err(name) => names.odd.push(name.to_string_lossy().into_owned()),
            }
        }
        names.odd.sort();
        Some(names)
    }

    /// The real path of what is there, behind links, and what it is; refused when that leaves the folder.
    fn behind(&self, path: &RelPath) -> Result<(PathBuf, Metadata), FileError> {
        let (there, metadata) = self.entry(path)?;
        if !metadata.is_symlink() {
            return Ok((there, metadata));
        }
        let behind = there.canonicalize().and_then(|it| Ok((it.metadata()?, it)));
        let (metadata, real) = behind.map_err(|error| read_error(path, error))?;
        if real.starts_with(&self.root) { Ok((real, metadata)) } else { Err(FileError::Outside(path.to_string())) }
    }

    /// What is there, which may be a link, in the real folder around it.
    fn entry(&self, path: &RelPath) -> Result<(PathBuf, Metadata), FileError> {
        let is_root = *path == RelPath::root();
        let there = if is_root { self.root.clone() } else { self.real_folder(&path.parent())?.join(path.file_name()) };
        let metadata = std::fs::symlink_metadata(&there).map_err(|error| read_error(path, error))?;
        Ok((there, metadata))
    }

    fn real_folder(&self, folder: &RelPath) -> Result<PathBuf, FileError> {
        if *folder == RelPath::root() {
            return Ok(self.root.clone());
        }
        if let Some(known) = memory(&self.folders).get(folder) {
            return Ok(known.clone());
        }
        let (real, _) = self.behind(folder)?;
        memory(&self.folders).insert(folder.clone(), real.clone());
        Ok(real)
    }
}

/// Held while a path is looked at, so that environments that are compiled side by side see the same.
fn memory<V>(memory: &Memory<V>) -> MutexGuard<'_, BTreeMap<RelPath, V>> {
    memory.lock().expect("internal error: poisoned lock")
}

fn read_error(path: &RelPath, source: std::io::Error) -> FileError {
    match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => FileError::Missing(path.clone()),
        _ => FileError::Read { path: path.clone(), source },
    }
}
