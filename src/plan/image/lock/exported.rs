//! Lock files of Poetry and Pipenv: written anew as requirements with hashes, so that neither tool has to be fetched
//! into a build, and pip installs exactly what they pin.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use smol_str::{SmolStr, ToSmolStr};

use super::python::normal_name;
use crate::plan::{Lock, Package};

/// One package as both forms have it.
struct Pinned {
    name: String,
    extras: Vec<String>,
    version: String,
    marker: Option<String>,
    hashes: Vec<String>,
}

#[derive(Deserialize)]
struct PoetryLock {
    #[serde(default)]
    package: Vec<PoetryPackage>,
}

#[derive(Deserialize)]
struct PoetryPackage {
    name: String,
    version: String,
    #[serde(default)]
    optional: bool,
    /// Since Poetry 2.0; before, only the project file and a solver could tell.
    groups: Option<Vec<String>>,
    markers: Option<PoetryMarkers>,
    #[serde(default)]
    files: Vec<PoetryFile>,
    source: Option<PoetrySource>,
}

/// One condition, or one for each group.
#[derive(Deserialize)]
#[serde(untagged)]
enum PoetryMarkers {
    All(String),
    Groups(BTreeMap<String, String>),
}

#[derive(Deserialize)]
struct PoetryFile {
    hash: String,
}

#[derive(Deserialize)]
struct PoetrySource {
    r#type: String,
    url: Option<String>,
}

/// The packages of the group `main`: what the program needs, without what only its developers need.
pub(super) fn poetry(text: &str, lock: Lock) -> Lock {
    let Ok(document) = toml::from_str::<PoetryLock>(text) else { return Lock { hashed: false, ..lock } };
    let knows_groups = document.package.iter().all(|it| it.groups.is_some());
    let is_main = |it: &PoetryPackage| it.groups.as_ref().is_some_and(|it| it.iter().any(|it| it == "main"));
    let main: Vec<PoetryPackage> = document.package.into_iter().filter(|it| is_main(it) && !it.optional).collect();
    let is_index = |it: &PoetrySource| it.r#type == "legacy";
    let elsewhere = main.iter().find_map(|it| it.source.as_ref().filter(|it| !is_index(it)));
    let refers = elsewhere.map(|it| it.url.as_ref().unwrap_or(&it.r#type).to_smolstr());
    let pinned = main.into_iter().map(|it| Pinned {
        name: it.name,
        extras: Vec::new(),
        version: it.version,
        marker: it.markers.and_then(|it| match it {
            PoetryMarkers::All(marker) => Some(marker),
            PoetryMarkers::Groups(groups) => groups.get("main").cloned(),
        }),
        hashes: it.files.into_iter().map(|it| it.hash).collect(),
    });
    exported(pinned.collect(), Lock { refers, hashed: knows_groups, ..lock })
}

#[derive(Deserialize)]
struct PipfileLock {
    #[serde(default)]
    default: BTreeMap<String, PipenvPackage>,
}

#[derive(Deserialize)]
struct PipenvPackage {
    version: Option<String>,
    #[serde(default)]
    hashes: Vec<String>,
    #[serde(default)]
    extras: Vec<String>,
    markers: Option<String>,
    git: Option<SmolStr>,
    path: Option<SmolStr>,
    file: Option<SmolStr>,
}

/// The packages of `default`: what the program needs, without `develop`.
pub(super) fn pipenv(text: &str, lock: Lock) -> Lock {
    let Ok(document) = serde_json::from_str::<PipfileLock>(text) else { return Lock { hashed: false, ..lock } };
    let elsewhere = |it: &PipenvPackage| it.git.clone().or_else(|| it.path.clone()).or_else(|| it.file.clone());
    let refers = document.default.values().find_map(elsewhere);
    let pinned = document.default.into_iter().map(|(name, it)| Pinned {
        name,
        extras: it.extras,
        version: it.version.unwrap_or_default().trim_start_matches("==").to_owned(),
        marker: it.markers,
        hashes: it.hashes,
    });
    exported(pinned.collect(), Lock { refers, ..lock })
}

/// The lock with its requirements; without them where a package is not pinned by version and hash, or holds what no
/// requirement may hold.
fn exported(mut pinned: Vec<Pinned>, lock: Lock) -> Lock {
    pinned.sort_by_key(|it| normal_name(&it.name));
    let package = |it: &Pinned| Package {
        name: normal_name(&it.name),
        version: it.version.to_smolstr(),
        hashes: it.hashes.iter().map(SmolStr::new).collect(),
        for_developers: false,
    };
    let packages = pinned.iter().map(package).collect();
    let hashed = lock.hashed && pinned.iter().all(is_good);
    let requirements = hashed.then(|| pinned.iter().map(requirement).collect::<String>());
    Lock { packages, hashed, requirements: requirements.map(Into::into), ..lock }
}

fn is_good(package: &Pinned) -> bool {
    let of = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|it| it.is_ascii_alphanumeric() || more.contains(it))
    };
    let is_hash = |it: &String| it.strip_prefix("sha256:").is_some_and(|it| of(it, ""));
    let is_marker =
        |it: &String| !it.chars().any(|it| it.is_control() || matches!(it, '\\' | '#')) && !it.contains("--");
    of(&package.name, "-_.")
        && of(&package.version, ".+-!")
        && package.extras.iter().all(|it| of(it, "-_."))
        && package.marker.iter().all(is_marker)
        && !package.hashes.is_empty()
        && package.hashes.iter().all(is_hash)
}

