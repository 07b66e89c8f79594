//! What is written for a changed spec, beside what is written for the spec as it was.

use std::collections::BTreeMap;
use std::process::Command;

use mlopsc::compile::{Compiled, Environment};
use mlopsc::source::Node;
use parse_dockerfile::Instruction;
use proptest::prelude::*;
use serde_json::Value;

/// Every file of an environment is what its name says, and every object is what its kind says.
pub(crate) fn check(compiled: &Compiled) -> Result<(), TestCaseError> {
    for environment in &compiled.environments {
        for (path, text) in environment.files().iter() {
            let path = path.as_str();
            if let Some(tree) = tree_of(environment, path) {
                let read: Value = if path.ends_with(".json") {
                    serde_json::from_str(text).unwrap()
                } else {
                    serde_yaml::from_str(text).map_err(|it| TestCaseError::fail(format!("{path}: {it}\n{text}")))?
                };
                prop_assert_eq!(read, tree.to_json(), "{}\n{}", path, text);
            }
            if path.ends_with("/Dockerfile") {
                instructions(text)?;
            }
        }
        let patched = |name: &str| environment.plan.patches.iter().any(|it| it.name.as_str() == name);
        for (path, object) in environment.emitted.objects.iter().filter(|(_, it)| !patched(it.name())) {
            if let Some(Err(why)) = mlopsc::object::verify(object) {
                return Err(TestCaseError::fail(format!("{path}: {why}")));
            }
        }
    }
    Ok(())
}

fn tree_of<'e>(environment: &'e Environment, path: &str) -> Option<std::borrow::Cow<'e, Node>> {
    environment.tree(&mlopsc::source::RelPath::parse(path).unwrap())
}

/// The parts of an output that no text of a spec may change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Skeleton {
    /// The files, without the hashes of contents in their names.
    pub(crate) paths: Vec<String>,
    /// How many objects there are of each kind.
    pub(crate) kinds: BTreeMap<String, usize>,
    instructions: BTreeMap<String, Vec<String>>,
    scripts: BTreeMap<String, Vec<String>>,
}

impl Skeleton {
    /// Of all environments; a path is behind the name of its environment.
    pub(crate) fn of(compiled: &Compiled) -> Result<Self, TestCaseError> {
        let mut skeleton =
            Self { paths: Vec::new(), kinds: BTreeMap::new(), instructions: BTreeMap::new(), scripts: BTreeMap::new() };
        for environment in &compiled.environments {
            for (path, text) in environment.files().iter() {
                let path = format!("{}/{path}", environment.name);
                skeleton.paths.push(without_hash(&path));
                if path.ends_with("/Dockerfile") {
                    skeleton.instructions.insert(path, instructions(text)?);
                } else if path.ends_with(".sh") {
                    skeleton.scripts.insert(path, lines(text)?);
                }
            }
            for (_, object) in &environment.emitted.objects {
                let version = object.identity().api_version;
                *skeleton.kinds.entry(format!("{} {version} {}", environment.name, object.kind())).or_default() += 1;
            }
        }
        skeleton.paths.sort();
        Ok(skeleton)
    }

    /// Compares with what came of a harmless text.
    pub(crate) fn check(&self, before: &Self) -> Result<(), TestCaseError> {
        prop_assert_eq!(&self.kinds, &before.kinds);
        prop_assert_eq!(&self.instructions, &before.instructions);
        prop_assert_eq!(&self.scripts, &before.scripts);
        prop_assert_eq!(&self.paths, &before.paths);
        Ok(())
    }
}

/// `app-config-859d359e` without its hash.
fn without_hash(path: &str) -> String {
    let part =
        |it: &str| if it.len() == 8 && it.bytes().all(|it| it.is_ascii_hexdigit()) { "#" } else { it }.to_owned();
    path.split('.').map(|it| it.split('-').map(part).collect::<Vec<_>>().join("-")).collect::<Vec<_>>().join(".")
}

/// The names of the instructions of a Dockerfile, in order.
fn instructions(text: &str) -> Result<Vec<String>, TestCaseError> {
    let parsed = parse_dockerfile::parse(text).map_err(|it| TestCaseError::fail(format!("{it}\n{text}")))?;
    let name = |it: &Instruction<'_>| {
        let debug = format!("{it:?}");
        debug.split('(').next().unwrap_or_default().to_owned()
    };
    Ok(parsed.instructions.iter().map(name).collect())
}

/// The lines of a script that the shell can read, with a mark for each name and number that a spec decides.
fn lines(text: &str) -> Result<Vec<String>, TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("script.sh");
    std::fs::write(&path, text).unwrap();
    let read = Command::new("sh").arg("-n").arg(&path).output().unwrap();
    prop_assert!(read.status.success(), "{}\n{}", String::from_utf8_lossy(&read.stderr), text);
    let line = |it: &str| match it.split(' ').collect::<Vec<_>>().as_slice() {
        ["run", stage, seconds, rest @ ..] if is_name(stage) && seconds.parse::<u32>().is_ok() => {
            format!("run … {}", rest.join(" "))
        }
        words => {
            let named = words.iter().scan("", |before, word| {
                let is_namespace = *before == "--namespace" && is_name(word);
                *before = word;
                Some(if is_namespace { "…" } else { *word })
            });
            named.collect::<Vec<_>>().join(" ")
        }
    };
    Ok(text.lines().map(line).collect())
}

fn is_name(word: &str) -> bool {
    let is_part = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    !word.is_empty() && !word.starts_with('-') && word.bytes().all(is_part)
}
