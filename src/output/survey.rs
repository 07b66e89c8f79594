//! What lies in an environment's folder, held against what should: one verdict for every path that differs.
//!
//! It looks at bytes, never at times, and changes nothing. What follows from a verdict is decided elsewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::OutputError;
use super::content::{holds, is_untouched};
use super::disk::{Disk, Lies};
use super::halves::in_halves;
use super::manifest::{MANIFEST, Manifest};
use super::tree::{Tree, is_executable};
use super::walk::{bytes, walk};
use crate::source::RelPath;

/// How a path differs from what should be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It should be there.
    Missing,
    /// Ours, and now to hold something else.
    Changed { edited: bool },
    /// Ours, and no longer wanted.
    Stale { edited: bool },
    /// Not ours, and not what should be there.
    Foreign,
    /// A symbolic link. None is ever ours.
    Link,
}

/// A path below the environment's folder that differs; the empty one is the folder itself.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) path: PathBuf,
    pub(super) verdict: Verdict,
}

/// What lies in an environment's folder.
pub(super) struct Survey {
    pub(super) exists: bool,
    /// Whatever differs, in the order of the paths' bytes. Empty folders and guests count for nothing.
    pub(super) findings: Vec<Finding>,
    /// The guests that are there, in order.
    pub(super) guests: Vec<RelPath>,
    /// Why the manifest cannot be read. Then no file is known to be ours.
    pub(super) damage: Option<String>,
}

impl Survey {
    /// Whether a file is there and stays as it is.
    pub(super) fn keeps(&self, path: &RelPath) -> bool {
        let at = |it: &Finding| bytes(&it.path).cmp(path.as_str().as_bytes());
        self.exists && self.findings.binary_search_by(at).is_err()
    }
}

/// Holds a folder against the tree that should be there.
pub(super) fn survey(disk: Disk<'_>, folder: &Path, tree: &Tree<'_>) -> Result<Survey, OutputError> {
    let (exists, found) = match disk.look(folder)? {
        None => (false, Vec::new()),
        Some(Lies::Folder) => (true, walk(disk, folder)?.files),
        Some(lies) => {
            let verdict = if lies == Lies::Link { Verdict::Link } else { Verdict::Foreign };
            let findings = vec![Finding { path: PathBuf::new(), verdict }];
            return Ok(Survey { exists: true, findings, guests: Vec::new(), damage: None });
        }
    };
    let (manifest, damage) = match old_manifest(disk, folder, &found)? {
        Ok(manifest) => (manifest, None),
        Err(damage) => (Manifest::default(), Some(damage)),
    };
    let judge = Judge { disk, folder, tree, manifest };
    let mut findings = in_halves(&found, |found| judge.all(found))?.concat();
    findings.extend(missing(tree, &found));
    findings.sort_by(|one, other| bytes(&one.path).cmp(bytes(&other.path)));
    let is_there = |guest: &&RelPath| lies(&found, guest) == Some(Lies::File);
    let guests = tree.guests().iter().filter(is_there).cloned().collect();
    Ok(Survey { exists, findings, guests, damage })
}

/// The files of a complete tree that its manifest does not list: the guests that were carried into it.
///
/// Without a manifest nothing is complete, and nothing a guest.
pub(super) fn unlisted(disk: Disk<'_>, folder: &Path) -> Result<BTreeSet<RelPath>, OutputError> {
    if disk.look(folder)? != Some(Lies::Folder) || disk.look(&folder.join(MANIFEST))? != Some(Lies::File) {
        return Ok(BTreeSet::new());
    }
    let found = walk(disk, folder)?.files;
    let Ok(manifest) = old_manifest(disk, folder, &found)? else { return Ok(BTreeSet::new()) };
    let files = found.iter().filter(|(_, lies)| *lies == Lies::File).filter_map(|(path, _)| name(path));
    Ok(files.filter(|path| path.as_str() != MANIFEST && manifest.digest(path.as_str()).is_none()).collect())
}

/// What the folder says of itself; nothing, if it has no manifest.
fn old_manifest(
    disk: Disk<'_>,
    folder: &Path,
    found: &[(PathBuf, Lies)],
) -> Result<Result<Manifest, String>, OutputError> {
    if !found.iter().any(|(path, lies)| path == Path::new(MANIFEST) && *lies == Lies::File) {
        return Ok(Ok(Manifest::default()));
    }
    Ok(Manifest::parse(&disk.read(&folder.join(MANIFEST), u64::MAX)?))
}

fn missing(tree: &Tree<'_>, found: &[(PathBuf, Lies)]) -> Vec<Finding> {
    let absent = tree.iter().map(|(path, _)| path).filter(|path| lies(found, path).is_none());
    absent.map(|path| Finding { path: path.as_str().into(), verdict: Verdict::Missing }).collect()
}

/// What was found at a path.
fn lies(found: &[(PathBuf, Lies)], path: &RelPath) -> Option<Lies> {
    let at = found.binary_search_by(|it| bytes(&it.0).cmp(path.as_str().as_bytes())).ok()?;
    Some(found[at].1)
}

/// A path as a file set has it, if one could.
fn name(path: &Path) -> Option<RelPath> {
    path.to_str().and_then(|it| RelPath::parse(it).ok())
}

struct Judge<'a> {
    disk: Disk<'a>,
    folder: &'a Path,
    tree: &'a Tree<'a>,
    manifest: Manifest,
}

impl Judge<'_> {
    fn all(&self, found: &[(PathBuf, Lies)]) -> Result<Vec<Finding>, OutputError> {
        let finding = |(path, lies): &(PathBuf, Lies)| {
            let verdict = self.verdict(path, *lies).transpose()?;
            Some(verdict.map(|verdict| Finding { path: path.clone(), verdict }))
        };
        found.iter().filter_map(finding).collect()
    }

    /// `None` for what is as it should be.
    ///
    /// That counts whoever wrote it: nobody's work is lost with a file that we would write just so.
    fn verdict(&self, path: &Path, lies: Lies) -> Result<Option<Verdict>, OutputError> {
        let name = match (name(path), lies) {
            (_, Lies::Link) => return Ok(Some(Verdict::Link)),
            // A guest is never read: what is in it is nobody's business.
            (Some(name), Lies::File) if self.tree.guests().contains(&name) => return Ok(None),
            (Some(name), Lies::File) => name,
            _ => return Ok(Some(Verdict::Foreign)),
        };
        let place = self.folder.join(path);
        let wanted = self.tree.get(&name);
        if let Some(text) = wanted
            && holds(self.disk, &place, text, is_executable(name.as_str()))?
        {
            return Ok(None);
        }
        let edited = match self.manifest.digest(name.as_str()) {
            Some(digest) => !is_untouched(self.disk, &place, digest)?,
            None if name.as_str() == MANIFEST => false,
            None => return Ok(Some(Verdict::Foreign)),
        };
        Ok(Some(if wanted.is_some() { Verdict::Changed { edited } } else { Verdict::Stale { edited } }))
    }
}
