//! The shape of the house: doors between rooms stay shut, every file says what it is for, nothing grows too large.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The rooms of `src/` and which other rooms each may know. The binary's own files know only `cli`.
const DOORS: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("diag", &["source"]),
    ("spec", &["source"]),
    ("parse", &["diag", "source", "spec"]),
    ("catalogue", &["spec"]),
    ("blueprint", &["diag", "source", "spec"]),
    ("resolve", &["diag", "parse", "source", "spec"]),
    ("object", &["source", "spec"]),
    ("plan", &["blueprint", "catalogue", "diag", "resolve", "source", "spec"]),
    ("backend", &["blueprint", "catalogue", "diag", "object", "plan", "source", "spec"]),
    ("check", &["catalogue", "diag", "plan", "resolve", "source", "spec"]),
    ("output", &["source"]),
    ("propose", &["source", "spec"]),
    ("diff", &["diag", "object", "parse", "source"]),
    ("live", &["diff"]),
    ("lock", &["plan", "spec"]),
    ("registry", &["spec"]),
];

/// Rooms that a room may not know, with the one file that does all the same and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/check/across.rs", "compile", "environments are compared when all of them are compiled"),
    ("src/check/exceptions.rs", "codes", "an exception names a code of any room"),
    ("src/check/dockerfile.rs", "parse", "what is a secret in a spec is one in a Dockerfile"),
    ("src/check/index.rs", "parse", "what is a secret in a spec is one in a lock file"),
];

/// Files that are tables, and may be longer than others.
const TABLES: &[&str] = &["src/spec/workload.rs"];

const MOST_LINES: usize = 400;
const MOST_FUNCTION_LINES: usize = 80;

