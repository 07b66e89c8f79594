//! The write: survey, refuse, stage, exchange, and clear away, in this order for all environments together.
//!
//! What stands in the way of one environment, or fails while its tree is built, leaves every one as it was. Only the
//! exchanges themselves come one after the other. All trees are brought to the disk before the first exchange,
//! and the exchanges before an old tree is removed: a machine that loses its power comes back with the old tree or the
//! new one too.

use std::path::Path;

use super::content::holds;
use super::exchange::{put_in_place, recover, set_aside};
use super::gone::gone;
use super::lock::Lock;
use super::manifest::MANIFEST;
use super::obstacles::Obstacles;
use super::place::Place;
use super::report::{Outcome, Report, Written};
use super::stage::{Due, discard, stage};
use super::survey::{Survey, survey};
use super::tree::Tree;
use super::{FileSet, Options, OutputError, walk};

/// Makes the folders of these environments hold exactly these files. What is as it should be is not touched.
///
/// # Errors
/// Files are in the way, another run is writing, or the disk refuses. Each environment has its old tree or its new one.
///
/// # Panics
/// When a file set claims the path of the manifest.
pub fn write(out: &Path, environments: &[(&str, &FileSet)], options: &Options<'_>) -> Result<Report, OutputError> {
    let place = Place::open(out, options)?;
    let trees = trees(environments)?;
    // Another run may exchange a tree while we look at it. What fails here is looked at again under the lock.
    if let Ok(Some(report)) = current(&place, &trees, options) {
        return Ok(report);
    }
    place.disk.create_folders(out)?;
    let _lock = Lock::take(&place)?;
    recover(&place, options.force)?;
    let work = Work::survey(&place, &trees, options)?;
    work.refuse(&place, options.force)?;
    let report = work.report();
    work.carry_out(&place)?;
    Ok(report)
}

/// The trees of environments as they should be.
pub(super) fn trees<'a>(environments: &[(&'a str, &'a FileSet)]) -> Result<Vec<Tree<'a>>, OutputError> {
    environments.iter().map(|(name, files)| Tree::new(name, files)).collect()
}

/// What is reported if there is nothing to do. Needs no lock and no right to write, and gives up at the first difference.
fn current(place: &Place<'_>, trees: &[Tree<'_>], options: &Options<'_>) -> Result<Option<Report>, OutputError> {
    if !place.leftovers()?.is_empty() || !gone(place, options)?.is_empty() {
        return Ok(None);
    }
    let mut environments = Vec::new();
    for tree in trees {
        let home = place.home(tree.name);
        if !holds(place.disk, &home.join(MANIFEST), tree.manifest().unwrap_or_default(), false)? {
            return Ok(None);
        }
        let survey = survey(place.disk, &home, tree)?;
        if !survey.findings.is_empty() {
            return Ok(None);
        }
        environments.push(Written::of(tree, &survey));
    }
    Ok(Some(Report { environments }))
}

/// What a write has to do.
struct Work<'a> {
    environments: Vec<Due<'a>>,
    gone: Vec<(String, Survey)>,
}

impl<'a> Work<'a> {
    fn survey(place: &Place<'_>, trees: &'a [Tree<'a>], options: &Options<'_>) -> Result<Self, OutputError> {
        let due = |tree| Ok(Due { tree, survey: survey(place.disk, &place.home(tree.name), tree)? });
        let leaving = |name: String| {
            let survey = survey(place.disk, &place.home(&name), &Tree::gone(&name))?;
            Ok((name, survey))
        };
        Ok(Self {
            environments: trees.iter().map(due).collect::<Result<_, _>>()?,
            gone: gone(place, options)?.into_iter().map(leaving).collect::<Result<_, _>>()?,
        })
    }

    fn refuse(&self, place: &Place<'_>, force: bool) -> Result<(), OutputError> {
        let mut obstacles = Obstacles::default();
        let environments = self.environments.iter().map(|it| (it.tree.name, &it.survey));
        for (name, survey) in environments.chain(self.gone.iter().map(|(name, survey)| (&**name, survey))) {
            obstacles.note(&place.home(name), survey, force)?;
        }
        obstacles.refuse()
    }

    fn report(&self) -> Report {
        let environments = self.environments.iter().map(|it| Written::of(it.tree, &it.survey));
        let gone = self.gone.iter().map(|(name, survey)| Written::of_gone(name, survey));
        Report { environments: environments.chain(gone).collect() }
    }

    fn carry_out(mut self, place: &Place<'_>) -> Result<(), OutputError> {
        self.environments.retain(|it| Outcome::of(&it.survey) != Outcome::Unchanged);
        if self.environments.is_empty() && self.gone.is_empty() {
            return Ok(());
        }
        let trees = || self.environments.iter().map(|it| it.tree);
        stage(place, &self.environments)?;
        let placed = trees().try_for_each(|tree| put_in_place(place, tree)).and_then(|()| self.remove_gone(place));
        let flushed = placed.and_then(|()| place.disk.flush(place.out));
        let discarded =
            trees().map(|it| it.name).chain(self.gone.iter().map(|(name, _)| &**name)).map(|name| discard(place, name));
        // Clears away everything that can be, and reports what failed first.
        discarded.fold(flushed, Result::and)
    }

    /// One step for each where the system can: whole, or on the stage and worthless.
    fn remove_gone(&self, place: &Place<'_>) -> Result<(), OutputError> {
        self.gone.iter().try_for_each(|(name, _)| {
            if set_aside(place, name)? { Ok(()) } else { walk::remove(place.disk, &place.home(name)) }
        })
    }
}
