//! What lies in a folder, however deep, without following a link.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::OutputError;
use super::disk::{Disk, Lies};
use super::halves::in_halves;
use super::manifest::MANIFEST;

/// Everything in a folder by its path below it, in the order of the paths' bytes.
#[derive(Default)]
pub(super) struct Walk {
    /// Whatever is not a folder.
    pub(super) files: Vec<(PathBuf, Lies)>,
    /// The folders, each before what is in it.
    pub(super) folders: Vec<PathBuf>,
}

/// Walks a folder that is there.
pub(super) fn walk(disk: Disk<'_>, root: &Path) -> Result<Walk, OutputError> {
    let mut walk = Walk::default();
    let mut open = vec![OsString::new()];
    while let Some(folder) = open.pop() {
        for (name, lies) in disk.list(&at(root, Path::new(&folder)))? {
            let path = below(&folder, &name);
            if lies == Lies::Folder {
                walk.folders.push(path.clone().into());
                open.push(path);
            } else {
                walk.files.push((path.into(), lies));
            }
        }
    }
    walk.files.sort_unstable_by(|one, other| bytes(&one.0).cmp(bytes(&other.0)));
    walk.folders.sort_unstable_by(|one, other| bytes(one).cmp(bytes(other)));
    Ok(walk)
}

/// Removes a folder and everything in it.
///
/// The manifest goes last, so that until then it says whose the rest is; before it what begins with a dot, so that a
/// `.gitignore` hides what it hides for as long as that is there.
pub(super) fn remove(disk: Disk<'_>, root: &Path) -> Result<(), OutputError> {
    let Walk { files, folders } = walk(disk, root)?;
    let is_hidden = |path: &Path| path.file_name().is_some_and(|it| it.as_encoded_bytes().starts_with(b"."));
    let (last, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| path == Path::new(MANIFEST));
    let (hidden, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, _)| is_hidden(path));
    for files in [files, hidden, last] {
        in_halves(&files, |files| files.iter().try_for_each(|(path, _)| disk.remove_file(&root.join(path))))?;
    }
    folders.iter().rev().try_for_each(|path| disk.remove_folder(&root.join(path)))?;
    disk.remove_folder(root)
}

/// Where a path below a folder is; the empty one is the folder itself.
pub(super) fn at(folder: &Path, path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() { folder.to_owned() } else { folder.join(path) }
}

/// The bytes by which paths are sorted: the order in which a file set has them.
pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

/// A path below a folder, with `/` on every system, as a file set has it.
fn below(folder: &OsString, name: &OsString) -> OsString {
    if folder.is_empty() {
        return name.clone();
    }
    let mut path = folder.clone();
    path.push("/");
    path.push(name);
    path
}
