//! Lock files: whether there is one, whether it pins by hash, and whether it holds what the base promises.

use super::case::Program;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Image, Lock, LockForm, Recipe, language_of_lock, taints};
use crate::source::{At, FileError, Origin};
use crate::spec::{Class, Language};

pub(super) static CHECK: Check =
    Check { codes: &[&NO_LOCK, &UNREADABLE_LOCK, &UNHASHED_LOCK, &LOCK_REFERS, &FRAMEWORK_NOT_LOCKED], run };

static NO_LOCK: Code = Code {
    id: "no-lock-file",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a program without a lock file. Where the program reads protected health information (or data without a class) it
is an error.

### Why it matters
Without one, two builds of the same version install different packages, and nobody can say what read the data.

### Use instead
`uv lock`, or a `requirements` file with hashes (`uv pip compile --generate-hashes`), or `renv.lock` for R; beside the
entry, beside `mlops.toml`, or named with `lock`. Of Node `package-lock.json`, of Java what verifies what its build
fetches: `gradle/verification-metadata.xml`, or `.mvn/checksums/checksums.sha256`.
",
};

static UNREADABLE_LOCK: Code = Code {
    id: "lock-unreadable",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a lock file that is there and cannot be read: it is not UTF-8 text, nobody but its owner may open it, or it is a
link that leads out of the project.

### Why it matters
Nothing of it would be installed, and the program would start without its packages. `>` of Windows PowerShell writes
UTF-16.

### Use instead
The file as UTF-8, which `uv pip compile --output-file requirements.lock` writes on every system.
",
};

static UNHASHED_LOCK: Code = Code {
    id: "lock-without-hashes",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a lock file in which a package has no exact version or no whole hash: `numpy==2.*` is many versions, and a
SHA-256 has 64 hexadecimal digits. Of Poetry and Pipenv it is an error: what pip installs is made from the hashes. It is
one as well where a package is there in two versions without markers that tell them apart.

### Why it matters
What is installed is then whatever the index serves at the time of the build.

### Use instead
`uv pip compile --generate-hashes requirements.in --output-file requirements.lock`.
",
};

static LOCK_REFERS: Code = Code {
    id: "lock-refers-elsewhere",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `requirements` file with `-r`, `-c` or `-e`, and another lock file with a package that is a folder or comes
from git.

### Why it matters
Only the lock file itself is copied into the image: the build would not find what it refers to.

### Use instead
One file with everything in it: `uv pip compile --generate-hashes requirements.in --output-file requirements.lock`.
",
};

static FRAMEWORK_NOT_LOCKED: Code = Code {
    id: "framework-not-locked",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a named base such as `pytorch` whose lock file does not have the framework.

### Why it matters
The wheels of the frameworks bring CUDA with them, so the image is built from the slim image and the lock file; without
the framework in it, the program cannot import it.

### Use instead
The framework in the lock file, or no `base`.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let taints = taints(case.resolved);
    for image in case.plan.images.values() {
        let Some(recipe) = image.recipe() else { continue };
        let programs: Vec<Program<'_>> = case.programs().filter(|it| runs(case, it, image)).collect();
        let Some(first) = programs.first() else { continue };
        let phi = |it: &Program<'_>| {
            let inputs = it.workload.inputs.iter().filter_map(|it| it.data.as_ref());
            inputs.filter_map(|it| taints.get(it.as_str())).find(|it| it.class == Class::Phi).map(|it| it.assumed)
        };
        let at_risk = programs.iter().find_map(|it| Some(AtRisk { program: it, assumed: phi(it)? }));
        match &recipe.lock {
            // A lock file that is named and not there is reported as that.
            None if programs.iter().any(|it| names_lock(case, it, recipe)) => {}
            None => no_lock(recipe, at_risk.as_ref(), first, sink),
            Some(lock) => {
                if let Err(error) = case.inputs.files.text(&lock.path) {
                    unreadable(&error, spot(lock.origin, first), sink);
                    continue;
                }
                if let Some(what) = &lock.refers {
                    refers(lock, what, spot(lock.origin, first), sink);
                } else if let Some(package) = &lock.twice {
                    twice(lock, package, spot(lock.origin, first), sink);
                } else if !lock.hashed {
                    unhashed(lock, at_risk.as_ref(), first, sink);
                }
                framework(case, recipe, lock.origin, first, sink);
            }
        }
    }
}

