//! Lock files that pip and uv read as they are: requirements with hashes, and `uv.lock`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use smol_str::{SmolStr, ToSmolStr};

use crate::plan::{Lock, Member, Package};
use crate::spec::FilePath;

/// The requirements format of pip: one requirement on a logical line, `--hash` options behind it. A line that ends in a
/// backslash goes on.
pub(super) fn requirements(text: &str, lock: Lock) -> Lock {
    let mut packages: Vec<Package> = Vec::new();
    // Of each package: whether it is for some systems only.
    let mut marked: Vec<bool> = Vec::new();
    let mut refers = None;
    let mut within = Within::Nothing;
    for line in text.lines() {
        let (line, goes_on) = line.strip_suffix('\\').map_or((line, false), |it| (it, true));
        if let (Within::Requirement, Some(package), Some(hash)) = (within, packages.last_mut(), only_hash(line)) {
            package.hashes.push(hash.into());
            within = if goes_on { within } else { Within::Nothing };
            continue;
        }
        let content = without_comment(line);
        let said = content.trim_ascii();
        within = match within {
            Within::Nothing if said.is_empty() => Within::Nothing,
            Within::Nothing if said.starts_with('-') => {
                let option = said.split([' ', '=']).next().unwrap_or_default();
                if REFERRING.contains(&option) {
                    refers.get_or_insert_with(|| SmolStr::new(option));
                }
                Within::Other
            }
            Within::Nothing => {
                packages.push(requirement(said));
                marked.push(false);
                Within::Requirement
            }
            other => other,
        };
        if let (Within::Requirement, Some(package), Some(marked)) = (within, packages.last_mut(), marked.last_mut()) {
            *marked |= said.contains(';');
            let words = said.split_ascii_whitespace();
            package.hashes.extend(words.filter_map(|it| it.strip_prefix("--hash=")).map(SmolStr::new));
        }
        within = match () {
            () if !goes_on => Within::Nothing,
            // A comment ends with the logical line.
            () if content.len() < line.len() => Within::Other,
            () => within,
        };
    }
    let hashed = packages.iter().all(|it| is_exact(&it.version) && is_hashed(it));
    let twice = twice(packages.iter().zip(&marked).filter(|(_, marked)| !**marked).map(|(it, _)| it));
    Lock { hashed, twice, packages: packages.into(), refers, ..lock }
}

/// Whether this is one version: a `*` stands for many, and what follows a comma is another condition.
fn is_exact(version: &str) -> bool {
    !version.is_empty() && version.chars().all(|it| it.is_ascii_alphanumeric() || ".+-_!".contains(it))
}

/// Whether pip could find a file by each of the hashes, of which it knows three kinds.
fn is_hashed(package: &Package) -> bool {
    let is_hash = |hash: &SmolStr| {
        let digits = match hash.split_once(':') {
            Some(("sha256", digits)) if digits.len() == 64 => digits,
            Some(("sha384", digits)) if digits.len() == 96 => digits,
            Some(("sha512", digits)) if digits.len() == 128 => digits,
            _ => return false,
        };
        digits.bytes().all(|it| it.is_ascii_hexdigit())
    };
    !package.hashes.is_empty() && package.hashes.iter().all(is_hash)
}

/// A package that is there in two versions.
fn twice<'p>(packages: impl Iterator<Item = &'p Package>) -> Option<SmolStr> {
    let mut versions = BTreeMap::new();
    let mut packages = packages.map(|it| (&it.name, &it.version));
    packages.find(|(name, version)| *versions.entry(*name).or_insert(*version) != *version).map(|it| it.0.clone())
}

/// Where a line begins: on a logical line of its own, or within one.
#[derive(Clone, Copy)]
enum Within {
    Nothing,
    Requirement,
    /// An option or a comment.
    Other,
}

/// The hash of a line with nothing else on it, as nearly all lines are.
fn only_hash(line: &str) -> Option<&str> {
    line.trim_ascii().strip_prefix("--hash=").filter(|it| it.starts_with("sha256:") && it.len() == "sha256:".len() + 64)
}

/// A requirement without its hashes.
fn requirement(text: &str) -> Package {
    let text = text.split([' ', ';']).next().unwrap_or_default();
    let (name, version) = text.split_once("===").or_else(|| text.split_once("==")).unwrap_or((text, ""));
    let name = name.split(['[', '<', '>', '=', '!', '~', '@']).next().unwrap_or_default();
    Package { name: normal_name(name), version: version.into(), ..Package::default() }
}

