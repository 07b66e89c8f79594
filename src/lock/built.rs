//! The digests of the project's own images, from what the builder says about a build.

use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::{Entry, Environment, Report, Verdict};
use crate::plan::{Built, Digests, Image};
use crate::spec::is_digest;

/// One target of a bake file, as `docker buildx bake --metadata-file` writes it down.
struct Target<'m> {
    name: &'m str,
    digest: Option<&'m str>,
    /// Of the configuration: what an image is called that only the builder's machine has.
    config: Option<&'m str>,
    /// Repositories with tags.
    images: Vec<String>,
}

/// Writes down which digests the images of an environment have.
///
/// # Errors
/// The text is no metadata of a bake, or what it says is not what the spec says; nothing is taken of it then.
pub fn record(old: &Digests, metadata: &str, environment: &Environment<'_>) -> Result<Report, String> {
    let document: Value = serde_json::from_str(metadata).map_err(|it| format!("it is no JSON: {it}"))?;
    let document = document.as_object().ok_or_else(|| format!("it is no object: {EXPECTED}"))?;
    if document.contains_key(DIGEST) {
        return Err(format!("it is of a single build, which names no target: {EXPECTED}"));
    }
    let targets: Vec<Target<'_>> =
        document.iter().filter_map(|(name, it)| Some(target(name, it.as_object()?))).collect();
    let images = &environment.plan.images;
    let unknown: Vec<String> = targets
        .iter()
        .filter(|it| !images.values().any(|image| image.name.as_str() == it.name))
        .map(|it| format!("`{}`", it.name))
        .collect();
    if targets.is_empty() || unknown.len() == targets.len() {
        let names: Vec<String> = images.values().map(|it| format!("`{}`", it.name)).collect();
        let (found, names) = (unknown.join(", "), names.join(", "));
        let found = if found.is_empty() { "no target".to_owned() } else { format!("the targets {found}") };
        return Err(format!("it has {found}, and the images of `{}` are {names}: {EXPECTED}", environment.name));
    }
    let mut report = Report { entries: Vec::new(), digests: old.clone(), notes: Vec::new() };
    for name in unknown {
        report.notes.push(format!("{name} is no image of `{}`, and was passed over", environment.name));
    }
    for image in images.values() {
        match targets.iter().find(|it| it.name == image.name.as_str()) {
            Some(target) => {
                let built = built(image, target, environment)?;
                report.notes.extend(doubt(old, &built, &image.name, environment.name));
                report.entries.push(put(&mut report.digests, environment.name, &image.name, built));
            }
            None => report.notes.push(format!("`{}` was not built, and is as it was", image.name)),
        }
    }
    Ok(report)
}

const DIGEST: &str = "containerimage.digest";

const EXPECTED: &str = "expected what `docker buildx bake --push --metadata-file FILE` writes";

fn target<'m>(name: &'m str, it: &'m Map<String, Value>) -> Target<'m> {
    let text = |key: &str| it.get(key).and_then(Value::as_str);
    let images = text("image.name").unwrap_or_default().split(',').map(str::trim).filter(|it| !it.is_empty());
    Target {
        name,
        digest: text(DIGEST),
        config: text("containerimage.config.digest"),
        images: images.map(str::to_owned).collect(),
    }
}

fn built(image: &Image, target: &Target<'_>, environment: &Environment<'_>) -> Result<Built, String> {
    let name = &image.name;
    let reference = image.reference();
    let digest = target.digest.ok_or_else(|| {
        format!("it has no `{DIGEST}` for `{name}`: the image was built, but not pushed; build it with `--push`")
    })?;
    if !is_digest(digest) {
        return Err(format!("the `{DIGEST}` of `{name}` is no digest"));
    }
    if target.config == Some(digest) {
        return Err(format!(
            "the digest of `{name}` is that of an image in the store of the builder's machine, which no registry has; \
             build it with `--push`"
        ));
    }
    // Builders write the registry that everybody means.
    let is_it = |it: &String| {
        *it == reference
            || it.strip_prefix("docker.io/library/") == Some(&reference)
            || it.strip_prefix("docker.io/") == Some(&reference)
    };
    if !target.images.is_empty() && !target.images.iter().any(is_it) {
        let built = target.images.join(", ");
        return Err(format!(
            "`{name}` was built as `{built}`, and in `{}` it is `{reference}`: build what the spec says now",
            environment.name
        ));
    }
    let content = (environment.definition)(image);
    Ok(Built { image: reference, digest: digest.into(), content, promoted_from: None })
}

/// What the files are now, goes down as what was built: nothing in the metadata says otherwise. The same digest as for other
/// files is a sign that they were changed after the build.
fn doubt(old: &Digests, built: &Built, name: &SmolStr, environment: &str) -> Option<String> {
    let was = old.built.get(environment)?.get(name.as_str())?;
    let is_odd = was.digest == built.digest && was.content != built.content;
    is_odd.then(|| {
        format!(
            "`{name}` has the digest that it had with other files; if they were changed after the build, build it again \
             and record that"
        )
    })
}

/// Puts an image into the lock file, and says what that changes.
pub(super) fn put(digests: &mut Digests, environment: &str, name: &SmolStr, built: Built) -> Entry {
    let now = built.locked();
    let images = digests.built.entry(environment.to_owned()).or_default();
    let was = images.insert(name.to_string(), built.clone());
    let verdict = match &was {
        None => Verdict::New,
        Some(was) if *was == built => Verdict::Same,
        Some(was) if was.digest == built.digest => Verdict::Completed,
        Some(_) => Verdict::Moved,
    };
    let was = was.as_ref().map(Built::locked);
    Entry {
        environment: Some(environment.to_owned()),
        name: name.to_string(),
        verdict,
        was,
        now: Some(now),
        trouble: None,
    }
}
