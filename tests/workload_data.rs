//! What datasets, secrets and tables of settings become in Kubernetes and Compose, key by key.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

mod support;

#[path = "workload_data/config.rs"]
mod config;
#[path = "workload_data/data.rs"]
mod data;
#[path = "workload_data/purge.rs"]
mod purge;
#[path = "workload_data/secrets.rs"]
mod secrets;

use mlopsc::compile::Compiled;
use serde_json::Value;
use support::project::{compile_memory, must_compile, shown};

const PROJECT: &str = "[project]\nname = \"demo\"\nregistry = \"registry.example.org/imaging\"\n";

/// A project with programs, a lock file and these tables and files.
fn project(tables: &str, files: &[(&str, &[u8])]) -> Compiled {
    let spec = format!("{PROJECT}{tables}");
    let standard: [(&str, &[u8]); 4] = [
        ("mlops.toml", spec.as_bytes()),
        ("serve.py", b"print()\n"),
        ("train.py", b"print()\n"),
        (
            "requirements.lock",
            b"numpy==2.3.4 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
        ),
    ];
    must_compile(compile_memory(standard.into_iter().chain(files.iter().copied())))
}

/// An emitted file as JSON.
#[track_caller]
fn emitted(compiled: &Compiled, path: &str) -> Value {
    let environment = &compiled.environments[0];
    let path = mlopsc::source::RelPath::parse(path).unwrap();
    let paths = || environment.emitted.objects.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>();
    environment.tree(&path).unwrap_or_else(|| panic!("no {path} among {:?}", paths())).to_json()
}

/// The value behind a JSON pointer of an emitted file.
#[track_caller]
fn at(compiled: &Compiled, path: &str, pointer: &str) -> Value {
    emitted(compiled, path).pointer(pointer).cloned().unwrap_or_default()
}

/// Whether an object is emitted.
fn is_emitted(compiled: &Compiled, path: &str) -> bool {
    compiled.environments[0].emitted.objects.iter().any(|(it, _)| it.as_str() == path)
}

/// The note of a difference that Compose makes.
#[track_caller]
fn notes(compiled: &Compiled, words: &str) {
    let notes: Vec<&str> = compiled.sink.all().iter().map(|it| it.message.as_str()).collect();
    assert!(notes.iter().any(|it| it.contains(words)), "no note says {words:?}:\n{}", shown(compiled));
}

/// The entry of a list that has this name.
fn named<'v>(list: &'v Value, name: &str) -> &'v Value {
    static NONE: Value = Value::Null;
    list.as_array().into_iter().flatten().find(|it| it["name"] == name).unwrap_or(&NONE)
}
