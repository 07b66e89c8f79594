//! One wrong spec: its text, the files beside it, and how it is compiled.
//!
//! The first lines of a case may say more than its text: `# set: services.api.replicas=3`, `# env: prod`,
//! `# as-of: 2027-05-01`, and `# without: requirements.lock` for a file of the standard project that is not there.

#![allow(clippy::panic, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mlopsc::compile::{Compiled, Options, compile};
use mlopsc::resolve::Request;
use mlopsc::source::{Files, RelPath};

use crate::support::project::{AS_OF, root};

const SPEC: &str = "mlops.toml";

pub(crate) type Contents = BTreeMap<String, Vec<u8>>;

/// A case under `golden/errors/<code>/`.
#[derive(Clone)]
pub(crate) struct Case {
    /// The code that it is for: the name of its folder.
    pub(crate) code: String,
    /// `<code>/<case>`.
    pub(crate) name: String,
    /// Its file.
    pub(crate) path: PathBuf,
}

impl Case {
    /// What the terminal should show.
    pub(crate) fn expected(&self) -> PathBuf {
        self.path.with_extension("txt")
    }

    /// Compiles the case in the standard project.
    pub(crate) fn compile(&self) -> Compiled {
        let text = std::fs::read(&self.path).unwrap_or_else(|it| panic!("{}: {it}", self.path.display()));
        let mut files = standard_files();
        files.insert(SPEC.to_owned(), text.clone());
        files.extend(contents(&self.path.with_extension("files")));
        run(files, &header(&String::from_utf8_lossy(&text)))
    }
}

/// Compiles a text in the standard project.
pub(crate) fn compile_text(text: &str) -> Compiled {
    let mut files = standard_files();
    files.insert(SPEC.to_owned(), text.as_bytes().to_vec());
    run(files, &header(text))
}

/// Every case, in order.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for code in codes_with_cases() {
        let folder = root().join("golden/errors").join(&code);
        for path in entries(&folder).into_iter().filter(|it| it.extension().is_some_and(|it| it == "toml")) {
            let name = format!("{code}/{}", stem(&path));
            cases.push(Case { code: code.clone(), name, path });
        }
    }
    cases
}

/// The folders of cases.
pub(crate) fn codes_with_cases() -> Vec<String> {
    entries(&root().join("golden/errors")).iter().map(|it| file_name(it)).collect()
}

/// Files in the folders that belong to no case.
pub(crate) fn orphans() -> Vec<String> {
    let mut orphans = Vec::new();
    for code in codes_with_cases() {
        for path in entries(&root().join("golden/errors").join(code)) {
            let known = path.extension().is_some_and(|it| ["toml", "txt", "files"].iter().any(|known| it == *known));
            if !known || !path.with_extension("toml").is_file() {
                orphans.push(path.display().to_string());
            }
        }
    }
    orphans
}

/// The project that every case is compiled in.
pub(crate) fn standard_files() -> Contents {
    contents(&root().join("tests/errors/project"))
}

/// What the first lines of a case say.
fn header(text: &str) -> Vec<(String, String)> {
    let comments = text.lines().map_while(|it| it.strip_prefix('#'));
    let option = |line: &str| {
        let (key, value) = line.trim().split_once(": ")?;
        let known = ["set", "env", "as-of", "without"].contains(&key);
        known.then(|| (key.to_owned(), value.to_owned()))
    };
    comments.filter_map(option).collect()
}

fn run(mut files: Contents, header: &[(String, String)]) -> Compiled {
    let all = |key: &str| -> Vec<String> {
        header.iter().filter(|(known, _)| known == key).map(|(_, value)| value.clone()).collect()
    };
    for path in all("without") {
        assert!(files.remove(&path).is_some(), "there is no `{path}` to leave out");
    }
    let as_of = all("as-of").first().map_or(AS_OF, |it| it.parse().expect("a day"));
    compile(&Options {
        request: Request {
            files: Files::memory(files),
            path: RelPath::parse(SPEC).expect("a good path"),
            prefix: String::new(),
            environments: all("env"),
            set: all("set"),
        },
        only: Vec::new(),
        as_of,
        out: mlopsc::source::RelPath::parse("deploy").expect("a good path"),
    })
}

/// Every file below a folder, by its path.
fn contents(folder: &Path) -> Contents {
    let mut files = Contents::new();
    for path in entries(folder) {
        let name = file_name(&path);
        if path.is_dir() {
            files.extend(contents(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            files.insert(name, std::fs::read(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display())));
        }
    }
    files
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|it| it.path()).collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}