#[test]
fn doors_between_rooms_stay_shut() {
    let mut faults = Vec::new();
    for (room, allowed) in DOORS {
        for file in sources(Path::new("src").join(room)) {
            let name = file.display().to_string();
            for (number, line) in code_lines(&file) {
                for used in rooms_in(&line) {
                    let excused = EXCEPTIONS.iter().any(|(path, door, _)| name.ends_with(path) && *door == used);
                    if used != *room && !allowed.contains(&used.as_str()) && !excused {
                        faults.push(format!("{name}:{number}: `{room}` must not know `{used}`"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The tables of the language, which only the plan turns into decisions; a target may use the words in them.
const SPEC_TABLES: &[&str] = &[
    "Spec",
    "Workload",
    "Stage",
    "Service",
    "Init",
    "Sidecar",
    "Project",
    "Build",
    "Image",
    "Data",
    "Config",
    "Secret",
    "Access",
    "Quota",
    "Cluster",
    "Compliance",
    "Environment",
    "Defaults",
];

#[test]
fn targets_know_neither_the_tables_of_the_spec_nor_each_other() {
    let mut faults = Vec::new();
    for file in sources("src/backend".into()) {
        let name = file.display().to_string();
        let target = name.trim_start_matches("src/backend/").split('/').next().unwrap().to_owned();
        for (number, line) in code_lines(&file) {
            let words: Vec<&str> = line.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').collect();
            if line.contains("spec::") && words.iter().any(|it| SPEC_TABLES.contains(it)) {
                faults.push(format!("{name}:{number}: a target reads the plan, not the spec"));
            }
            let others = ["compose", "docker", "kubernetes"].into_iter().filter(|it| *it != target);
            if target != "mod.rs" && line.contains("backend::") && others.into_iter().any(|it| words.contains(&it)) {
                faults.push(format!("{name}:{number}: a target does not know another"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_room_has_a_door() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = std::fs::read_dir(root).unwrap().flatten().filter(|it| it.path().is_dir());
    let names: Vec<String> = folders.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    let listed: Vec<&str> = DOORS.iter().map(|(room, _)| *room).chain(["cli"]).collect();
    let unlisted: Vec<&String> = names.iter().filter(|it| !listed.contains(&it.as_str())).collect();
    assert!(unlisted.is_empty(), "rooms without doors in this test: {unlisted:?}");
    for room in &listed {
        assert!(names.iter().any(|it| it == room), "there is no room `{room}` any more");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<String> = all_sources()
        .into_iter()
        .filter(|it| !std::fs::read_to_string(it).unwrap().starts_with("//! "))
        .map(|it| it.display().to_string())
        .collect();
    assert!(silent.is_empty(), "files without `//!`: {silent:?}");
}

#[test]
fn files_and_functions_stay_small() {
    let mut faults = Vec::new();
    for file in all_sources() {
        let name = file.display().to_string();
        let lines = code_lines(&file);
        if lines.len() > MOST_LINES && !TABLES.iter().any(|it| name.ends_with(it)) {
            faults.push(format!("{name} has {} lines of code", lines.len()));
        }
        faults.extend(
            long_functions(&file).into_iter().map(|(at, length)| format!("{name}:{at}: a function of {length} lines")),
        );
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_the_rooms_that_may_touch_the_world() {
    let forbidden = [
        ("std::fs", &["source", "output", "registry"][..]),
        ("std::net", &[]),
        ("std::env", &["cli"]),
        ("println!", &[]),
        ("SystemTime", &[]),
    ];
    let mut faults = Vec::new();
    for file in sources(PathBuf::from("src")) {
        let name = file.display().to_string();
        for (number, line) in code_lines(&file) {
            for (word, rooms) in forbidden {
                let may = rooms.iter().any(|it| name.contains(&format!("src/{it}/")));
                // Address types are data; connections are not.
                let is_address = word == "std::net" && line.contains("std::net::IpAddr");
                if line.contains(word) && !may && !is_address {
                    faults.push(format!("{name}:{number}: {word}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn only_one_file_of_a_room_makes_requests() {
    let mut faults = Vec::new();
    for file in sources(PathBuf::from("src")) {
        let name = file.display().to_string();
        for (number, line) in code_lines(&file) {
            let is_network = ["kube::", "tokio::", " http::"].iter().any(|it| line.contains(it));
            let is_registry = ["ureq::", "docker_credential::", "http_auth::"].iter().any(|it| line.contains(it));
            let is_request = ["Request::builder", "Method::", "dryRun"].iter().any(|it| line.contains(it));
            let is_question =
                ["agent.", "request("].iter().any(|it| line.contains(it)) && name.contains("src/registry/");
            // These write by themselves.
            let writes = ["kube::Api", "kube::api", "PatchParams", "PostParams", "DeleteParams"];
            let outside =
                (is_network && !name.contains("src/live/")) || (is_registry && !name.contains("src/registry/"));
            let is_there = name.ends_with("src/live/request.rs") || name.contains("src/registry/");
            let elsewhere = (is_request && !is_there) || (is_question && !name.ends_with("src/registry/request.rs"));
            if outside || elsewhere || writes.iter().any(|it| line.contains(it)) {
                faults.push(format!("{name}:{number}: {}", line.trim()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let text = |file: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let asked = text("src/registry/request.rs");
    assert_eq!(asked.matches("agent.").count(), 2, "a request of another kind");
    assert!(asked.contains("agent.get(") && asked.contains("agent.head("), "a request that writes");
    let text = text("src/live/request.rs");
    // Two methods: one that reads, and one that is followed by the word that makes it a trial.
    assert_eq!(text.matches("Method::").count(), 2, "a request of another kind");
    assert!(text.contains("Method::GET") && text.contains("?dryRun=All&"), "a dry run that is none");
}

/// Without the standard harness the compiler leaves such a function out, and nobody would miss it.
#[test]
fn suites_without_the_standard_harness_list_their_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest: toml::Table = toml::from_str(&std::fs::read_to_string(root.join("Cargo.toml")).unwrap()).unwrap();
    let suites = manifest["test"].as_array().unwrap().iter();
    let listed = suites.filter(|it| it.get("harness").and_then(toml::Value::as_bool) == Some(false));
    let names: Vec<&str> = listed.map(|it| it["name"].as_str().unwrap()).collect();
    assert!(names.len() >= 12, "{names:?}");
    let files = names
        .iter()
        .flat_map(|it| sources(Path::new("tests").join(it)).into_iter().chain([format!("tests/{it}.rs").into()]));
    let lost = files.filter(|it| std::fs::read_to_string(root.join(it)).unwrap().contains("#[test]"));
    let lost: Vec<String> = lost.map(|it| it.display().to_string()).collect();
    assert!(lost.is_empty(), "put these tests into `tests!`: {lost:?}");
}

#[test]
fn the_project_speaks_only_of_itself() {
    // Spelled in two halves, or this file would name them.
    let words = [
        ["crates", ".io"],
        ["pypi", ".org"],
        ["pythonhosted", ".org"],
        ["deb.debian", ".org"],
        ["npmjs", ".org"],
        ["proxy.golang", ".org"],
        ["files.pythonh", "osted"],
    ];
    let mut faults = Vec::new();
    for file in tracked() {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        for (number, line) in text.lines().enumerate() {
            for word in words {
                if line.contains(&word.concat()) {
                    faults.push(format!("{}:{}: {}", file.display(), number + 1, word.concat()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "hosts of package registries:\n{}", faults.join("\n"));
}

/// The rooms that a line of code names with `crate::`; a group of them counts as one that nobody may know.
fn rooms_in(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    if line.contains("crate::{") {
        found.push("a group of rooms: name one a line".to_owned());
    }
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        let word: String = rest.chars().take_while(|it| it.is_ascii_alphanumeric() || *it == '_').collect();
        if !word.is_empty() {
            found.push(word);
        }
    }
    found
}

/// The lines of a file that are code, with their numbers; unit tests at its end are left out.
fn code_lines(file: &Path) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines().take_while(|it| *it != "#[cfg(test)]").enumerate();
    let is_code = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    let mut in_text = false;
    let mut code = Vec::new();
    for (at, line) in lines {
        // The texts of `explain` are prose.
        let starts = line.trim_end().ends_with("\"\\");
        if !in_text && is_code(line) {
            code.push((at + 1, line.to_owned()));
        }
        in_text = if in_text { !line.starts_with("\",") && !line.starts_with("\";") } else { starts };
    }
    code
}

/// Functions that are too long: the line on which each starts, and how many lines it has.
fn long_functions(file: &Path) -> Vec<(usize, usize)> {
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    let mut long = Vec::new();
    for (at, line) in code_lines(file) {
        let indent = line.len() - line.trim_start().len();
        let word = line
            .trim_start()
            .trim_start_matches("pub(super) ")
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub ");
        if word.starts_with("fn ") && !line.trim_end().ends_with(';') {
            open.insert(indent, at);
        }
        if line.trim_end() == format!("{}}}", " ".repeat(indent))
            && let Some(start) = open.remove(&indent)
            && at - start > MOST_FUNCTION_LINES
        {
            long.push((start, at - start));
        }
    }
    long
}

fn all_sources() -> Vec<PathBuf> {
    [sources(PathBuf::from("src")), sources(PathBuf::from("tests")), sources(PathBuf::from("benches"))].concat()
}

fn sources(folder: PathBuf) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root.join(&folder)).into_iter().flatten().flatten() {
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            found.extend(sources(path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(root.join(path));
        }
    }
    found.sort();
    found
}

/// Every file of the project that is text and small enough to be written by somebody.
fn tracked() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == "target" || name == ".git" {
                continue;
            }
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if name != "Cargo.lock" {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}
