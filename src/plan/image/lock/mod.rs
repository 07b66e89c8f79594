//! Lock files: which one belongs to a program, and what it pins. One file for each family of forms.

mod exported;
mod java;
mod npm;
mod python;
mod renv;

use smol_str::SmolStr;

use crate::plan::context::Context;
use crate::plan::{IMAGE_NAME, Lock, LockForm, Member};
use crate::source::{At, FileError, Origin, RelPath};
use crate::spec::Language;

/// The names under which a lock file of a language is found by itself, the best first.
fn names(language: Language) -> &'static [&'static str] {
    match language {
        Language::Python => &["uv.lock", "requirements.lock", "poetry.lock", "Pipfile.lock", "requirements.txt"],
        Language::R => &["renv.lock"],
        Language::Node => &["package-lock.json", "npm-shrinkwrap.json"],
        Language::Java => &["gradle/verification-metadata.xml", ".mvn/checksums/checksums.sha256"],
        Language::Static => &[],
    }
}

/// The lock file that the spec names, or the one beside the entry or beside `mlops.toml`. `None` where there is none;
/// that is reported elsewhere. One that cannot be read has no packages.
pub(super) fn find_lock(
    context: &Context<'_>,
    said: Option<At<SmolStr>>,
    entry: Option<&str>,
    language: Language,
) -> Option<At<Lock>> {
    if let Some(said) = said {
        let path = RelPath::root().join(&said).ok()?;
        return context.files.is_file(&path).then(|| At::new(read(context, &path), said.origin));
    }
    let beside = entry.and_then(|it| RelPath::root().join(it).ok()).map(|it| it.parent());
    for folder in beside.into_iter().chain([RelPath::root()]) {
        for name in names(language) {
            let Some(path) = folder.join(name).ok().filter(|it| is_there(context, it)) else { continue };
            return Some(At::new(read(context, &path), Origin::rule(IMAGE_NAME)));
        }
    }
    None
}

/// The language of the programs whose packages a lock file of this name holds.
#[must_use]
pub fn language_of_lock(file: &str) -> Language {
    match form(file.rsplit('/').next().unwrap_or(file)) {
        LockForm::Renv => Language::R,
        LockForm::Npm => Language::Node,
        LockForm::Gradle | LockForm::Maven => Language::Java,
        LockForm::Requirements | LockForm::Uv | LockForm::Poetry | LockForm::Pipenv => Language::Python,
    }
}

impl Lock {
    fn empty(path: RelPath, form: LockForm) -> Self {
        Self {
            path,
            form,
            packages: [].into(),
            members: Vec::new(),
            requirements: None,
            hashed: true,
            glibc: None,
            refers: None,
            twice: None,
            repository: None,
            language_version: None,
        }
    }

    /// The file of the project that a lock file belongs to, where an installer reads both.
    #[must_use]
    pub fn project(&self) -> Option<RelPath> {
        let name = match self.form {
            LockForm::Uv => "pyproject.toml",
            LockForm::Npm => "package.json",
            _ => return None,
        };
        self.path.parent().join(name).ok()
    }

    /// The folder of a member, from the project's; `None` where it leaves it.
    #[must_use]
    pub fn folder_of(&self, member: &Member) -> Option<RelPath> {
        self.path.parent().join(&member.folder).ok()
    }

    /// The project files of all members but the one beside the lock file: without them it could not be told whether
    /// the lock file is up to date.
    #[must_use]
    pub fn member_projects(&self) -> Vec<RelPath> {
        let project = |it: &Member| self.folder_of(it)?.join("pyproject.toml").ok();
        let own = self.project();
        self.members.iter().filter_map(project).filter(|it| Some(it) != own.as_ref()).collect()
    }
}

/// Whether there is something other than a folder, if only a link that leads out of the project.
fn is_there(context: &Context<'_>, path: &RelPath) -> bool {
    let is_missing = || matches!(context.files.beginning(path), Err(FileError::Missing(_)));
    context.files.is_file(path) || !context.files.is_folder(path) && !is_missing()
}

fn read(context: &Context<'_>, path: &RelPath) -> Lock {
    context.inputs.lock(path, || parse(context, path))
}

fn parse(context: &Context<'_>, path: &RelPath) -> Lock {
    let form = form(path.file_name());
    let empty = Lock::empty(path.clone(), form);
    let Ok(text) = context.files.text(path) else { return Lock { hashed: false, ..empty } };
    match form {
        LockForm::Requirements => python::requirements(&text, empty),
        LockForm::Uv => python::uv(&text, empty),
        LockForm::Poetry => exported::poetry(&text, empty),
        LockForm::Pipenv => exported::pipenv(&text, empty),
        LockForm::Renv => renv::renv(&text, empty),
        LockForm::Npm => npm::npm(&text, empty),
        LockForm::Gradle => java::gradle(context, &text, empty),
        LockForm::Maven => java::maven(context, &text, empty),
    }
}

fn form(file_name: &str) -> LockForm {
    match file_name {
        "uv.lock" => LockForm::Uv,
        "poetry.lock" => LockForm::Poetry,
        "Pipfile.lock" => LockForm::Pipenv,
        "renv.lock" => LockForm::Renv,
        "package-lock.json" | "npm-shrinkwrap.json" => LockForm::Npm,
        "verification-metadata.xml" => LockForm::Gradle,
        "checksums.sha256" => LockForm::Maven,
        _ => LockForm::Requirements,
    }
}
