//! What is in a project: its programs, and what looks like one and is none.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::lines::{self, Line};
use super::program::{self, Program};
use crate::source::{Files, RelPath};
use crate::spec::{FilePath, Language};

/// What was found in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) programs: Vec<Program>,
    /// What was seen and not taken, with the reason.
    pub(super) passed_over: Vec<String>,
    /// Every file of Python or R, taken or not.
    pub(super) sources: Vec<RelPath>,
}

impl Found {
    /// Whether the folder has nothing of a project in it.
    pub(super) fn is_empty(&self) -> bool {
        self.programs.is_empty() && self.passed_over.is_empty() && self.sources.is_empty()
    }
}

/// A text of the project.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) path: RelPath,
    pub(super) language: Language,
    pub(super) lines: Vec<Line>,
    /// Every module of the project, a package by the name of its folder.
    pub(super) known: Rc<BTreeSet<String>>,
}

/// Folders that hold no programs of the project's own.
const PASSED_OVER: &[&str] = &[
    "tests",
    "test",
    "testing",
    "docs",
    "doc",
    "venv",
    "env",
    "virtualenv",
    "node_modules",
    "site-packages",
    "__pycache__",
    "build",
    "dist",
    "deploy",
    "third_party",
    "vendor",
    "wandb",
    "mlruns",
    "renv",
    "packrat",
    "migrations",
];
const NO_PROGRAMS: &[&str] = &["setup.py", "conftest.py", "noxfile.py", "__init__.py", "tasks.py", "fabfile.py"];

/// No program that people write is larger; what is, is data in the form of a program.
const LARGEST: u64 = 1 << 20;

/// The programs of a project, in the order of their paths.
pub(super) fn find(files: &Files) -> Found {
    let mut found = Found::default();
    let mut texts = Vec::new();
    let mut notebooks = Vec::new();
    let all = walk(files, &RelPath::root());
    let known = all.iter().map(|it| it.as_str().replace("/__init__.py", ".py"));
    let known: Rc<BTreeSet<String>> = Rc::new(known.filter(|it| it.ends_with(".py")).collect());
    for path in all {
        let name = path.file_name().to_ascii_lowercase();
        if name.ends_with(".ipynb") {
            notebooks.push(path);
            continue;
        }
        let language = if name.ends_with(".r") { Language::R } else { Language::Python };
        let is_source = name.ends_with(".py") || name.ends_with(".r");
        if !is_source || name.starts_with("test_") || name.ends_with("_test.py") || NO_PROGRAMS.contains(&&*name) {
            continue;
        }
        found.sources.push(path.clone());
        match read(files, &path) {
            Ok(text) => {
                let brackets = if language == Language::R { lines::R } else { lines::PYTHON };
                texts.push(Text { path, language, lines: lines::lines(&text, brackets), known: Rc::clone(&known) });
            }
            Err(why) => found.passed_over.push(why),
        }
    }
    let importers = importers(&texts);
    for text in &texts {
        let importer = importers.get(text.path.as_str()).map(String::as_str);
        match program::read(text, importer) {
            Ok(Some(program)) => found.programs.push(program),
            Ok(None) => {}
            Err(why) => found.passed_over.push(why),
        }
    }
    launched(&mut found, &texts);
    for at in 0..found.programs.len() {
        let left = left_behind(&found.programs, &found.programs[at], &texts);
        found.programs[at].faults.extend(left);
    }
    found.passed_over.extend(told(&notebooks));
    found
}

/// Notebooks, with what to do with them.
fn told(notebooks: &[RelPath]) -> Option<String> {
    let first = notebooks.first()?;
    let more = if notebooks.len() > 1 { format!(" and {} more", notebooks.len() - 1) } else { String::new() };
    let what = if notebooks.len() > 1 { "notebooks" } else { "a notebook" };
    Some(format!(
        "`{first}`{more}: {what}, and notebooks are not compiled yet; `jupyter nbconvert --to script` makes a program"
    ))
}

/// All files of the project's own.
fn walk(files: &Files, folder: &RelPath) -> Vec<RelPath> {
    let names = files.list(folder);
    // A virtual environment has this file under every name, an R package its own.
    if names.iter().any(|it| it == "pyvenv.cfg" || it == "conda-meta/") {
        return Vec::new();
    }
    let is_package = names.iter().any(|it| it == "DESCRIPTION");
    let mut found = Vec::new();
    for name in names {
        let Ok(path) = folder.join(name.trim_end_matches('/')) else { continue };
        match name.strip_suffix('/') {
            Some(it) if PASSED_OVER.contains(&it) || (is_package && it == "R") => {}
            Some(it) if it.ends_with(".egg-info") => {}
            Some(_) => found.extend(walk(files, &path)),
            None => found.push(path),
        }
    }
    found
}