/// A line up to its comment, which begins with the line or behind a space.
fn without_comment(line: &str) -> &str {
    let begins = |at: &usize| *at == 0 || line[..*at].ends_with(char::is_whitespace);
    let comment = line.match_indices('#').map(|(at, _)| at).find(begins);
    comment.map_or(line, |at| &line[..at])
}

/// Options of a requirements file that name another file, or a folder to install from (pip's documentation,
/// "Requirements File Format").
const REFERRING: [&str; 6] = ["-r", "--requirement", "-c", "--constraint", "-e", "--editable"];

/// A name as PEP 503 compares names.
pub(super) fn normal_name(name: &str) -> SmolStr {
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
    source: UvSource,
    #[serde(default)]
    dependencies: Vec<UvDependency>,
    /// By the extra that wants them.
    #[serde(default, rename = "optional-dependencies")]
    optional: BTreeMap<SmolStr, Vec<UvDependency>>,
    sdist: Option<UvFile>,
    #[serde(default)]
    wheels: Vec<UvFile>,
}

/// Where a package comes from, as far as it is a folder of the project.
#[derive(Default, Deserialize)]
struct UvSource {
    editable: Option<SmolStr>,
    r#virtual: Option<SmolStr>,
    directory: Option<SmolStr>,
}

#[derive(Deserialize)]
struct UvDependency {
    name: SmolStr,
    #[serde(default)]
    extra: Vec<SmolStr>,
}

/// A file that a package may be installed from.
#[derive(Deserialize)]
struct UvFile {
    url: Option<String>,
    filename: Option<String>,
    path: Option<String>,
    hash: Option<SmolStr>,
}

pub(super) fn uv(text: &str, lock: Lock) -> Lock {
    let Ok(document) = toml::from_str::<UvLock>(text) else { return Lock { hashed: false, ..lock } };
    let glibc = document.package.iter().filter_map(|it| Some((needed_glibc(&it.wheels)?, it.name.to_smolstr()))).max();
    let members = document.package.iter().filter_map(member).collect();
    let needed = needed(&document.package);
    let package = |it: &UvPackage| Package {
        name: normal_name(&it.name),
        version: it.version.clone().unwrap_or_default().into(),
        hashes: it.sdist.iter().chain(&it.wheels).filter_map(|it| it.hash.clone()).collect(),
        for_developers: !needed.contains(it.name.as_str()),
    };
    Lock { packages: document.package.iter().map(package).collect(), glibc, members, ..lock }
}

/// The packages that the folders of the project need, and what these need; all where there are no such folders.
fn needed(packages: &[UvPackage]) -> BTreeSet<&str> {
    let mut due: Vec<(&str, &[SmolStr])> =
        packages.iter().filter(|it| it.source.folder().is_some()).map(|it| (it.name.as_str(), &[][..])).collect();
    if due.is_empty() {
        return packages.iter().map(|it| it.name.as_str()).collect();
    }
    let mut seen = BTreeSet::new();
    while let Some((name, extras)) = due.pop() {
        if !seen.insert((name, extras)) {
            continue;
        }
        // A package may be there in several versions, for several platforms.
        for package in packages.iter().filter(|it| it.name == name) {
            let optional = extras.iter().filter_map(|it| package.optional.get(it)).flatten();
            due.extend(package.dependencies.iter().chain(optional).map(|it| (it.name.as_str(), it.extra.as_slice())));
        }
    }
    seen.into_iter().map(|(name, _)| name).collect()
}

impl UvSource {
    fn folder(&self) -> Option<&SmolStr> {
        self.editable.as_ref().or(self.r#virtual.as_ref()).or(self.directory.as_ref())
    }
}

/// A package that is a folder of the project, with its own project file.
fn member(package: &UvPackage) -> Option<Member> {
    let folder = package.source.folder()?;
    // Other names could not be written into a Dockerfile; a workspace with such a folder is reported.
    let is_plain = |it: &str| it.chars().all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it)) && !it.is_empty();
    if FilePath::check(folder).is_err() || !is_plain(&package.name) {
        return None;
    }
    let needs = package.dependencies.iter().map(|it| it.name.clone()).collect();
    Some(Member { name: package.name.to_smolstr(), folder: folder.clone(), needs })
}

