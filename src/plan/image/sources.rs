//! Which files of the project go into an image, and the hash of what does.

use std::sync::LazyLock;

use globset::{Glob, GlobSet, GlobSetBuilder};
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, format_smolstr};

use crate::plan::context::Context;
use crate::plan::storage::hex;
use crate::plan::{Image, Recipe};
use crate::source::RelPath;
use crate::spec::{FilePath, Language};

/// What never gets into an image, even from a folder that is copied: patients' data, keys, and what programs leave
/// behind. The patterns are those of `.dockerignore`.
pub const KEPT_OUT: &[&str] = &[
    "**/.*",
    "**/__pycache__",
    "**/*.py[cod]",
    "**/*.[dD][cC][mM]",
    "**/*.[nN][iI][iI]",
    "**/*.[nN][iI][iI].[gG][zZ]",
    "**/*.mh[ad]",
    "**/*.nrrd",
    "**/DICOMDIR",
    "**/*.env",
    "**/*.key",
    "**/*.p12",
    "**/*.pem",
    "**/*.pfx",
    "**/id_rsa*",
    "**/id_ed25519*",
];

/// What `COPY` names: for an entry in a folder the first folder of its path; for one beside `mlops.toml` all programs
/// there, and the Python packages there.
pub(super) fn sources<'e>(
    context: &Context<'_>,
    entries: impl Iterator<Item = &'e str>,
    language: Language,
) -> Vec<SmolStr> {
    let mut sources: Vec<SmolStr> = Vec::new();
    for entry in entries {
        match entry.split_once('/') {
            Some((folder, _)) => sources.push(folder.into()),
            None if language == Language::R && entry.ends_with(".R") => sources.push("*.R".into()),
            None if language == Language::R || !entry.ends_with(".py") => sources.push(entry.into()),
            None => {
                sources.push("*.py".into());
                sources.extend(packages(context));
            }
        }
    }
    sources.sort();
    sources.dedup();
    sources
}

/// The Python packages beside `mlops.toml`.
fn packages(context: &Context<'_>) -> Vec<SmolStr> {
    let is_package = |folder: &str| {
        // A name that no path of a spec could have is nobody's package.
        if FilePath::check(folder).is_err() {
            return false;
        }
        let init = RelPath::root().join(&format!("{folder}/__init__.py"));
        folder != "tests" && init.is_ok_and(|it| context.files.is_file(&it))
    };
    let names = context.files.list(&RelPath::root());
    let folders = names.iter().filter_map(|it| it.strip_suffix('/'));
    folders.filter(|it| is_package(it)).map(SmolStr::new).collect()
}

/// `sha-` and twelve digits of a hash over what the plan says of the image, the lock file, the project's templates and
/// every copied file.
pub(super) fn content_hash(context: &Context<'_>, image: &Image) -> SmolStr {
    let recipe = &image.recipe;
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(image).expect("internal error: a plan is JSON"));
    let lock = recipe.lock.iter().flat_map(|it| std::iter::once(it.path.clone()).chain(it.project()));
    let templates = context.files.walk(&RelPath::parse(TEMPLATES).expect("internal error: a good name"), &|_| true);
    for path in lock.chain(templates).chain(copied(context, recipe)) {
        hash.update(path.as_str().as_bytes());
        hash.update([0]);
        // A file that cannot be read is reported where it is named.
        hash.update(context.files.bytes(&path).unwrap_or_default());
        hash.update([0]);
    }
    format_smolstr!("sha-{}", hex(&hash.finalize()[..6]))
}

/// The project's own templates of Dockerfiles.
const TEMPLATES: &str = "blueprints/docker";

static KEPT_OUT_SET: LazyLock<GlobSet> = LazyLock::new(|| {
    let mut set = GlobSetBuilder::new();
    for pattern in KEPT_OUT {
        // A folder that is kept out takes everything below it along.
        for pattern in [(*pattern).to_owned(), format!("{pattern}/**")] {
            set.add(Glob::new(&pattern).expect("internal error: a good pattern"));
        }
    }
    set.build().expect("internal error: good patterns")
});

/// The pattern that keeps a file out of every image, if one does.
#[must_use]
pub fn kept_out(path: &RelPath) -> Option<&'static str> {
    // Of each pattern there are two in the set.
    KEPT_OUT_SET.matches(path.as_str()).first().map(|it| KEPT_OUT[it / 2])
}

/// Every file that goes into the image.
fn copied(context: &Context<'_>, recipe: &Recipe) -> Vec<RelPath> {
    let root = RelPath::root();
    let mut files = Vec::new();
    for source in &recipe.sources {
        if let Some(ending) = source.strip_prefix('*') {
            let names = context.files.list(&root).into_iter();
            files.extend(names.filter(|it| it.ends_with(ending)).filter_map(|it| root.join(&it).ok()));
        } else if let Ok(folder) = root.join(source) {
            files.extend(context.files.walk(&folder, &|_| true));
        }
    }
    files.retain(|it| kept_out(it).is_none());
    files
}