/// The text of a program, or why it is not taken.
fn read(files: &Files, path: &RelPath) -> Result<String, String> {
    if !files.is_plain(path, u64::MAX) {
        return Err(format!("`{path}`: a link or no file, and only files are taken"));
    }
    if !files.is_plain(path, LARGEST) {
        return Err(format!("`{path}`: larger than 1 MiB, and no program is"));
    }
    if let Err(why) = FilePath::check(path.as_str()) {
        return Err(format!("`{path}`: no path that a spec can name ({why}); rename it"));
    }
    let bytes = files.bytes(path).map_err(|it| it.to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    let declares = text.lines().take(2).any(|it| it.starts_with('#') && it.contains("coding"));
    if text.contains('\u{fffd}') && !declares {
        return Err(format!("`{path}`: not UTF-8, and Python and R would not read it either"));
    }
    Ok(text.replace("\r\n", "\n"))
}

/// The files that others import or source, each with one of those that do.
fn importers(texts: &[Text]) -> BTreeMap<String, String> {
    let mut importers = BTreeMap::new();
    for text in texts {
        for path in text.lines.iter().flat_map(|it| imported(text, it)) {
            if path != text.path.as_str() {
                importers.entry(path).or_insert_with(|| text.path.to_string());
            }
        }
    }
    importers
}

/// The paths that a line may import, seen from the root, from `src`, and from the file's own folder.
pub(super) fn imported(text: &Text, line: &Line) -> Vec<String> {
    let folder = text.path.parent();
    if text.language == Language::R {
        let path = line.string_after("source(").and_then(|it| RelPath::parse(it).ok());
        return path.into_iter().flat_map(|it| [it.to_string(), below(folder.as_str(), it.as_str())]).collect();
    }
    let mut paths = Vec::new();
    for module in program::modules(line) {
        let dots = module.chars().take_while(|it| *it == '.').count();
        let path = module[dots..].replace('.', "/");
        let own = (1..dots).fold(folder.clone(), |it, _| it.parent());
        let starts = if dots > 0 { vec![own.as_str()] } else { vec!["", "src", folder.as_str()] };
        paths.extend(starts.iter().map(|it| below(it, &format!("{path}.py"))));
    }
    paths
}

pub(super) fn below(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// A program that only starts the web application of another file stands for it, or is left out where it listens for
/// nobody but itself.
fn launched(found: &mut Found, texts: &[Text]) {
    let mut gone: Vec<RelPath> = Vec::new();
    let mut routes = Vec::new();
    for launcher in found.programs.iter().filter(|it| it.server.as_ref().is_some_and(|it| it.app.is_none())) {
        let Some(text) = texts.iter().find(|it| it.path == launcher.path) else { continue };
        let named = text.lines.iter().flat_map(|it| &it.strings).filter_map(|it| it.split_once(':'));
        let named = named.map(|(module, _)| format!("{}.py", module.replace('.', "/")));
        let of: Vec<String> = named.chain(text.lines.iter().flat_map(|it| imported(text, it))).collect();
        let app = found.programs.iter().find(|it| {
            it.server.as_ref().is_some_and(|it| it.app.is_some()) && of.iter().any(|path| path == it.path.as_str())
        });
        let is_open = launcher.server.as_ref().is_some_and(|it| it.is_open);
        if let Some(app) = app {
            let (kept, left) = if is_open { (launcher, app) } else { (app, launcher) };
            found.passed_over.push(format!("`{}`: `{}` is the same service", left.path, kept.path));
            gone.push(left.path.clone());
            if is_open {
                routes.push((kept.path.clone(), app.server.clone()));
            }
        }
    }
    found.programs.retain(|it| !gone.contains(&it.path));
    for (path, app) in routes {
        let launcher = found.programs.iter_mut().filter(|it| it.path == path).find_map(|it| it.server.as_mut());
        if let (Some(launcher), Some(app)) = (launcher, app) {
            (launcher.kind, launcher.ready, launcher.live) = (app.kind, app.ready, app.live);
        }
    }
}

/// What a program imports and its image does not get: an image holds the first folder of its programs' paths, or for
/// programs beside the spec all of those and the packages beside them.
fn left_behind(programs: &[Program], program: &Program, texts: &[Text]) -> Vec<String> {
    let Some(text) = texts.iter().find(|it| it.path == program.path) else { return Vec::new() };
    let first = |path: &str| path.split_once('/').map(|(first, _)| first.to_owned());
    let own = first(program.path.as_str());
    let shares = |it: &&Program| it.language == program.language && it.gpu == program.gpu;
    let is_beside = programs.iter().filter(shares).any(|it| first(it.path.as_str()).is_none());
    let is_package = |folder: &String| text.known.contains(&format!("{folder}.py"));
    let mut faults = Vec::new();
    for line in &text.lines {
        let known: Vec<String> = imported(text, line).into_iter().filter(|it| text.known.contains(it)).collect();
        // What is in the program's own folder is found first.
        let path = if known.iter().any(|it| first(it) == own) { None } else { known.first() };
        let Some(path) = path else { continue };
        let folder = first(path);
        // A package is known by the name of its folder, as a file beside it would be.
        let fault = match &folder {
            _ if folder == own || (folder.is_none() && is_beside) => continue,
            Some(it) if is_beside && is_package(it) => continue,
            Some(it) if is_beside => {
                format!("`{}` imports from `{it}`, which images get with an `__init__.py` in it only", program.path)
            }
            _ => {
                let module = path.trim_end_matches(".py");
                format!("`{}` imports `{module}`, which is not in its image; move it beside mlops.toml", program.path)
            }
        };
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}
