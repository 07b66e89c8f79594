//! What a write would destroy that is not ours to destroy.

use std::fmt;
use std::path::{Path, PathBuf};

use super::OutputError;
use super::error::Shown;
use super::manifest::MANIFEST;
use super::survey::{Survey, Verdict};
use super::walk::at;

/// How many paths of one kind a message names.
const NAMED: usize = 20;

/// Paths that stand in the way of a write. Nothing was touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obstacles {
    /// In a folder of ours, but not written by us.
    pub foreign: Vec<PathBuf>,
    /// Written by us, but changed since.
    pub edited: Vec<PathBuf>,
    /// Symbolic links: what is written there would land elsewhere.
    pub links: Vec<PathBuf>,
}

impl Obstacles {
    /// Notes what stands in the way of replacing a folder.
    ///
    /// # Errors
    /// The folder's manifest cannot be read, so nobody knows.
    pub(super) fn note(&mut self, folder: &Path, survey: &Survey, force: bool) -> Result<(), OutputError> {
        if let Some(reason) = survey.damage.clone() {
            return Err(OutputError::Manifest { path: folder.join(MANIFEST), reason });
        }
        for finding in &survey.findings {
            let list = match finding.verdict {
                Verdict::Foreign => &mut self.foreign,
                Verdict::Link => &mut self.links,
                Verdict::Changed { edited: true } | Verdict::Stale { edited: true } if !force => &mut self.edited,
                _ => continue,
            };
            list.push(at(folder, &finding.path));
        }
        Ok(())
    }

    /// # Errors
    /// Something was noted.
    pub(super) fn refuse(self) -> Result<(), OutputError> {
        if self == Self::default() { Ok(()) } else { Err(OutputError::InTheWay(self)) }
    }

    fn lists(&self) -> [(&[PathBuf], &'static str, &'static str); 3] {
        [
            (&self.foreign, "mlopsc did not write it", "move or delete what is not mlopsc's"),
            (
                &self.edited,
                "edited since mlopsc wrote it",
                "take edits over into the spec, or overwrite them with `--force`",
            ),
            (&self.links, "a symbolic link", "replace links by what they stand for, or delete them"),
        ]
    }
}

impl fmt::Display for Obstacles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing was written: files are in the way")?;
        let lists = self.lists().into_iter().filter(|(paths, ..)| !paths.is_empty());
        for (paths, why, _) in lists.clone() {
            for path in paths.iter().take(NAMED) {
                write!(f, "\n  {}: {why}", Shown(path))?;
            }
            if let Some(more) = paths.len().checked_sub(NAMED).filter(|it| *it > 0) {
                write!(f, "\n  and {more} more: {why}")?;
            }
        }
        lists.into_iter().try_for_each(|(.., cure)| write!(f, "\n{cure}"))
    }
}
