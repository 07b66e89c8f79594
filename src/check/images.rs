//! Images that may change under their name, that are gone, or that are out of support.

use super::{Case, Check};
use crate::catalogue::{
    OLDEST_PYTHON, PYTHON, Product, Version, gone, named_base, named_bases, parts_of, python_version, usual_base,
};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::At;
use crate::spec::{ImageReference, Language, PythonVersion, nearest};

pub(super) static CHECK: Check = Check { codes: &[&FLOATING_TAG, &IMAGE_GONE, &END_OF_LIFE, &PYTHON_UNKNOWN], run };

pub(super) static FLOATING_TAG: Code = Code {
    id: "floating-tag",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an image without a tag, or with one that moves: `latest`, `stable`, `main`, `nightly`, `lts`, `slim`. Also a
project whose version is `latest`. A tag with nothing but a major version, such as `python:3`, is a warning. An image
that `mlops.lock` has a digest of is none of these: what runs is that digest, until `mlopsc lock` is run again.

### Why it matters
What runs is then whatever was pushed last: two nodes can run different programs, and nobody can go back.

### Use instead
A tag that says a version, and its digest in `mlops.lock`: `mlopsc lock` writes it.
",
};

static IMAGE_GONE: Code = Code {
    id: "image-gone",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an image that was deleted, abandoned by its authors, or is out of support.

### Why it matters
It cannot be pulled any more, or gets no fixes for security faults.

### Use instead
The successor that the message names.
",
};

static END_OF_LIFE: Code = Code {
    id: "end-of-life",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a version of Python, or an image of one, or of a distribution or database, that gets no more fixes on the day of
`--as-of` (by default today). Of an image the tag says it: `python:3.8-slim-buster` is Python 3.8 on Debian 10. A
`python` that is too old for an image on Debian 13 is an error where that image would be the base.

### Why it matters
Known faults stay open, and newer packages do not install.

### Use instead
A version with years to go, in `python` of the workload, of the image or of [build], or in the tag.
",
};

static PYTHON_UNKNOWN: Code = Code {
    id: "python-unknown",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a version of Python that is newer than every one that this version of mlopsc knows.

### Why it matters
Either there is no such version, and no image of it can be pulled, or nothing here knows how long it is supported.

### Use instead
A version that is known, unless the new one was released since.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let spec = case.spec();
    for program in case.programs() {
        check(case, program.workload.image.as_ref().and_then(|it| it.reference.as_ref()), sink);
        check_base(case, program.workload.base.as_ref(), sink);
        python(case, program.workload.python.as_ref(), sink);
    }
    for image in spec.images.values() {
        check_base(case, image.base.as_ref(), sink);
        python(case, image.python.as_ref(), sink);
    }
    if let Some(build) = &spec.build {
        python(case, build.python.as_ref(), sink);
        check(case, build.frontend.as_ref(), sink);
    }
    for image in case.plan.images.values() {
        let assumed = image.recipe().and_then(|it| it.python.as_ref()).filter(|it| it.origin.rule.is_some());
        if let Some((version, known)) = assumed.and_then(|it| Some((it, ended(case, python_version(it)?)?))) {
            let diagnostic = Diagnostic::new(&END_OF_LIFE, out_of_support(version, known));
            let diagnostic = diagnostic.at(Spot::key(image.origin), format!("{version} is assumed"));
            sink.report(diagnostic.help(newer(case, &PYTHON)));
        }
    }
    let version = spec.project.as_ref().and_then(|it| it.version.as_ref());
    if let Some(version) = version.filter(|it| it.as_str() == "latest") {
        let diagnostic = Diagnostic::new(&FLOATING_TAG, "`latest` is no version");
        sink.report(diagnostic.at(version, "every image would be tagged `latest`"));
    }
}

/// A base is a name of ours or an image; a word without a tag was probably meant as a name.
fn check_base(case: &Case<'_>, base: Option<&At<ImageReference>>, sink: &mut Sink) {
    let Some(base) = base.filter(|it| named_base(it).is_none()) else { return };
    let is_word = base.as_str() == base.path();
    match nearest(base, named_bases()).filter(|_| is_word) {
        Some(near) => {
            let diagnostic = Diagnostic::new(&FLOATING_TAG, format!("`{base}` is no base, and as an image has no tag"));
            sink.report(diagnostic.at(base, "").did_you_mean_text(base, Some(near)));
        }
        None => check(case, Some(base), sink),
    }
}

fn check(case: &Case<'_>, image: Option<&At<ImageReference>>, sink: &mut Sink) {
    image.into_iter().flat_map(|it| judge(case, it, &Spot::from(it))).for_each(|it| sink.report(it));
}

