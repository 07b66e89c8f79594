//! Digests handed on from one environment to another: what was tried there runs here, bit for bit.

use std::collections::BTreeSet;

use serde_json::Value;

use super::built::put;
use super::{Environment, Report};
use crate::plan::{Built, Digests, Image};

/// Gives every image of `to` the digest that it has in `from`.
///
/// # Errors
/// An image has no digest there, or is not the same image here; nothing is handed on then.
pub fn promote(old: &Digests, from: &Environment<'_>, to: &Environment<'_>) -> Result<Report, Vec<String>> {
    let mut report = Report { entries: Vec::new(), digests: old.clone(), notes: Vec::new() };
    let mut faults = Vec::new();
    if to.plan.images.is_empty() {
        faults.push(format!("`{}` builds no image", to.name));
    }
    for image in to.plan.images.values() {
        match same(old, from, to, image) {
            Ok(source) => {
                let here = image.reference();
                if source.image != here {
                    let (name, digest) = (&image.name, &source.digest);
                    report.notes.push(format!(
                        "`{name}` has to be in the other registry, too: copy `{}@{digest}` to `{here}`",
                        repository(&source.image)
                    ));
                }
                let promoted_from = Some(from.name.into());
                let built = Built { image: here, promoted_from, ..source.clone() };
                report.entries.push(put(&mut report.digests, to.name, &image.name, built));
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(report) } else { Err(faults) }
}

/// A reference without its tag.
fn repository(reference: &str) -> &str {
    reference.rsplit_once(':').map_or(reference, |(repository, _)| repository)
}

/// What was built in `from`, if that is this image of `to`.
fn same<'d>(
    old: &'d Digests,
    from: &Environment<'_>,
    to: &Environment<'_>,
    image: &Image,
) -> Result<&'d Built, String> {
    let name = &image.name;
    let source = old.built.get(from.name).and_then(|it| it.get(name.as_str())).ok_or_else(|| {
        format!("`{name}` has no digest in `{}`: build it, then `mlopsc lock --built FILE --env {0}`", from.name)
    })?;
    let there = from.plan.images.get(name.as_str());
    let there = there.ok_or_else(|| format!("`{}` has no image `{name}` any more", from.name))?;
    if (from.definition)(there) != source.content {
        return Err(format!(
            "`{name}` of `{}` was built from other files than these: take the files that it was built from, or build it \
             again",
            from.name
        ));
    }
    if (to.definition)(image) != source.content {
        let different = different(there, image);
        let what = if different.is_empty() { String::new() } else { format!(" ({})", different.join(", ")) };
        return Err(format!(
            "`{name}` is another image in `{}` than in `{}`{what}: build it for itself",
            to.name, from.name
        ));
    }
    Ok(source)
}

/// The parts of two images that are not the same, by their names in the plan.
fn different(one: &Image, other: &Image) -> Vec<String> {
    let parts = |it: &Image| -> Vec<(String, Value)> {
        let mut parts = Vec::new();
        collect("", &serde_json::to_value(it).expect("internal error: a plan is JSON"), &mut parts);
        parts
    };
    let (one, other) = (parts(one), parts(other));
    let missing = |a: &[(String, Value)], b: &[(String, Value)]| -> Vec<String> {
        a.iter().filter(|it| !b.contains(it)).map(|(name, _)| name.clone()).collect()
    };
    let names: BTreeSet<String> = missing(&one, &other).into_iter().chain(missing(&other, &one)).collect();
    names.into_iter().filter(|it| it != "repository").take(5).collect()
}

/// The values of a document with the keys that lead to them; lists are one value.
fn collect(at: &str, value: &Value, parts: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                collect(&if at.is_empty() { key.clone() } else { format!("{at}.{key}") }, value, parts);
            }
        }
        other => parts.push((at.to_owned(), other.clone())),
    }
}
