//! The project's files, read-only and never outside the project's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use smol_str::SmolStr;

use super::disk::{BEGINNING, Disk, Names};

/// A path inside the project's folder: relative, `/` between its parts, no `.` and no `..`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RelPath(SmolStr);

impl RelPath {
    /// The folder itself.
    #[must_use]
    pub const fn root() -> Self {
        Self(SmolStr::new_static(""))
    }

    /// Reads a path that a user wrote.
    ///
    /// # Errors
    /// It is absolute, it climbs out of the folder, or it holds a byte that no portable file name holds.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let outside = || FileError::Outside(text.to_owned());
        if text.starts_with('/') || text.bytes().any(|it| matches!(it, b'\\' | b'\0' | b'\n' | b'\r')) {
            return Err(outside());
        }
        if text.split('/').all(|part| !matches!(part, "" | "." | "..")) {
            return Ok(Self(text.into()));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop().ok_or_else(outside)?),
                part => parts.push(part),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// A path below this one.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn join(&self, text: &str) -> Result<Self, FileError> {
        if text.starts_with('/') {
            return Err(FileError::Outside(text.to_owned()));
        }
        if self.0.is_empty() { Self::parse(text) } else { Self::parse(&format!("{}/{text}", self.0)) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that it is in.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.0.rsplit_once('/').map_or_else(SmolStr::default, |(parent, _)| parent.into()))
    }

    /// Whether it is somewhere in a folder; everything is in the project's own.
    #[must_use]
    pub fn is_below(&self, folder: &Self) -> bool {
        folder.0.is_empty() || self.0.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The way to it from a folder that it is in; all of it where it is not in there.
    #[must_use]
    pub fn below(&self, folder: &Self) -> &str {
        let rest = self.0.strip_prefix(folder.as_str()).filter(|_| self.is_below(folder));
        rest.map_or(&*self.0, |it| it.trim_start_matches('/'))
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("`{0}` is outside the project's folder")]
    Outside(String),
    #[error("`{0}` does not exist")]
    Missing(RelPath),
    #[error("`{0}` is not UTF-8 text")]
    NotText(RelPath),
    #[error("cannot read `{path}`: {source}")]
    Read { path: RelPath, source: std::io::Error },
}

/// The project's folder as the compiler sees it: one read-only value that is handed down.
///
/// It remembers what was read to the end.
#[derive(Clone, Debug)]
pub struct Files {
    tree: Arc<Tree>,
    read: Arc<Mutex<BTreeSet<RelPath>>>,
}

#[derive(Debug)]
enum Tree {
    Disk(Disk),
    Memory(BTreeMap<RelPath, Arc<[u8]>>),
}

