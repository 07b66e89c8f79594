//! `renv.lock`: packages of R, and the repository that they come from.

use serde::Deserialize;
use smol_str::SmolStr;

use crate::plan::{Lock, Package};

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

pub(super) fn renv(text: &str, lock: Lock) -> Lock {
    let Ok(document) = serde_json::from_str::<RenvLock>(text) else { return Lock { hashed: false, ..lock } };
    let repositories = document.r.as_ref().map(|it| it.repositories.as_slice()).unwrap_or_default();
    let packages = document.packages.into_iter();
    Lock {
        repository: repositories.first().map(|it| it.url.clone()),
        language_version: document.r.as_ref().and_then(|it| it.version.clone()),
        packages: packages.map(|(name, it)| package(name, it)).collect(),
        ..lock
    }
}

fn package(name: String, package: RenvPackage) -> Package {
    Package { name: name.into(), version: package.version.unwrap_or_default(), ..Package::default() }
}