/// The oldest glibc (minor of 2.x) that some wheel for x86-64 Linux runs on; `None` where one runs on any.
fn needed_glibc(wheels: &[UvFile]) -> Option<u32> {
    let name = |it: &UvFile| {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Lock {
        Lock::empty(crate::source::RelPath::root(), crate::plan::LockForm::Requirements)
    }

    #[test]
    fn requirements_are_read_with_their_hashes() {
        let text = "# made by a tool\nTorch_Vision==2.13.0 ; python_version > '3' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via x\nnumpy==2.0\n";
        let lock = requirements(text, empty());
        let package = |name: &str, version: &str, hashes: &[&str]| Package {
            name: name.into(),
            version: version.into(),
            hashes: hashes.iter().map(SmolStr::new).collect(),
            for_developers: false,
        };
        let torch = package("torch-vision", "2.13.0", &["sha256:aa", "sha256:bb"]);
        assert_eq!(*lock.packages, [torch, package("numpy", "2.0", &[])]);
        assert!(!lock.hashed);
        let lock = requirements(
            "-r \\\n  other.txt\na==1 \\\n# c \\\n --hash=sha256:aa\n\\\nb==2\\\n\t--hash=sha256:bb # c\n",
            empty(),
        );
        assert_eq!(*lock.packages, [package("a", "1", &[]), package("b", "2", &["sha256:bb"])]);
        assert_eq!(lock.refers.as_deref(), Some("-r"));
    }

    #[test]
    fn only_a_version_and_a_whole_hash_pin_a_package() {
        let hashed = |version: &str, kind: &str, digits: &str| {
            requirements(&format!("a{version} --hash={kind}:{digits}\n"), empty()).hashed
        };
        let [sha256, sha384, sha512] = [64, 96, 128].map(|it| "0a".repeat(it / 2));
        assert!(hashed("==1.0+cu128", "sha256", &sha256) && hashed("===1!2.0", "sha384", &sha384));
        assert!(hashed("==1 ; os_name != 'nt'", "sha512", &sha512));
        for version in [">=1", "==1.*", "==1,<2", ""] {
            assert!(!hashed(version, "sha256", &sha256), "{version}");
        }
        for (kind, digits) in [("sha256", "zz"), ("sha256", &sha384), ("sha512", &sha256), ("md5", &sha256[..32])] {
            assert!(!hashed("==1", kind, digits), "{kind}:{digits}");
        }
        let not_hexadecimal = sha256.replace('a', "g");
        assert!(!hashed("==1", "sha256", &not_hexadecimal));
    }

    #[test]
    fn a_package_has_one_version_on_one_system() {
        let twice = |text: &str| requirements(text, empty()).twice;
        assert_eq!(twice("a==1\nb==1\nA==2\n").as_deref(), Some("a"));
        assert_eq!(twice("a==1\na==1\n"), None);
        assert_eq!(twice("a==1 ; os_name == 'nt'\na==2 \\\n ; os_name != 'nt'\n"), None);
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

    #[test]
    fn what_only_developers_need_is_told_apart() {
        let text = "[[package]]\nname = \"app\"\nsource = { editable = \".\" }\n\
            dependencies = [{ name = \"web\", extra = [\"fast\"] }]\n[package.dev-dependencies]\n\
            dev = [{ name = \"pytest\" }]\n[[package]]\nname = \"web\"\n\
            [package.optional-dependencies]\nfast = [{ name = \"loop\" }]\nslow = [{ name = \"other\" }]\n\
            [[package]]\nname = \"loop\"\n[[package]]\nname = \"other\"\n[[package]]\nname = \"pytest\"\n";
        let lock = uv(text, empty());
        let names = lock.packages.iter().filter(|it| it.for_developers).map(|it| it.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["other", "pytest"]);
    }

    #[test]
    fn folders_of_the_project_are_members() {
        let text = "[[package]]\nname = \"viewer\"\nsource = { editable = \"packages/viewer\" }\n\
            dependencies = [{ name = \"core\" }]\n[[package]]\nname = \"six\"\n\
            source = { registry = \"https://index\" }\n[[package]]\nname = \"root\"\nsource = { virtual = \".\" }\n";
        let members: Vec<_> = uv(text, empty()).members.into_iter().map(|it| (it.name, it.folder, it.needs)).collect();
        let viewer = ("viewer".into(), "packages/viewer".into(), vec!["core".into()]);
        assert_eq!(members, [viewer, ("root".into(), ".".into(), Vec::new())]);
    }
}
