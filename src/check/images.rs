//! Images that may change under their name, that are gone, or that are out of support.

use super::{Case, Check};
use crate::catalogue::{PYTHON_END_OF_LIFE, gone, python_end_of_life};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::At;
use crate::spec::ImageReference;

pub(super) static CHECK: Check = Check { codes: &[&FLOATING_TAG, &IMAGE_GONE, &END_OF_LIFE], run };

static FLOATING_TAG: Code = Code {
    id: "floating-tag",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an image without a tag, or with the tag `latest`, and a project whose version is `latest`.

### Why it matters
What runs is then whatever was pushed last: two nodes can run different programs, and nobody can go back.

### Use instead
A tag that says a version, and its digest in `mlops.lock`.
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
Reports a version of Python that gets no more fixes on the day of `--as-of` (by default today).

### Why it matters
Known faults stay open, and newer packages do not install.

### Use instead
A version with years to go, in `python` of the workload, of the image or of [build].
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let spec = case.spec();
    for program in case.programs() {
        check(program.workload.image.as_ref().and_then(|it| it.reference.as_ref()), sink);
        check_base(program.workload.base.as_ref(), sink);
        python(case, program.workload.python.as_ref(), sink);
    }
    for image in spec.images.values() {
        check_base(image.base.as_ref(), sink);
        python(case, image.python.as_ref(), sink);
    }
    if let Some(build) = &spec.build {
        python(case, build.python.as_ref(), sink);
        check(build.frontend.as_ref(), sink);
    }
    for image in case.plan.images.values() {
        let assumed = image.recipe().and_then(|it| it.python.as_ref()).filter(|it| it.origin.rule.is_some());
        if let Some((version, last)) = assumed.and_then(|it| Some((it, ended(case, it)?))) {
            let diagnostic = Diagnostic::new(&END_OF_LIFE, out_of_support(version, last));
            sink.report(diagnostic.at(Spot::key(image.origin), format!("{version} is assumed")).help(newer(case)));
        }
    }
    let version = spec.project.as_ref().and_then(|it| it.version.as_ref());
    if let Some(version) = version.filter(|it| it.as_str() == "latest") {
        let diagnostic = Diagnostic::new(&FLOATING_TAG, "`latest` is no version");
        sink.report(diagnostic.at(version, "every image would be tagged `latest`"));
    }
}

fn check_base(base: Option<&At<ImageReference>>, sink: &mut Sink) {
    if base.is_none_or(|it| crate::catalogue::named_base(it).is_none()) {
        check(base, sink);
    }
}

fn check(image: Option<&At<ImageReference>>, sink: &mut Sink) {
    if let Some(diagnostic) = image.and_then(|it| judge(it, Spot::from(it))) {
        sink.report(diagnostic);
    }
}

/// What is wrong with an image that is named somewhere.
pub(super) fn judge(image: &ImageReference, spot: Spot) -> Option<Diagnostic> {
    if let Some(gone) = gone(image) {
        let diagnostic = Diagnostic::new(&IMAGE_GONE, format!("`{image}` cannot be used any more"));
        return Some(diagnostic.at(spot, gone.why).help(format!("use {}", gone.instead)));
    }
    let is_floating = image.digest().is_none() && matches!(image.tag(), None | Some("latest"));
    is_floating.then(|| {
        let what = if image.tag().is_none() { "has no tag" } else { "has the tag `latest`" };
        let diagnostic = Diagnostic::new(&FLOATING_TAG, format!("`{image}` {what}"));
        diagnostic.at(spot, "may be another image tomorrow").help("name a version as the tag")
    })
}

fn python(case: &Case<'_>, version: Option<&At<crate::spec::Tag>>, sink: &mut Sink) {
    let Some(version) = version else { return };
    if let Some(last) = ended(case, version) {
        let diagnostic = Diagnostic::new(&END_OF_LIFE, out_of_support(version, last));
        sink.report(diagnostic.at(Spot::from(version), "no more security fixes").help(newer(case)));
    }
}

fn out_of_support(version: &str, last: &str) -> String {
    format!("Python {version} is out of support since {last}")
}

/// The last day of a version's support, where that is over.
fn ended(case: &Case<'_>, version: &str) -> Option<&'static str> {
    python_end_of_life(version).filter(|last| is_over(last, case.as_of))
}

fn is_over(last: &str, day: jiff::civil::Date) -> bool {
    last.parse::<jiff::civil::Date>().is_ok_and(|it| it < day)
}

/// A version that is supported for another year, or else the newest that is known.
fn newer(case: &Case<'_>) -> String {
    let in_a_year = case.as_of.saturating_add(jiff::ToSpan::years(1));
    let lasting = PYTHON_END_OF_LIFE.iter().find(|(_, last)| !is_over(last, in_a_year));
    let minor = lasting.or(PYTHON_END_OF_LIFE.last()).map_or(0, |(minor, _)| *minor);
    format!("use \"3.{minor}\" or newer")
}
