//! The check: what a write would change, without writing.
//!
//! It takes no lock and leaves everything as it is. It speaks of the tree that lies there now, also when an earlier
//! write was cut short.

use std::path::{Path, PathBuf};

use super::diff::Diffs;
use super::disk::Lies;
use super::gone::gone;
use super::place::Place;
use super::survey::{Finding, Verdict, survey};
use super::tree::Tree;
use super::walk::{at, bytes};
use super::write::trees;
use super::{FileSet, Options, OutputError};
use crate::source::RelPath;

/// More of a file is not read to show how it differs.
pub(super) const LARGEST: u64 = 4 << 20;

/// A path that is not as the file sets say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Below the output folder, which is spelled as it was given.
    pub path: PathBuf,
    pub kind: Kind,
    /// A unified diff from what lies there to what was compiled. Long ones are cut, and say so. Empty for what is not
    /// ours and in no file set.
    pub diff: String,
}

/// How a path differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Compiled, but not there.
    Missing,
    /// There, but with other content.
    Changed,
    /// Ours, but no longer compiled.
    Stale,
    /// Not ours. A write would refuse it.
    Foreign,
}

/// Tells how the folders of these environments differ from their file sets, in the order of the paths.
///
/// # Errors
/// Something cannot be read, or the output folder leads outside the project.
///
/// # Panics
/// When a file set claims the path of the manifest.
pub fn check(
    out: &Path,
    environments: &[(&str, &FileSet)],
    options: &Options<'_>,
) -> Result<Vec<Difference>, OutputError> {
    let place = Place::open(out, options)?;
    let gone = gone(&place, options)?;
    let mut trees = trees(environments)?;
    trees.extend(gone.iter().map(|name| Tree::gone(name)));
    let mut diffs = Diffs::new(options.project);
    let mut differences = Vec::new();
    for tree in trees {
        let home = place.home(tree.name);
        for finding in survey(place.disk, &home, &tree)?.findings {
            differences.push(difference(&place, &home, &tree, &finding, &mut diffs)?);
        }
    }
    differences.sort_by(|one, other| bytes(&one.path).cmp(bytes(&other.path)));
    Ok(differences)
}

fn difference(
    place: &Place<'_>,
    home: &Path,
    tree: &Tree<'_>,
    finding: &Finding,
    diffs: &mut Diffs<'_>,
) -> Result<Difference, OutputError> {
    let path = at(home, &finding.path);
    let new = finding.path.to_str().and_then(|it| RelPath::parse(it).ok()).and_then(|it| tree.get(&it));
    let kind = match finding.verdict {
        Verdict::Missing => Kind::Missing,
        Verdict::Changed { .. } => Kind::Changed,
        Verdict::Stale { .. } => Kind::Stale,
        Verdict::Foreign | Verdict::Link => Kind::Foreign,
    };
    // What is foreign is read only where it stands in the place of a file of ours.
    let is_read = match kind {
        Kind::Missing => false,
        Kind::Foreign => new.is_some() && place.disk.look(&path)? == Some(Lies::File),
        Kind::Changed | Kind::Stale => true,
    };
    let old = if is_read { Some(place.disk.read(&path, LARGEST + 1)?) } else { None };
    let is_shown = is_read || kind == Kind::Missing;
    let diff = if is_shown { diffs.unified(&path, old.as_deref(), new) } else { String::new() };
    Ok(Difference { path, kind, diff })
}
