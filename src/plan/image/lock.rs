//! Lock files: which one belongs to a program, and what it pins.

use serde::Deserialize;
use smol_str::{SmolStr, ToSmolStr};

use crate::plan::context::Context;
use crate::plan::{IMAGE_NAME, Lock, LockForm};
use crate::source::{At, Origin, RelPath};
use crate::spec::Language;

/// The names under which a lock file is found by itself, the best first.
const PYTHON_LOCKS: [&str; 3] = ["uv.lock", "requirements.lock", "requirements.txt"];
const R_LOCKS: [&str; 1] = ["renv.lock"];

/// The lock file that the spec names, or the one beside the entry or beside `mlops.toml`. `None` where there is none;
/// that is reported elsewhere.
pub(super) fn find_lock(
    context: &Context<'_>,
    said: Option<At<SmolStr>>,
    entry: Option<&str>,
    language: Language,
) -> Option<At<Lock>> {
    if let Some(said) = said {
        let path = RelPath::root().join(&said).ok()?;
        return read(context, &path).map(|lock| At::new(lock, said.origin));
    }
    let names: &[&str] = if language == Language::R { &R_LOCKS } else { &PYTHON_LOCKS };
    let beside = entry.and_then(|it| RelPath::root().join(it).ok()).map(|it| it.parent());
    for folder in beside.into_iter().chain([RelPath::root()]) {
        for name in names {
            let Some(path) = folder.join(name).ok().filter(|it| context.files.is_file(it)) else { continue };
            return read(context, &path).map(|lock| At::new(lock, Origin::rule(IMAGE_NAME)));
        }
    }
    None
}

impl Lock {
    /// The `pyproject.toml` that a lock file of uv belongs to.
    #[must_use]
    pub fn project(&self) -> Option<RelPath> {
        let project = || self.path.parent().join("pyproject.toml").ok();
        (self.form == LockForm::Uv).then(project).flatten()
    }
}

fn read(context: &Context<'_>, path: &RelPath) -> Option<Lock> {
    let text = context.files.text(path).ok()?;
    let form = form(path.file_name());
    let empty = Lock {
        path: path.clone(),
        form,
        packages: Vec::new(),
        hashed: true,
        glibc: None,
        refers: None,
        repository: None,
        language_version: None,
    };
    Some(match form {
        LockForm::Requirements => requirements(&text, empty),
        LockForm::Uv => uv(&text, empty),
        LockForm::Renv => renv(&text, empty),
    })
}

fn form(file_name: &str) -> LockForm {
    match file_name {
        "uv.lock" => LockForm::Uv,
        "renv.lock" => LockForm::Renv,
        _ => LockForm::Requirements,
    }
}

/// The requirements format of pip: one requirement on a logical line, `--hash` options behind it.
fn requirements(text: &str, lock: Lock) -> Lock {
    let logical = text.replace("\\\n", " ").replace("\\\r\n", " ");
    let lines = logical.lines().map(|it| it.split(" #").next().unwrap_or_default().trim());
    let mut hashed = true;
    let mut packages = Vec::new();
    let mut refers = None;
    for line in lines.filter(|it| !it.is_empty() && !it.starts_with('#')) {
        if line.starts_with('-') {
            let option = line.split([' ', '=']).next().unwrap_or_default();
            if REFERRING.contains(&option) {
                refers.get_or_insert_with(|| SmolStr::new(option));
            }
            continue;
        }
        hashed &= line.contains("--hash=sha256:");
        let requirement = line.split([' ', ';']).next().unwrap_or_default();
        let (name, version) = requirement.split_once("==").unwrap_or((requirement, ""));
        let name = name.split(['[', '<', '>', '=', '!', '~', '@']).next().unwrap_or_default();
        hashed &= !version.is_empty();
        packages.push((normal_name(name), version.into()));
    }
    Lock { packages, hashed, refers, ..lock }
}

/// Options of a requirements file that name another file, or a folder to install from (pip's documentation,
/// "Requirements File Format").
const REFERRING: [&str; 6] = ["-r", "--requirement", "-c", "--constraint", "-e", "--editable"];

/// A name as PEP 503 compares names.
fn normal_name(name: &str) -> SmolStr {
    name.to_ascii_lowercase().replace(['_', '.'], "-").into()
}

#[derive(Deserialize)]
struct UvLock {
    #[serde(default)]
    package: Vec<UvPackage>,
}

#[derive(Deserialize)]
struct UvPackage {
    name: String,
    version: Option<String>,
    #[serde(default)]
    wheels: Vec<UvWheel>,
}

#[derive(Deserialize)]
struct UvWheel {
    url: Option<String>,
    filename: Option<String>,
    path: Option<String>,
}

