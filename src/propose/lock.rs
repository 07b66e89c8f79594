//! Lock files and versions: what the language reads, and what to make of everything else.

use super::find::Found;
use crate::source::{Files, RelPath};
use crate::spec::Language;

/// What was found of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Locked {
    /// The lock file to name, where it is not found by itself.
    pub(super) lock: Option<String>,
    /// The version of Python, with the file that says it.
    pub(super) python: Option<(String, &'static str)>,
    pub(super) missing: Vec<String>,
    /// The names in the lock file, or `None` where there is none.
    packages: Option<String>,
}

/// The lock files that are found by themselves, the best first.
const READ: &[&str] = &["uv.lock", "requirements.lock", "poetry.lock", "Pipfile.lock", "requirements.txt"];

/// What pins packages elsewhere, with the way from there to a lock file.
const OTHERS: &[(&str, &str)] = &[
    ("pdm.lock", "make a lock file of it: `pdm export --format requirements --output requirements.lock`"),
    ("environment.yml", CONDA),
    ("environment.yaml", CONDA),
    ("conda-lock.yml", CONDA),
    ("requirements.in", COMPILE),
    ("pyproject.toml", "make a lock file: `uv lock`"),
    ("setup.py", "make a lock file: `uv pip compile --generate-hashes setup.py --output-file requirements.lock`"),
];

const COMPILE: &str =
    "make a lock file: `uv pip compile --generate-hashes requirements.in --output-file requirements.lock`";
const CONDA: &str = "conda is not supported: list its packages in requirements.in, then `uv pip compile \
    --generate-hashes requirements.in --output-file requirements.lock`";

pub(super) fn lock(files: &Files, found: &Found) -> Locked {
    let mut locked = Locked::default();
    let has = |language| found.programs.iter().any(|it| it.language == language);
    if has(Language::Python) {
        python(files, found, &mut locked);
    }
    if has(Language::R) && !is_there(files, "renv.lock") {
        locked.missing.push("there is no renv.lock: make one with `renv::snapshot()`".to_owned());
    }
    locked
}

impl Locked {
    /// Whether the lock file has a package; one that is not there may still get it.
    pub(super) fn may_have(&self, package: &str) -> bool {
        self.packages
            .as_ref()
            .is_none_or(|it| it.split(|it: char| !(it.is_ascii_alphanumeric() || it == '-')).any(|it| it == package))
    }

    /// Whether the lock file has a package for sure.
    pub(super) fn has(&self, package: &str) -> bool {
        self.packages.is_some() && self.may_have(package)
    }
}

fn python(files: &Files, found: &Found, locked: &mut Locked) {
    locked.python = version(files);
    let beside = found.programs.iter().map(|it| it.path.parent());
    let mut folders: Vec<RelPath> = std::iter::once(RelPath::root()).chain(beside).collect();
    folders.sort();
    folders.dedup();
    let paths = folders.iter().flat_map(|folder| READ.iter().filter_map(|it| folder.join(it).ok()));
    let mut all: Vec<RelPath> = paths.filter(|it| files.is_file(it)).collect();
    if all.is_empty() {
        let names = files.list(&RelPath::root());
        let is_lock = |it: &&String| it.starts_with("requirements") && (it.ends_with(".txt") || it.ends_with(".lock"));
        let other: Vec<&String> = names.iter().filter(is_lock).collect();
        if let [only] = other.as_slice()
            && crate::spec::FilePath::check(only).is_ok()
        {
            locked.lock = Some((*only).clone());
            all.extend(RelPath::parse(only).ok());
        }
    }
    let texts: Vec<String> = all.iter().filter_map(|it| files.text(it).ok()).map(|it| it.to_lowercase()).collect();
    let plain = texts.concat().replace('_', "-");
    locked.packages = (!texts.is_empty()).then_some(plain);
    let Some(first) = all.first() else {
        let other = OTHERS.iter().find(|(name, _)| is_there(files, name));
        locked.missing.push(match other {
            Some((name, what)) => format!("`{name}` is not read as a lock file; {what}"),
            None => format!("there is no lock file. Write the packages into requirements.in and {COMPILE}"),
        });
        return;
    };
    let has_project = first.parent().join("pyproject.toml").is_ok_and(|it| files.is_file(&it));
    if first.file_name() == "uv.lock" && !has_project {
        locked.missing.push(format!("`{first}` has no pyproject.toml beside it, which `uv sync` needs"));
    }
    if first.file_name().starts_with("requirements")
        && !texts.iter().any(|it| it.contains("--hash="))
        && !texts.concat().trim().is_empty()
    {
        let pins = if texts.concat().contains("==") { "not every package by its hash" } else { "no versions" };
        locked.missing.push(format!(
            "`{first}` is taken as the lock file and pins {pins}; `uv pip compile --generate-hashes {first} \
             --output-file requirements.lock` makes one that does"
        ));
    }
}

fn is_there(files: &Files, name: &str) -> bool {
    RelPath::parse(name).is_ok_and(|it| files.is_file(&it))
}

/// The version of Python that the project says it runs on.
fn version(files: &Files) -> Option<(String, &'static str)> {
    let read = |name: &str| RelPath::parse(name).ok().and_then(|it| files.text(&it).ok());
    let number = |text: &str| {
        let at = text.find("3.")?;
        let minor: String = text[at + 2..].chars().take_while(char::is_ascii_digit).collect();
        (!minor.is_empty() && minor.len() <= 2).then(|| format!("3.{minor}"))
    };
    if let Some(version) = read(".python-version").and_then(|it| number(it.lines().next()?)) {
        return Some((version, ".python-version"));
    }
    // A lower bound is no choice, unless what is assumed lies below it.
    let project = read("pyproject.toml")?;
    let line = project.lines().find(|it| it.trim_start().starts_with("requires-python"))?;
    let version = number(line)?;
    let is_above = version.strip_prefix("3.").and_then(|it| it.parse::<u32>().ok()).is_some_and(|it| it > 12);
    (is_above || line.contains("==") || line.contains("~=3.1")).then_some((version, "pyproject.toml"))
}
