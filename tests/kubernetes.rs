//! What the manifests say, read back as objects.

#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test that finds nothing fails")]

#[path = "support/project.rs"]
#[allow(dead_code, unreachable_pub, reason = "every test binary uses a part of it")]
mod project;

#[path = "kubernetes/manifests.rs"]
mod manifests;
#[path = "kubernetes/namespaces.rs"]
mod namespaces;
#[path = "kubernetes/networks.rs"]
mod networks;
#[path = "kubernetes/programs.rs"]
mod programs;
#[path = "kubernetes/scripts.rs"]
mod scripts;
#[path = "kubernetes/stages.rs"]
mod stages;
#[path = "kubernetes/variants.rs"]
mod variants;

use std::collections::BTreeMap;

use project::{compile_memory, must_compile};
use serde_json::Value;

/// The objects of a spec's only environment, as the API server would read them.
fn objects(spec: &str) -> Vec<Value> {
    objects_of(spec, &[])
}

/// The same, of a project with more files.
fn objects_of(spec: &str, more: &[(&str, &str)]) -> Vec<Value> {
    let is_manifest =
        |path: &str| (path.starts_with("kubernetes/") || path.starts_with("platform/")) && path.ends_with(".yaml");
    let manifests = files_of(spec, more).into_iter().filter(|(path, _)| is_manifest(path));
    manifests.map(|(path, text)| serde_yaml::from_str(&text).unwrap_or_else(|why| panic!("{path}: {why}"))).collect()
}

/// The files of a spec's only environment, by their paths.
fn files_of(spec: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let spec = format!("[project]\nname = \"demo\"\nregistry = \"registry.example.org/imaging\"\n{spec}");
    let files = [("mlops.toml", &*spec), ("serve.py", ""), ("train.py", "")].into_iter().chain(more.iter().copied());
    let compiled = must_compile(compile_memory(files));
    let files = compiled.environments[0].files();
    files.iter().map(|(path, text)| (path.as_str().to_owned(), text.to_owned())).collect()
}

/// The object of a kind and a name.
fn object<'o>(objects: &'o [Value], kind: &str, name: &str) -> &'o Value {
    let found = objects.iter().find(|it| it["kind"] == kind && it["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}