fn uv(text: &str, lock: Lock) -> Lock {
    let Ok(document) = toml::from_str::<UvLock>(text) else { return Lock { hashed: false, ..lock } };
    let glibc = document.package.iter().filter_map(|it| Some((needed_glibc(&it.wheels)?, it.name.to_smolstr()))).max();
    let packages = document.package.into_iter();
    Lock {
        packages: packages.map(|it| (normal_name(&it.name), it.version.unwrap_or_default().into())).collect(),
        glibc,
        ..lock
    }
}

/// The oldest glibc (minor of 2.x) that some wheel for x86-64 Linux runs on; `None` where one runs on any.
fn needed_glibc(wheels: &[UvWheel]) -> Option<u32> {
    let name = |it: &UvWheel| {
        let path = it.filename.as_deref().or(it.url.as_deref()).or(it.path.as_deref())?;
        Some(path.rsplit('/').next()?.to_owned())
    };
    let mut least: Option<u32> = None;
    for wheel in wheels.iter().filter_map(name) {
        if wheel.ends_with("-none-any.whl") {
            return None;
        }
        if !wheel.contains("x86_64") {
            continue;
        }
        let minors = wheel.split("manylinux_2_").skip(1).filter_map(|it| it.split('_').next()?.parse::<u32>().ok());
        let old = ["manylinux1", "manylinux2010", "manylinux2014"].iter().any(|it| wheel.contains(it)).then_some(17);
        if let Some(minor) = minors.chain(old).min() {
            least = Some(least.map_or(minor, |it| it.min(minor)));
        }
    }
    least
}

#[derive(Deserialize)]
struct RenvLock {
    #[serde(rename = "R")]
    r: Option<RenvR>,
    #[serde(rename = "Packages", default)]
    packages: std::collections::BTreeMap<String, RenvPackage>,
}

#[derive(Deserialize)]
struct RenvR {
    #[serde(rename = "Version")]
    version: Option<SmolStr>,
    #[serde(rename = "Repositories", default)]
    repositories: Vec<RenvRepository>,
}

#[derive(Deserialize)]
struct RenvRepository {
    #[serde(rename = "URL")]
    url: SmolStr,
}

#[derive(Deserialize)]
struct RenvPackage {
    #[serde(rename = "Version")]
    version: Option<SmolStr>,
}

fn renv(text: &str, lock: Lock) -> Lock {
    let Ok(document) = serde_json::from_str::<RenvLock>(text) else { return Lock { hashed: false, ..lock } };
    let repositories = document.r.as_ref().map(|it| it.repositories.as_slice()).unwrap_or_default();
    let packages = document.packages.into_iter();
    Lock {
        repository: repositories.first().map(|it| it.url.clone()),
        language_version: document.r.as_ref().and_then(|it| it.version.clone()),
        packages: packages.map(|(name, it)| (name.into(), it.version.unwrap_or_default())).collect(),
        ..lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Lock {
        Lock {
            path: RelPath::root(),
            form: LockForm::Requirements,
            packages: Vec::new(),
            hashed: true,
            glibc: None,
            refers: None,
            repository: None,
            language_version: None,
        }
    }

    #[test]
    fn requirements_are_read_with_their_hashes() {
        let text = "# made by a tool\nTorch_Vision==2.13.0 ; python_version > '3' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via x\nnumpy==2.0\n";
        let lock = requirements(text, empty());
        assert_eq!(lock.packages, [("torch-vision".into(), "2.13.0".into()), ("numpy".into(), "2.0".into())]);
        assert!(!lock.hashed);
        assert!(requirements("a==1 --hash=sha256:aa\n", empty()).hashed);
        assert!(!requirements("a>=1 --hash=sha256:aa\n", empty()).hashed);
    }

    #[test]
    fn the_oldest_wheel_decides_which_glibc_is_needed() {
        let text = r#"
            [[package]]
            name = "tfdv"
            version = "1.21"
            wheels = [
              { url = "https://host/tfdv-1.21-cp312-cp312-manylinux_2_39_x86_64.whl" },
              { url = "https://host/tfdv-1.21-cp312-cp312-macosx_11_0_arm64.whl" },
            ]
            [[package]]
            name = "numpy"
            version = "2"
            wheels = [
              { url = "https://host/numpy-2-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl" },
              { url = "https://host/numpy-2-cp312-cp312-musllinux_1_2_x86_64.whl" },
            ]
            [[package]]
            name = "pure"
            version = "1"
            wheels = [{ url = "https://host/pure-1-py3-none-any.whl" }]
        "#;
        assert_eq!(uv(text, empty()).glibc, Some((39, "tfdv".into())));
    }
}
