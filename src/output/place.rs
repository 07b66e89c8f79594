//! The output folder: that it is inside the project, and the names in it that are ours.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::disk::{Disk, Lies};
use super::{Options, OutputError};
use crate::source::RelPath;

const LOCK: &str = ".mlopsc-lock";
const STAGE: &str = ".mlopsc-stage-";
const NEXT: &str = ".mlopsc-next-";

/// The output folder, which need not be there yet.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) disk: Disk<'a>,
    pub(super) out: &'a Path,
}

/// What a run that did not come to its end left in the output folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leftover {
    /// A tree that is complete and was to be put in place. Comes first: putting it there needs the stage's name.
    Next(String),
    /// A tree that is worth nothing.
    Stage(String),
    Lock,
}

impl<'a> Place<'a> {
    /// # Errors
    /// It leads outside the project's folder, or it is no folder.
    pub(super) fn open(out: &'a Path, options: &Options<'a>) -> Result<Self, OutputError> {
        let disk = Disk::new(options.watch);
        let project = options.project;
        let outside = || OutputError::Outside { out: out.to_owned(), project: project.to_owned() };
        if !leads_to(out).zip(leads_to(project)).is_some_and(|(out, project)| out.starts_with(project)) {
            return Err(outside());
        }
        // A link that leads inside is welcome: the `.` looks at its end.
        match disk.look(&out.join(".")) {
            Err(error) if error.kind() == Some(io::ErrorKind::NotADirectory) => {
                Err(OutputError::NotAFolder { path: out.to_owned() })
            }
            looked => looked.map(|_| Self { disk, out }),
        }
    }

    /// The folder of an environment.
    pub(super) fn home(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    /// Where its tree is built, and the old one removed.
    pub(super) fn stage(&self, name: &str) -> PathBuf {
        self.out.join(format!("{STAGE}{name}"))
    }

    /// Where its tree waits for its place if trees cannot be exchanged.
    pub(super) fn next(&self, name: &str) -> PathBuf {
        self.out.join(format!("{NEXT}{name}"))
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.out.join(LOCK)
    }

    /// The folders in the output folder that are not of this room's own names.
    pub(super) fn folders(&self) -> Result<Vec<String>, OutputError> {
        let names = self.names()?.into_iter().filter(|(name, lies)| *lies == Lies::Folder && leftover(name).is_none());
        Ok(names.map(|(name, _)| name).collect())
    }

    /// What an earlier run left, in the order in which it is to be cleared away.
    pub(super) fn leftovers(&self) -> Result<Vec<Leftover>, OutputError> {
        let mut leftovers: Vec<_> = self.names()?.iter().filter_map(|(name, _)| leftover(name)).collect();
        leftovers.sort();
        Ok(leftovers)
    }

    /// Names that are not UTF-8 are none of ours.
    fn names(&self) -> Result<Vec<(String, Lies)>, OutputError> {
        let listed = match self.disk.list(self.out) {
            Err(error) if error.kind() == Some(io::ErrorKind::NotFound) => Vec::new(),
            listed => listed?,
        };
        let mut names: Vec<_> =
            listed.into_iter().filter_map(|(name, lies)| Some((name.into_string().ok()?, lies))).collect();
        names.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        Ok(names)
    }
}

/// Whether an environment can have this name: that of a plain folder which is not hidden.
pub(super) fn is_name(name: &str) -> bool {
    let is_plain = RelPath::parse(name).is_ok_and(|it| it.as_str() == name) && !name.contains('/');
    is_plain && !name.is_empty() && !name.starts_with('.')
}

fn leftover(name: &str) -> Option<Leftover> {
    let of = |prefix| name.strip_prefix(prefix).filter(|it| is_name(it)).map(str::to_owned);
    let stage = || of(STAGE).map(Leftover::Stage);
    let next = || of(NEXT).map(Leftover::Next);
    stage().or_else(next).or_else(|| (name == LOCK).then_some(Leftover::Lock))
}

/// Where a path leads, or would once its missing folders are made; `None` if that cannot be told.
fn leads_to(path: &Path) -> Option<PathBuf> {
    let there = |it: &&Path| it.as_os_str().is_empty() || it.symlink_metadata().is_ok();
    let there = path.ancestors().find(there)?;
    let missing = path.strip_prefix(there).ok()?;
    if missing.components().any(|it| it == Component::ParentDir) {
        return None;
    }
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    // A link that leads to nothing is there, but has no real path: it ends here.
    Some(there.canonicalize().ok()?.join(missing))
}
