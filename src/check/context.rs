//! What a build with somebody's own Dockerfile can take in from the folder that it copies from.

use super::inside::told;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Ignore, Making, OwnDockerfile, kept_out};
use crate::source::RelPath;

pub(super) static CHECK: Check = Check { codes: &[&OPEN_CONTEXT], run };

static OPEN_CONTEXT: Code = Code {
    id: "open-context",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports an image with a `dockerfile` whose context has no `.dockerignore`, or one that lets images of patients, keys or
files of secrets in. Where such a file lies in the folder today, or the spec says that a secret's does, it is an error.

### Why it matters
`COPY . .` takes along whatever lies there on the day of the build: a study that somebody tried the program with is then
in every copy of the image, in every registry, and in no list of where patients' data is.

### Use instead
An ignore file that keeps everything out and lets in what the build needs:
```text
**
!src
**/*.dcm
**/*.nii*
**/.*
**/*.pem
**/*.key
```
",
};

/// What the folder of any project may hold some day, and no image should.
const PROBES: &[&str] = &["scan.dcm", "study/scan.nii.gz", "secrets/site.key", ".env"];

fn run(case: &Case<'_>, sink: &mut Sink) {
    for image in case.plan.images.values() {
        if let Making::Dockerfile(own) = &image.making
            && let Some(diagnostic) = judge(case, own, &image.name)
        {
            sink.report(diagnostic.at(&own.path, "its Dockerfile").at(Spot::value(own.context.origin), ""));
        }
    }
}

fn judge(case: &Case<'_>, own: &OwnDockerfile, name: &str) -> Option<Diagnostic> {
    let text = own.ignore.as_ref().and_then(|it| case.inputs.files.text(it).ok());
    let ignore = Ignore::parse(text.as_deref().unwrap_or_default());
    let folder = &own.context.value;
    // A folder that is not there is reported as that.
    if !case.inputs.files.is_folder(folder) {
        return None;
    }
    if let Some(found) = taken_in(case, own, &ignore) {
        let what = told(case.inputs.files, &found).map(|it| format!(", {it}")).unwrap_or_default();
        let message = format!("the build of image `{name}` takes in `{found}`{what}");
        let diagnostic = Diagnostic::new(&OPEN_CONTEXT, message).weighing(Severity::Error);
        return Some(diagnostic.help("keep it out with the ignore file"));
    }
    let Some(path) = &own.ignore else {
        let message = format!("nothing keeps data and keys in `{folder}` out of image `{name}`");
        let path = folder.join(".dockerignore").unwrap_or_else(|_| folder.clone());
        return Some(Diagnostic::new(&OPEN_CONTEXT, message).help(format!("write `{path}`")));
    };
    let open: Vec<&str> = PROBES.iter().copied().filter(|it| ignore.lets_in(it)).collect();
    (!open.is_empty()).then(|| {
        let message = format!("`{path}` would let {} into image `{name}`", super::case::listed(open));
        Diagnostic::new(&OPEN_CONTEXT, message).help("begin it with `**`, and let in what the build needs")
    })
}

/// A file that must not be in an image and that the build can copy.
fn taken_in(case: &Case<'_>, own: &OwnDockerfile, ignore: &Ignore) -> Option<RelPath> {
    let folder = &own.context.value;
    let secrets = case.spec().secrets.values().filter_map(|it| RelPath::root().join(it.file.as_ref()?).ok());
    let secret = secrets.filter(|it| it.is_below(folder)).find(|it| ignore.lets_in(it.below(folder)));
    if secret.is_some() {
        return secret;
    }
    // Hidden files are no data, but for those that are named after secrets.
    let all = case.inputs.files;
    let is_bad = |it: &RelPath| kept_out(it).is_some() || told(all, it).is_some();
    let files = all.walk(folder, &|it| ignore.lets_in(it.below(folder)) && is_bad(it));
    let hidden = folder.join(".env").ok().filter(|it| all.is_file(it) && ignore.lets_in(it.below(folder)));
    files.into_iter().next().or(hidden)
}