fn unreadable(error: &FileError, spot: Spot, sink: &mut Sink) {
    let help = match error {
        FileError::NotText(_) => "write it as UTF-8, which `>` of Windows PowerShell does not do",
        FileError::Outside(_) => "put the file itself into the project: no build of an image follows the link",
        FileError::Missing(_) | FileError::Read { .. } => "make it a file that everybody who compiles may read",
    };
    let diagnostic = Diagnostic::new(&UNREADABLE_LOCK, error.to_string());
    sink.report(diagnostic.at(spot, "nothing of it would be installed").help(help));
}

fn refers(lock: &Lock, what: &str, spot: Spot, sink: &mut Sink) {
    let path = &lock.path;
    sink.report(if lock.form == LockForm::Requirements {
        let message = format!("`{path}` refers to something else with `{what}`");
        let diagnostic = Diagnostic::new(&LOCK_REFERS, message).at(spot, "is all that is copied");
        diagnostic.help("`uv pip compile` makes one file of them")
    } else {
        let message = format!("`{path}` has a package that comes from no index: `{what}`");
        let diagnostic = Diagnostic::new(&LOCK_REFERS, message).at(spot, "is all that is copied");
        diagnostic.help("lock a release of it from an index")
    });
}

fn spot(written: Origin, program: &Program<'_>) -> Spot {
    if written.node.is_some() { Spot::value(written) } else { Spot::key(program.origin) }
}

fn runs(case: &Case<'_>, program: &Program<'_>, image: &Image) -> bool {
    let Some(workload) = case.plan.workloads.get(program.name) else { return false };
    let containers = workload.pod.containers();
    let entry = program.workload.entry.as_ref().map(|it| it.as_str());
    containers.filter(|it| it.image.built.as_deref() == Some(image.name.as_str())).count() > 0
        && entry.is_some_and(|it| image.entries.iter().any(|known| known == it))
}

/// A program that reads protected health information, or data that counts as it for want of a class.
struct AtRisk<'p, 'c> {
    program: &'p Program<'c>,
    assumed: bool,
}

impl AtRisk<'_, '_> {
    fn reads(&self) -> String {
        let what =
            if self.assumed { "data without a class, which counts as phi" } else { "protected health information" };
        format!("`{}` reads {what}", self.program.path)
    }
}

/// Whether a lock file is named for a program, wherever that is said.
fn names_lock(case: &Case<'_>, program: &Program<'_>, recipe: &Recipe) -> bool {
    let shared = program.workload.image.as_ref().and_then(|it| it.shared.as_ref());
    let shared = shared.and_then(|it| case.spec().images.get(it.as_str())).is_some_and(|it| it.lock.is_some());
    let build = case.spec().build.as_ref().and_then(|it| it.lock.as_ref());
    program.workload.lock.is_some()
        || shared
        || build.is_some_and(|it| language_of_lock(it.as_str()) == recipe.language)
}

fn unhashed(lock: &At<Lock>, at_risk: Option<&AtRisk<'_, '_>>, first: &Program<'_>, sink: &mut Sink) {
    let (what, help) = lacking(lock.form);
    let message = format!("`{}` {what}", lock.path);
    // Nothing could be installed.
    let is_needed = matches!(lock.form, LockForm::Poetry | LockForm::Pipenv);
    let severity = if at_risk.is_some() || is_needed { Severity::Error } else { Severity::Warning };
    let diagnostic = Diagnostic::new(&UNHASHED_LOCK, message).weighing(severity);
    let diagnostic = match at_risk {
        Some(it) => {
            let is_written = lock.origin.node.is_some();
            let diagnostic = if is_written { diagnostic.at(lock.origin, "") } else { diagnostic };
            diagnostic.at(Spot::key(it.program.origin), it.reads())
        }
        None => diagnostic.at(spot(lock.origin, first), ""),
    };
    sink.report(diagnostic.help(help));
}

