//! Whether the wheels of the lock file load on the base image's C library.

use super::{Case, Check};
use crate::catalogue::Libc;
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::{Lock, LockForm, Package};
use crate::spec::Language;

pub(super) static CHECK: Check = Check { codes: &[&WHEELS_ON_MUSL, &GLIBC_TOO_OLD], run };

static WHEELS_ON_MUSL: Code = Code {
    id: "wheels-on-musl",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a Python image on Alpine (or another base with musl) whose lock file has packages.

### Why it matters
Wheels with compiled parts are built for glibc; on musl pip finds none, or the import fails. Alpine is small only until
compilers have to come in.

### Use instead
`base = \"python\"`, which is the slim image of the current Debian.
",
};

static GLIBC_TOO_OLD: Code = Code {
    id: "glibc-too-old",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a base image whose C library is older than a package of the lock file needs.

### Why it matters
The package cannot be installed, or an older release of it is taken without a word.

### Example
tensorflow-data-validation 1.21 needs glibc 2.39; Debian 12 has 2.36.

### Use instead
A base on Debian 13 (`trixie`) or Ubuntu 24.04.
",
};

/// Packages whose newer wheels need a newer glibc than most, for lock files that do not name the wheels (PyPI).
const NEEDS: &[(&str, &str, u32)] = &[("tensorflow-data-validation", "1.17", 39)];

fn run(case: &Case<'_>, sink: &mut Sink) {
    for image in case.plan.images.values() {
        let Some(recipe) = image.recipe().filter(|it| it.language == Language::Python) else { continue };
        let Some(lock) = recipe.lock.as_ref().filter(|it| !it.packages.is_empty()) else { continue };
        let base = &recipe.base;
        match base.libc {
            Some(Libc::Musl) => {
                let message = format!("image `{}`: the wheels of `{}` do not load on musl", image.name, lock.path);
                let diagnostic = Diagnostic::new(&WHEELS_ON_MUSL, message).at(base, format!("{} has musl", base.name));
                sink.report(diagnostic.help("use `base = \"python\"`, or an image of Debian or Ubuntu"));
            }
            Some(Libc::Glibc(has)) => {
                if let Some((needs, package)) = needed(lock).filter(|(needs, _)| *needs > has) {
                    let message =
                        format!("image `{}`: `{package}` needs glibc 2.{needs}, the base has 2.{has}", image.name);
                    let diagnostic =
                        Diagnostic::new(&GLIBC_TOO_OLD, message).at(base, format!("{} has glibc 2.{has}", base.name));
                    sink.report(
                        diagnostic.at(lock, "the lock file").help("use a base on Debian 13 (trixie) or Ubuntu 24.04"),
                    );
                }
            }
            None => {}
        }
    }
}

/// The newest glibc that a package asks for.
fn needed(lock: &Lock) -> Option<(u32, smol_str::SmolStr)> {
    if lock.form == LockForm::Uv {
        return lock.glibc.clone();
    }
    let minor = |version: &str| version.split('.').map_while(|it| it.parse::<u32>().ok()).collect::<Vec<_>>();
    let needs = |package: &Package| {
        let (_, from, glibc) = NEEDS.iter().find(|(it, _, _)| *it == package.name)?;
        (minor(&package.version) >= minor(from)).then(|| (*glibc, package.name.clone()))
    };
    lock.packages.iter().filter_map(needs).max()
}
