//! Files that the spec names and that are not there.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::{Image, kept_out};
use crate::source::{At, FileError, RelPath};
use crate::spec::{FilePath, Language, SecretFrom, Workload, nearest};

pub(super) static CHECK: Check = Check { codes: &[&MISSING_FILE], run };

static MISSING_FILE: Code = Code {
    id: "missing-file",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an entry, a lock file, weights, a Dockerfile, its context, an encrypted secret, a manifest or a file of a
`[config]` table that the spec names and that is not in the project; also what no build of an image can see, because
hidden files, keys and patients' data are kept out of it.

### Why it matters
The image would fail to build, or start and fail to find its program.

### Use instead
The path of a file, relative to `mlops.toml`. Git-ignored files of `from = \"file\"` secrets need not be there.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let spec = case.spec();
    for program in case.programs() {
        check_copied(case, program.workload.entry.as_ref().filter(|_| !has_steps(case, program.workload)), sink);
        check_copied(case, program.workload.lock.as_ref(), sink);
    }
    check_copied(case, spec.build.as_ref().and_then(|it| it.lock.as_ref()), sink);
    for image in spec.images.values() {
        check_copied(case, image.lock.as_ref(), sink);
        image.weights.iter().for_each(|it| check_copied(case, Some(it), sink));
        check(case, image.dockerfile.as_ref(), sink);
        check_folder(case, image.context.as_ref(), sink);
        image.workspace.iter().for_each(|it| check_project(case, it, sink));
    }
    for objects in &spec.objects {
        check(case, objects.file.as_ref(), sink);
    }
    case.plan.images.values().for_each(|it| check_wrapper(case, it, sink));
    for secret in spec.secrets.values() {
        if secret.from.is_some_and(|it| matches!(it.value, SecretFrom::Sealed | SecretFrom::Sops)) {
            check(case, secret.file.as_ref(), sink);
        }
    }
    for (name, table) in &spec.config {
        check(case, table.template.as_ref(), sink);
        check(case, table.env_file.as_ref(), sink);
        let attached = case.resolved.attachments.get(name.as_str());
        for pattern in &table.files {
            let found = attached.is_some_and(|it| it.has(pattern.origin));
            match FilePath::parse(pattern) {
                Ok(path) => check(case, Some(&At::new(path, pattern.origin)), sink),
                Err(_) if !found => {
                    let message = format!("no file is like `{pattern}`");
                    sink.report(Diagnostic::new(&MISSING_FILE, message).at(pattern, "nothing to put into the table"));
                }
                Err(_) => {}
            }
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
    let is_folder = RelPath::root().join(path).is_ok_and(|it| case.inputs.files.is_folder(&it));
    if is_folder {
        let diagnostic = Diagnostic::new(&MISSING_FILE, format!("`{path}` is a folder and no file"));
        sink.report(diagnostic.at(path, "").help("name a file in it"));
        return;
    }
    // What is there and is no file: a link that leads out of the project, a pipe, what nobody may look at.
    let looked = RelPath::root().join(path).map(|it| case.inputs.files.beginning(&it));
    if let Ok(Err(error @ (FileError::Outside(_) | FileError::Read { .. }))) = looked {
        let diagnostic = Diagnostic::new(&MISSING_FILE, error.to_string());
        sink.report(diagnostic.at(path, "").help("put the file itself into the project's folder"));
        return;
    }
    let diagnostic = Diagnostic::new(&MISSING_FILE, format!("there is no file `{path}`"));
    let near = near(case, path);
    sink.report(diagnostic.at(path, "not in the project's folder").did_you_mean_text(path, near));
}

/// Whether the build of a program's image runs steps, which may make its entry.
fn has_steps(case: &Case<'_>, workload: &Workload) -> bool {
    let shared = workload.image.as_ref().and_then(|it| it.shared.as_ref());
    shared.and_then(|it| case.spec().images.get(it.as_str())).is_some_and(|it| !it.run.is_empty())
}

/// A folder of a workspace has a project file.
fn check_project(case: &Case<'_>, folder: &At<FilePath>, sink: &mut Sink) {
    let file = format!("{folder}/pyproject.toml");
    if !case.has_file(&file) {
        let diagnostic = Diagnostic::new(&MISSING_FILE, format!("there is no file `{file}`"));
        sink.report(diagnostic.at(folder, "a folder of a workspace has one"));
    }
}

/// A Java project is built by the wrapper beside its build file.
fn check_wrapper(case: &Case<'_>, image: &Image, sink: &mut Sink) {
    for entry in image.entries.iter().filter(|_| image.recipe().is_some_and(|it| it.language == Language::Java)) {
        let (wrapper, maker) =
            if entry.ends_with("pom.xml") { ("mvnw", "mvn wrapper:wrapper") } else { ("gradlew", "gradle wrapper") };
        let folder = entry.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let file = format!("{folder}{wrapper}");
        let used = case.programs().find_map(|it| it.workload.entry.as_ref().filter(|it| it.as_str() == entry));
        if !case.has_file(&file) && case.has_file(entry) {
            let diagnostic = Diagnostic::new(&MISSING_FILE, format!("there is no file `{file}`"));
            let diagnostic = diagnostic.at(used.map_or(image.origin, |it| it.origin), "is built by its wrapper");
            sink.report(diagnostic.help(format!("`{maker}` makes it")));
        }
    }
}

fn check_folder(case: &Case<'_>, path: Option<&At<FilePath>>, sink: &mut Sink) {
    let is_there =
        |it: &str| RelPath::root().join(it).is_ok_and(|it| it == RelPath::root() || case.inputs.files.is_folder(&it));
    if let Some(path) = path.filter(|it| !is_there(it)) {
        let diagnostic = Diagnostic::new(&MISSING_FILE, format!("there is no folder `{path}`"));
        sink.report(diagnostic.at(path, "not in the project's folder"));
    }
}

/// A file of a similar name in the same folder, or of the same name beside the spec.
fn near(case: &Case<'_>, path: &str) -> Option<String> {
    let path = RelPath::root().join(path).ok()?;
    let names = case.inputs.files.list(&path.parent());
    match nearest(path.file_name(), names.iter().map(String::as_str).filter(|it| !it.ends_with('/'))) {
        Some(name) => path.parent().join(name).ok().map(|it| it.to_string()),
        None => Some(path.file_name().to_owned()).filter(|it| case.has_file(it)),
    }
}