fn twice(lock: &Lock, package: &str, spot: Spot, sink: &mut Sink) {
    let message = format!("`{}` has `{package}` in two versions", lock.path);
    let diagnostic = Diagnostic::new(&UNHASHED_LOCK, message).weighing(Severity::Error);
    let diagnostic = diagnostic.at(spot, "pip refuses to install both");
    sink.report(diagnostic.help("leave one of them, or tell with a marker behind `;` which system each is for"));
}

/// What a lock file of a form lacks, and what to do.
fn lacking(form: LockForm) -> (&'static str, &'static str) {
    match form {
        LockForm::Requirements => {
            ("does not pin every package by version and hash", "`uv pip compile --generate-hashes` makes one that does")
        }
        LockForm::Uv => ("is not what `uv lock` writes", "`uv lock` makes it anew"),
        LockForm::Poetry => {
            ("does not say the group and the hashes of every package", "`poetry lock` of Poetry 2 does")
        }
        LockForm::Pipenv => ("does not pin every package by version and hash", "`pipenv lock` makes it anew"),
        LockForm::Renv => ("is not what `renv::snapshot()` writes", "`renv::snapshot()` makes it anew"),
        LockForm::Npm => ("does not have a hash for every package", "`npm install --package-lock-only` makes it anew"),
        LockForm::Gradle => (
            "does not verify what is fetched, or the wrapper has no `distributionSha256Sum`",
            "`./gradlew --write-verification-metadata sha256`, and the sum in gradle/wrapper/gradle-wrapper.properties",
        ),
        LockForm::Maven => (
            "does not verify what is fetched, or the wrapper has no `distributionSha256Sum`",
            "sums by SHA-256 as Maven Resolver writes them, and the wrapper's in .mvn/wrapper/maven-wrapper.properties",
        ),
    }
}

fn no_lock(recipe: &Recipe, at_risk: Option<&AtRisk<'_, '_>>, first: &Program<'_>, sink: &mut Sink) {
    let what = match recipe.language {
        Language::Python => "uv.lock, requirements.lock or requirements.txt",
        Language::R => "renv.lock",
        Language::Node => "package-lock.json",
        Language::Java => "gradle/verification-metadata.xml or .mvn/checksums/checksums.sha256",
        // Pages are all there is.
        Language::Static => return,
    };
    let diagnostic = match at_risk {
        Some(it) => {
            let diagnostic = Diagnostic::new(&NO_LOCK, format!("{}, and has no lock file", it.reads()));
            diagnostic.weighing(Severity::Error).at(Spot::key(it.program.origin), "")
        }
        None => {
            let message = format!("`{}` has no lock file", first.path);
            Diagnostic::new(&NO_LOCK, message).at(Spot::key(first.origin), "")
        }
    };
    sink.report(diagnostic.help(format!("put {what} beside the entry, or name it with `lock`")));
}

fn framework(case: &Case<'_>, recipe: &Recipe, lock: Origin, first: &Program<'_>, sink: &mut Sink) {
    let Some(framework) = recipe.framework else { return };
    if recipe.locked_framework().is_none() {
        let package = framework.packages()[0];
        let path = recipe.lock.as_ref().map(|it| it.path.to_string()).unwrap_or_default();
        let message = format!("`{path}` does not have `{package}`, which the base promises");
        let base = case.base(first.workload).map_or(Spot::key(first.origin), Spot::from);
        let diagnostic = Diagnostic::new(&FRAMEWORK_NOT_LOCKED, message).at(base, "promises it");
        let diagnostic = diagnostic.at(lock, "does not have it");
        sink.report(diagnostic.help(format!("add `{package}` to the lock file, or leave `base` out")));
    }
}