impl Files {
    /// The folder `root` of the disk.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn disk(root: &Path) -> std::io::Result<Self> {
        Ok(Self::new(Tree::Disk(Disk::open(root)?)))
    }

    /// Files that exist in memory only; for tests and for editors.
    pub fn memory<N: AsRef<str>, T: AsRef<[u8]>>(files: impl IntoIterator<Item = (N, T)>) -> Self {
        let entry = |(name, text): (N, T)| (RelPath(name.as_ref().into()), Arc::from(text.as_ref()));
        Self::new(Tree::Memory(files.into_iter().map(entry).collect()))
    }

    fn new(tree: Tree) -> Self {
        Self { tree: Arc::new(tree), read: Arc::default() }
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// It does not exist, cannot be read, or is a link that leads outside the folder.
    pub fn bytes(&self, path: &RelPath) -> Result<Arc<[u8]>, FileError> {
        self.read.lock().expect("internal error: poisoned lock").insert(path.clone());
        match &*self.tree {
            Tree::Memory(files) => files.get(path).cloned().ok_or_else(|| FileError::Missing(path.clone())),
            Tree::Disk(disk) => disk.bytes(path),
        }
    }

    /// Hands over the bytes of a file, part by part: a large one is never in memory as a whole.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes); what was handed over until then was there.
    pub fn parts(&self, path: &RelPath, take: &mut dyn FnMut(&[u8])) -> Result<(), FileError> {
        self.read.lock().expect("internal error: poisoned lock").insert(path.clone());
        match &*self.tree {
            Tree::Memory(files) => take(files.get(path).ok_or_else(|| FileError::Missing(path.clone()))?),
            Tree::Disk(disk) => return disk.parts(path, take),
        }
        Ok(())
    }

    /// The first bytes of a file, as many as tell what it is. It does not count as read: a change further on is not seen.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn beginning(&self, path: &RelPath) -> Result<Arc<[u8]>, FileError> {
        match &*self.tree {
            Tree::Memory(files) => {
                let bytes = files.get(path).ok_or_else(|| FileError::Missing(path.clone()))?;
                Ok(Arc::from(&bytes[..BEGINNING.min(bytes.len())]))
            }
            Tree::Disk(disk) => disk.beginning(path),
        }
    }

    /// The text of a file.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), or it is not UTF-8.
    pub fn text(&self, path: &RelPath) -> Result<Arc<str>, FileError> {
        let bytes = self.bytes(path)?;
        std::str::from_utf8(&bytes).map(Arc::from).map_err(|_| FileError::NotText(path.clone()))
    }

    /// Whether a file is there; a folder is not a file.
    #[must_use]
    pub fn is_file(&self, path: &RelPath) -> bool {
        match &*self.tree {
            Tree::Memory(files) => files.contains_key(path),
            Tree::Disk(disk) => disk.kind(path).is_some_and(|it| it.is_file()),
        }
    }

    /// Whether a file is there that is no link and no larger than `most` bytes.
    #[must_use]
    pub fn is_plain(&self, path: &RelPath, most: u64) -> bool {
        match &*self.tree {
            Tree::Memory(files) => files.get(path).is_some_and(|it| it.len() as u64 <= most),
            Tree::Disk(disk) => disk.is_plain(path, most),
        }
    }

    /// Whether a file was changed after another one of the disk was (`find -newer`); in memory none was.
    #[must_use]
    pub fn is_newer(&self, path: &RelPath, other: &Path) -> bool {
        match &*self.tree {
            Tree::Memory(_) => false,
            Tree::Disk(disk) => disk.is_newer(path, other),
        }
    }

    /// Whether a folder is there.
    #[must_use]
    pub fn is_folder(&self, path: &RelPath) -> bool {
        match &*self.tree {
            Tree::Memory(files) => files.keys().any(|it| it.is_below(path)),
            Tree::Disk(disk) => disk.kind(path).is_some_and(|it| it.is_dir()),
        }
    }

    /// The names in a folder, in order; folders end in `/`. Hidden ones are left out; a folder that is not there is
    /// empty.
    #[must_use]
    pub fn list(&self, folder: &RelPath) -> Vec<String> {
        self.names(folder).good.iter().filter(|it| is_shown(it)).cloned().collect()
    }

    fn names(&self, folder: &RelPath) -> Arc<Names> {
        match &*self.tree {
            Tree::Memory(files) => {
                let good = files.keys().filter_map(|it| name_below(it, folder)).collect();
                Arc::new(Names { good, odd: Vec::new() })
            }
            Tree::Disk(disk) => disk.names(folder),
        }
    }

    /// Files and folders below a folder whose names no path here may have, as they can be shown, with the folder that each is
    /// in. Nothing else here knows of them; hidden folders are not entered.
    #[must_use]
    pub fn odd(&self, folder: &RelPath) -> Vec<(RelPath, String)> {
        let names = self.names(folder);
        let mut found: Vec<_> = names.odd.iter().map(|it| (folder.clone(), it.clone())).collect();
        for name in names.good.iter().filter(|it| is_shown(it)) {
            if let Some(inside) = name.strip_suffix('/').and_then(|it| folder.join(it).ok()) {
                found.extend(self.odd(&inside));
            }
        }
        found
    }

    /// All files below a folder that `keep` accepts, in order; hidden folders and links to folders are not entered.
    #[must_use]
    pub fn walk(&self, folder: &RelPath, keep: &dyn Fn(&RelPath) -> bool) -> Vec<RelPath> {
        let mut found = Vec::new();
        for name in self.names(folder).good.iter().filter(|it| is_shown(it)) {
            let Ok(path) = folder.join(name.trim_end_matches('/')) else { continue };
            if name.ends_with('/') {
                found.extend(self.walk(&path, keep));
            } else if keep(&path) {
                found.push(path);
            }
        }
        found
    }

    /// All files below a folder, hidden ones too, in order; folders that `enter` refuses and links to folders are not
    /// entered.
    #[must_use]
    pub fn walk_all(&self, folder: &RelPath, enter: &dyn Fn(&RelPath) -> bool) -> Vec<RelPath> {
        let mut found = Vec::new();
        for name in &self.names(folder).good {
            let Ok(path) = folder.join(name.trim_end_matches('/')) else { continue };
            if !name.ends_with('/') {
                found.push(path);
            } else if enter(&path) {
                found.extend(self.walk_all(&path, enter));
            }
        }
        found
    }

    /// What was read so far, but for files of which the beginning was enough.
    #[must_use]
    pub fn read_so_far(&self) -> BTreeSet<RelPath> {
        self.read.lock().expect("internal error: poisoned lock").clone()
    }
}

/// Whether a name is no hidden one.
fn is_shown(name: &str) -> bool {
    !name.starts_with('.')
}

/// The first part of `path` below `folder`, with `/` where it is a folder.
fn name_below(path: &RelPath, folder: &RelPath) -> Option<String> {
    let rest = path.is_below(folder).then(|| path.below(folder))?;
    Some(rest.split_once('/').map_or_else(|| rest.to_owned(), |(first, _)| format!("{first}/")))
}
