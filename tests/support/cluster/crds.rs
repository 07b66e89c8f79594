//! CustomResourceDefinitions of the systems that emitted objects are for, from a folder of schemas.
//!
//! Loading all of them takes longer than most tests, so a test names the kinds that it needs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::control::Cluster;
use super::missing::Missing;

const FOLDER: &str = "MLOPSC_TEST_CRDS";

/// The definitions of kinds, each as `group/Kind`, from the folder that `MLOPSC_TEST_CRDS` names, by default
/// `../shared/crds`.
pub fn crds_of(kind: &str) -> Result<Vec<Value>, Missing> {
    let folder = env::var_os(FOLDER).filter(|it| !it.is_empty()).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/crds"));
    let (group, name) = kind.split_once('/').unwrap_or(("", kind));
    let found: Vec<Value> = files(&folder).iter().flat_map(|it| definitions(it, group, name)).collect();
    if found.is_empty() {
        return Err(Missing { reason: format!("{} holds no definition of {kind}", folder.display()) });
    }
    Ok(found)
}

impl Cluster {
    /// Teaches the cluster kinds, and waits until it knows them.
    pub fn define(&self, definitions: &[Value]) {
        for definition in definitions {
            self.apply(definition).ok();
        }
        definitions.iter().for_each(|it| self.until_served(it));
    }

    /// Waits until the kind of a definition is known in each version that is served, and can be asked for.
    pub fn until_served(&self, definition: &Value) {
        let spec = &definition["spec"];
        let [group, kind, plural] = [&spec["group"], &spec["names"]["kind"], &spec["names"]["plural"]]
            .map(|it| it.as_str().unwrap_or_default());
        let versions = spec["versions"].as_array().cloned().unwrap_or_default();
        for version in versions.iter().filter(|it| it["served"] == true) {
            let version = format!("{group}/{}", version["name"].as_str().unwrap_or_default());
            self.eventually(&format!("{version} {kind}"), 30, || {
                let is_known = self.resources(&version).iter().any(|it| it.kind == kind);
                if is_known && self.get(&format!("/apis/{version}/{plural}")).is_ok() {
                    return Ok(());
                }
                self.resources.lock().expect("no test panics here").remove(&version);
                Err("the server does not know it".to_owned())
            });
        }
    }
}

/// The definitions of one kind in a file.
fn definitions(file: &Path, group: &str, kind: &str) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    // Most files are large, and of other groups.
    let mine = text.split("\n---").filter(|it| it.contains(group) && it.contains(&format!("kind: {kind}")));
    let parsed = mine.filter_map(|it| serde_yaml::from_str::<Value>(it).ok());
    let is_it = |it: &Value| it["spec"]["group"] == group && it["spec"]["names"]["kind"] == kind;
    parsed.filter(|it| it["kind"] == "CustomResourceDefinition" && is_it(it)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}