fn requirement(package: &Pinned) -> String {
    let mut text = normal_name(&package.name).to_string();
    if !package.extras.is_empty() {
        let _ = write!(text, "[{}]", package.extras.join(","));
    }
    let _ = write!(text, "=={}", package.version);
    if let Some(marker) = &package.marker {
        let _ = write!(text, " ; {marker}");
    }
    let mut hashes = package.hashes.clone();
    hashes.sort();
    for hash in hashes {
        let _ = write!(text, " \\\n    --hash={hash}");
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::LockForm;
    use crate::source::RelPath;

    fn empty() -> Lock {
        Lock::empty(RelPath::root(), LockForm::Poetry)
    }

    #[test]
    fn poetry_gives_what_the_program_needs() {
        let text = r#"
            [[package]]
            name = "NumPy"
            version = "2.3.0"
            optional = false
            groups = ["main", "dev"]
            markers = "python_version >= \"3.12\""
            files = [{ file = "b.whl", hash = "sha256:bb" }, { file = "a.whl", hash = "sha256:aa" }]
            [[package]]
            name = "attrs"
            version = "25.1"
            groups = ["main"]
            markers = { main = "extra == \"x\"", dev = "os_name == \"nt\"" }
            files = [{ file = "c.whl", hash = "sha256:cc" }]
            [[package]]
            name = "pytest"
            version = "9.0"
            groups = ["dev"]
            files = []
            [metadata]
            lock-version = "2.1"
        "#;
        let lock = poetry(text, empty());
        let expected = "attrs==25.1 ; extra == \"x\" \\\n    --hash=sha256:cc\n\
            numpy==2.3.0 ; python_version >= \"3.12\" \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n";
        assert_eq!(lock.requirements.as_deref(), Some(expected));
        let old = "[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = [{ file = \"a\", hash = \"sha256:aa\" }]\n";
        assert_eq!(poetry(old, empty()).requirements, None);
    }

    #[test]
    fn pipenv_gives_its_default_packages() {
        let text = r#"{"default": {"Requests": {"version": "==2.32.0", "extras": ["socks"], "markers": "os_name != 'nt'",
            "hashes": ["sha256:aa"]}}, "develop": {"pytest": {"version": "==9", "hashes": []}}}"#;
        let expected = "requests[socks]==2.32.0 ; os_name != 'nt' \\\n    --hash=sha256:aa\n";
        assert_eq!(pipenv(text, empty()).requirements.as_deref(), Some(expected));
        let git = r#"{"default": {"a": {"git": "https://example.org/a.git", "ref": "main"}}}"#;
        assert_eq!(pipenv(git, empty()).refers.as_deref(), Some("https://example.org/a.git"));
    }

    #[test]
    fn no_text_of_a_lock_file_becomes_an_option() {
        for marker in ["x\n--index-url=y", "x \\", "x --hash=sha256:00", "x # y"] {
            let marker = toml::Value::String(marker.to_owned());
            let text = format!(
                "[[package]]\nname = \"a\"\nversion = \"1\"\ngroups = [\"main\"]\nmarkers = {marker}\n\
                 files = [{{ file = \"a\", hash = \"sha256:aa\" }}]\n"
            );
            assert_eq!(poetry(&text, empty()).requirements, None, "{marker}");
        }
    }
}
