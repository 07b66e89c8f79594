//! `package-lock.json`: packages of Node, each with its hash.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::{SmolStr, ToSmolStr};

use crate::plan::{Lock, Package as Pinned};

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "lockfileVersion")]
    version: u32,
    #[serde(default)]
    packages: BTreeMap<String, Package>,
}

#[derive(Deserialize)]
struct Package {
    version: Option<SmolStr>,
    resolved: Option<String>,
    integrity: Option<String>,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    dev: bool,
    #[serde(default, rename = "inBundle")]
    bundled: bool,
}

pub(super) fn npm(text: &str, lock: Lock) -> Lock {
    let Ok(document) = serde_json::from_str::<Document>(text) else { return Lock { hashed: false, ..lock } };
    // The first form has no list of packages by folder (npm's documentation, "package-lock.json").
    let mut hashed = document.version >= 2;
    let mut packages = Vec::new();
    let mut refers = None;
    for (folder, package) in document.packages.iter().filter(|(folder, _)| !folder.is_empty()) {
        let resolved = package.resolved.as_deref().unwrap_or_default();
        let is_elsewhere = package.link || resolved.starts_with("git") || resolved.starts_with("file:");
        if is_elsewhere {
            refers.get_or_insert_with(|| folder.to_smolstr());
        }
        hashed &= is_elsewhere || package.bundled || package.integrity.is_some();
        let name = folder.rsplit("node_modules/").next().unwrap_or(folder);
        let version = package.version.clone().unwrap_or_default();
        packages.push(Pinned { name: name.into(), version, hashes: Vec::new(), for_developers: package.dev });
    }
    Lock { packages: packages.into(), hashed, refers, ..lock }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::LockForm;
    use crate::source::RelPath;

    fn read(text: &str) -> Lock {
        npm(text, Lock::empty(RelPath::root(), LockForm::Npm))
    }

    #[test]
    fn every_package_needs_a_hash() {
        let lock = |more: &str| {
            let package = format!("\"node_modules/a/node_modules/@x/b\": {{\"version\": \"1.0.0\"{more}}}");
            format!("{{\"lockfileVersion\": 3, \"packages\": {{\"\": {{\"name\": \"app\"}}, {package}}}}}")
        };
        let good = read(&lock(", \"integrity\": \"sha512-x\""));
        let names: Vec<_> = good.packages.iter().map(|it| (it.name.as_str(), it.version.as_str())).collect();
        assert_eq!(names, [("@x/b", "1.0.0")]);
        assert!(good.hashed && good.refers.is_none());
        assert!(!read(&lock("")).hashed);
        assert!(read(&lock(", \"link\": true")).refers.is_some());
        assert!(!read("{\"lockfileVersion\": 1}").hashed);
    }
}