/// What is wrong with an image that is named somewhere.
pub(super) fn judge(case: &Case<'_>, image: &ImageReference, spot: &Spot) -> Vec<Diagnostic> {
    if let Some(gone) = gone(image) {
        let diagnostic = Diagnostic::new(&IMAGE_GONE, format!("`{image}` cannot be used any more"));
        return vec![diagnostic.at(spot.clone(), gone.why).help(format!("use {}", gone.instead))];
    }
    let mut found = Vec::new();
    let is_locked = case.inputs.lock_file.digests.get(&image.qualified()).is_some();
    if let Some((what, severity)) = floats(image).filter(|_| !is_locked) {
        let diagnostic = Diagnostic::new(&FLOATING_TAG, format!("`{image}` {what}")).weighing(severity);
        found.push(
            diagnostic
                .at(spot.clone(), "may be another image tomorrow")
                .help("name a version as the tag, or let `mlopsc lock` write down which image it is now"),
        );
    }
    let ended: Vec<_> = parts_of(image).into_iter().filter(|(_, it)| ended(case, it).is_some()).collect();
    if !ended.is_empty() {
        let since = |(product, it): &(&Product, &Version)| format!("{} {} since {}", product.name, it.number, it.last);
        let diagnostic = Diagnostic::new(&END_OF_LIFE, format!("`{image}` is out of support"));
        let diagnostic = diagnostic.at(spot.clone(), ended.iter().map(since).collect::<Vec<_>>().join(", "));
        found.push(ended.iter().fold(diagnostic, |diagnostic, (product, _)| diagnostic.help(newer(case, product))));
    }
    found
}

/// First words of tags that are moved from one image to the next.
const FLOATING: [&str; 22] = [
    "latest", "main", "master", "trunk", "head", "stable", "mainline", "nightly", "weekly", "edge", "rolling", "dev",
    "devel", "develop", "snapshot", "canary", "testing", "unstable", "current", "lts", "slim", "alpine",
];

/// Why the tag of an image may name another one tomorrow.
fn floats(image: &ImageReference) -> Option<(String, Severity)> {
    if image.digest().is_some() {
        return None;
    }
    let Some(tag) = image.tag() else { return Some(("has no tag".to_owned(), Severity::Error)) };
    let mut words = tag.split(['-', '_']);
    let first = words.next().unwrap_or_default().trim_end_matches(|it: char| it.is_ascii_digit() || it == '.');
    // `nightly-2026-11-02` and `main-3f9c1d2` are one build each.
    let is_build = words.any(|it| {
        let is_hash = it.len() >= 7 && it.bytes().all(|it| it.is_ascii_hexdigit());
        is_hash || it.trim_start_matches('v').starts_with(|it: char| it.is_ascii_digit())
    });
    if FLOATING.contains(&first) && !is_build {
        return Some((format!("has the tag `{tag}`"), Severity::Error));
    }
    let number = tag.split('-').next().unwrap_or_default();
    let is_major = (1..=3).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_digit());
    // A number alone is the whole version of a distribution, and often of what others publish.
    let is_distribution = |it: &str| ["alpine", "debian", "fedora", "almalinux", "rockylinux"].contains(&it);
    let is_known = image.official().is_some_and(|it| !is_distribution(it));
    (is_major && is_known).then(|| (format!("has the tag `{tag}`, which is any {number}.x"), Severity::Warning))
}

fn python(case: &Case<'_>, version: Option<&At<PythonVersion>>, sink: &mut Sink) {
    let Some(version) = version else { return };
    let Some(known) = python_version(version) else {
        let newest = PYTHON.versions.last().map_or("", |it| it.number);
        let diagnostic = Diagnostic::new(&PYTHON_UNKNOWN, format!("Python {version} is not known to this compiler"));
        let diagnostic = diagnostic.at(version, format!("the newest that it knows is {newest}"));
        return sink.report(diagnostic.help(format!("use Python {newest}, unless {version} was released since")));
    };
    if ended(case, known).is_none() {
        return;
    }
    let diagnostic = Diagnostic::new(&END_OF_LIFE, out_of_support(version, known));
    let diagnostic = if version.minor() < OLDEST_PYTHON && makes_base(case, version) {
        let why = format!("there is no image `{}`", usual_base(Language::Python, version));
        diagnostic.weighing(Severity::Error).at(version, why)
    } else {
        diagnostic.at(version, "no more security fixes")
    };
    sink.report(diagnostic.help(newer(case, &PYTHON)));
}

/// Whether this version decides the base of an image: a base that the spec names stays what it is.
fn makes_base(case: &Case<'_>, version: &At<PythonVersion>) -> bool {
    let mut recipes = case.plan.images.values().filter_map(crate::plan::Image::recipe).filter(|it| !it.has_own_base);
    recipes.any(|it| it.python.as_ref().is_some_and(|it| it.origin == version.origin))
}

fn out_of_support(version: &str, known: &Version) -> String {
    format!("Python {version} is out of support since {}", known.last)
}

/// The version, where its support is over.
fn ended(case: &Case<'_>, version: &'static Version) -> Option<&'static Version> {
    is_over(version.last, case.as_of).then_some(version)
}

fn is_over(last: &str, day: jiff::civil::Date) -> bool {
    last.parse::<jiff::civil::Date>().is_ok_and(|it| it < day)
}

/// A version that is supported for another year, or else the newest that is known.
fn newer(case: &Case<'_>, product: &Product) -> String {
    let in_a_year = case.as_of.saturating_add(jiff::ToSpan::years(1));
    let lasting = product.versions.iter().find(|it| !is_over(it.last, in_a_year));
    let number = lasting.or(product.versions.last()).map_or("", |it| it.number);
    format!("use {} {number} or newer", product.name)
}
