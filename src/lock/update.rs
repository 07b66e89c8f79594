//! The lock file brought up to date with what was answered.

use std::collections::BTreeMap;

use super::{Entry, Environment, Report, Trouble, Verdict, Wanted};
use crate::plan::{Built, Digests, Locked, Outdated};

/// What became of the question for an image, at each of its places.
#[derive(Clone, Debug)]
pub struct Answer {
    pub wanted: Wanted,
    pub found: Vec<Result<Locked, Trouble>>,
}

/// How much of the project was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What no image uses can go.
    Everything,
    /// Other environments may use what these do not.
    Part,
}

/// The lock file as it should be, and how it comes to that.
#[must_use]
pub fn update(old: &Digests, answers: Vec<Answer>, environments: &[Environment<'_>], scope: Scope) -> Report {
    let mut report = Report { entries: Vec::new(), digests: old.clone(), notes: Vec::new() };
    for answer in answers {
        let was = old.images.get(&answer.wanted.name).cloned();
        let entry = entry(was, answer);
        if let Some(now) = &entry.now {
            report.digests.images.insert(entry.name.clone(), now.clone());
        }
        report.entries.push(entry);
    }
    if scope == Scope::Everything {
        let unused: Vec<(String, Locked)> =
            report.digests.images.extract_if(.., |name, _| !report.entries.iter().any(|it| it.name == *name)).collect();
        report.entries.extend(unused.into_iter().map(|(name, was)| gone(None, name, was)));
    }
    tidy_built(&mut report, environments, scope);
    report
}

fn entry(was: Option<Locked>, answer: Answer) -> Entry {
    let found = agreed(&answer);
    let (verdict, now, trouble) = match (&was, found) {
        (None, Ok(now)) => (Verdict::New, Some(now), None),
        (Some(was), Ok(now)) if *was == now => (Verdict::Same, Some(now), None),
        (Some(was), Ok(now)) if was.digest == now.digest => (Verdict::Completed, Some(now), None),
        (Some(_), Ok(now)) => (Verdict::Moved, Some(now), None),
        (None, Err(trouble)) => (Verdict::Failed, None, Some(trouble)),
        (Some(was), Err(trouble)) => (Verdict::Kept, Some(was.clone()), Some(trouble)),
    };
    Entry { environment: None, name: answer.wanted.name, verdict, was, now, trouble }
}

/// What all places say; a mirror that lags behind is not taken for the truth.
fn agreed(answer: &Answer) -> Result<Locked, Trouble> {
    let mut found = Vec::new();
    for (place, it) in answer.wanted.places.iter().zip(&answer.found) {
        found.push((place, it.clone()?));
    }
    let Some((first, (place, one))) = found.split_first().map(|(first, rest)| (rest, first)) else {
        let why = "nothing was asked for it".to_owned();
        return Err(Trouble { why, way_out: "run `mlopsc lock` again".to_owned() });
    };
    match first.iter().find(|(_, other)| other.digest != one.digest) {
        Some((other_place, other)) => Err(Trouble {
            why: format!("`{place}` is {}, but `{other_place}` is {}", one.digest, other.digest),
            way_out: "bring the mirrors to the same state, or lock one environment at a time with --env".to_owned(),
        }),
        None => Ok(one.clone()),
    }
}

/// What was built for an image or an environment that is no more, is dropped; what is outdated stays until it is built
/// or promoted again, and is named.
fn tidy_built(report: &mut Report, environments: &[Environment<'_>], scope: Scope) {
    let mut built: BTreeMap<String, BTreeMap<String, Built>> = BTreeMap::new();
    for (name, images) in std::mem::take(&mut report.digests.built) {
        let environment = environments.iter().find(|it| it.name == name);
        for (image, it) in images {
            let planned = environment.and_then(|it| it.plan.images.get(image.as_str()));
            if planned.is_none() && (environment.is_some() || scope != Scope::Part) {
                report.entries.push(gone(Some(name.clone()), image, it.locked()));
                continue;
            }
            let why = environment.zip(planned).and_then(|(of, image)| it.outdated(image, || (of.definition)(image)));
            if let Some(Outdated { message, .. }) = why {
                report.notes.push(format!("in `{name}`, {message}; {}", it.way_out(&name)));
                // What is promoted lags behind on purpose, until it is promoted again.
                if it.promoted_from.is_none() {
                    report.entries.push(outdated(name.clone(), image.clone(), &it));
                }
            }
            built.entry(name.clone()).or_default().insert(image, it);
        }
    }
    report.digests.built = built;
}

fn outdated(environment: String, name: String, built: &Built) -> Entry {
    let (was, now) = (Some(built.locked()), Some(built.locked()));
    Entry { environment: Some(environment), name, verdict: Verdict::Outdated, was, now, trouble: None }
}

fn gone(environment: Option<String>, name: String, was: Locked) -> Entry {
    Entry { environment, name, verdict: Verdict::Unused, was: Some(was), now: None, trouble: None }
}
