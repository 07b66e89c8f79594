//! Files that the spec names and that are not there.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::kept_out;
use crate::source::{At, RelPath};
use crate::spec::{FilePath, SecretFrom, nearest};

pub(super) static CHECK: Check = Check { codes: &[&MISSING_FILE], run };

static MISSING_FILE: Code = Code {
    id: "missing-file",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an entry, a lock file, an encrypted secret or a manifest that the spec names and that is not in the project, and
an entry or lock file that no build of an image can see, because hidden files, keys and patients' data are kept out of
it.

### Why it matters
The image would fail to build, or start and fail to find its program.

### Use instead
The path of a file, relative to `mlops.toml`. Git-ignored files of `from = \"file\"` secrets need not be there.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let spec = case.spec();
    for program in case.programs() {
        check_copied(case, program.workload.entry.as_ref(), sink);
        check_copied(case, program.workload.lock.as_ref(), sink);
    }
    check_copied(case, spec.build.as_ref().and_then(|it| it.lock.as_ref()), sink);
    for image in spec.images.values() {
        check_copied(case, image.lock.as_ref(), sink);
    }
    for objects in &spec.objects {
        check(case, objects.file.as_ref(), sink);
    }
    for secret in spec.secrets.values() {
        if secret.from.is_some_and(|it| matches!(it.value, SecretFrom::Sealed | SecretFrom::Sops)) {
            check(case, secret.file.as_ref(), sink);
        }
    }
}

/// A file that goes into an image.
fn check_copied(case: &Case<'_>, path: Option<&At<FilePath>>, sink: &mut Sink) {
    check(case, path, sink);
    let Some(path) = path.filter(|it| case.has_file(it)) else { return };
    if let Some(pattern) = RelPath::root().join(path).ok().and_then(|it| kept_out(&it)) {
        let diagnostic = Diagnostic::new(&MISSING_FILE, format!("no build of an image can see `{path}`"));
        let diagnostic = diagnostic.at(path, format!("`.dockerignore` keeps `{pattern}` out"));
        sink.report(diagnostic.help("give it a place and a name that no such pattern fits"));
    }
}

fn check(case: &Case<'_>, path: Option<&At<FilePath>>, sink: &mut Sink) {
    let Some(path) = path.filter(|it| !case.has_file(it)) else { return };
    let is_folder = RelPath::root().join(path).is_ok_and(|it| case.files.is_folder(&it));
    if is_folder {
        let diagnostic = Diagnostic::new(&MISSING_FILE, format!("`{path}` is a folder and no file"));
        sink.report(diagnostic.at(path, "").help("name a file in it"));
        return;
    }
    let diagnostic = Diagnostic::new(&MISSING_FILE, format!("there is no file `{path}`"));
    let near = near(case, path);
    sink.report(diagnostic.at(path, "not in the project's folder").did_you_mean_text(path, near));
}

/// A file of a similar name in the same folder, or of the same name beside the spec.
fn near(case: &Case<'_>, path: &str) -> Option<String> {
    let path = RelPath::root().join(path).ok()?;
    let names = case.files.list(&path.parent());
    match nearest(path.file_name(), names.iter().map(String::as_str).filter(|it| !it.ends_with('/'))) {
        Some(name) => path.parent().join(name).ok().map(|it| it.to_string()),
        None => Some(path.file_name().to_owned()).filter(|it| case.has_file(it)),
    }
}
