//! The specs that are changed: the examples, and one that has every key of the language.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use mlopsc::compile::{Compiled, Options, compile};
use mlopsc::diag::Severity;
use mlopsc::resolve::Request;
use mlopsc::source::{Files, RelPath};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::project::{AS_OF, examples, root, shown};

const SPEC: &str = "mlops.toml";

/// A spec that compiles, and the files beside it.
#[derive(Clone)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) spec: String,
    /// The spec as values.
    pub(crate) tree: Value,
    files: BTreeMap<String, Vec<u8>>,
}

/// What the project of images is made from.
const IMAGES: &[(&str, &str)] = &[
    ("docker/tools/Dockerfile", "FROM python:3.12.11-slim-trixie AS runtime\nARG VARIANT\nUSER 10001:10001\n"),
    ("docker/tools/.dockerignore", "**\n"),
    ("web/server.js", ""),
    ("web/package.json", "{}"),
    (
        "web/package-lock.json",
        "{\"lockfileVersion\": 3, \"packages\": {\"\": {}, \"node_modules/a\": {\"version\": \"1.0.0\", \
        \"integrity\": \"sha512-x\"}}}",
    ),
    ("router/pom.xml", "<project/>"),
    ("router/mvnw", "#!/bin/sh\n"),
    ("router/.mvn/wrapper/maven-wrapper.properties", "distributionSha256Sum=00\n"),
    (
        "router/.mvn/checksums/checksums.sha256",
        "0000000000000000000000000000000000000000000000000000000000000000  a/b/1/b-1.jar\n",
    ),
    (
        "space/uv.lock",
        "version = 1\n[[package]]\nname = \"core\"\nversion = \"1\"\nsource = { editable = \"packages/core\" }\n\
        [[package]]\nname = \"viewer\"\nversion = \"1\"\nsource = { editable = \"packages/viewer\" }\n",
    ),
    ("space/pyproject.toml", ""),
    ("space/packages/core/pyproject.toml", ""),
    ("space/packages/viewer/pyproject.toml", ""),
    ("viewer.py", ""),
    ("weights/viewer.onnx", "weights"),
];

/// Every project that there is.
pub(crate) static PROJECTS: LazyLock<Vec<Project>> = LazyLock::new(|| {
    let mut projects: Vec<Project> =
        examples().into_iter().map(|(name, folder)| Project::read(name, &folder)).collect();
    let mut everything = Project::read("everything".to_owned(), &root().join("tests/errors/project"));
    everything.spec = String::from(include_str!("everything.toml"));
    everything.tree = values(&everything.spec);
    projects.push(everything);
    let files = IMAGES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    let spec = String::from(include_str!("images.toml"));
    projects.push(Project { name: "images".to_owned(), tree: values(&spec), spec, files });
    projects
});

/// One of them.
pub(crate) fn project() -> impl Strategy<Value = &'static Project> {
    (0..PROJECTS.len()).prop_map(|it| &PROJECTS[it])
}

impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl Project {
    fn read(name: String, folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        read_folder(folder, "", &mut files);
        let spec = files.remove(SPEC).map(|it| String::from_utf8(it).unwrap()).unwrap_or_default();
        Self { name, tree: values(&spec), spec, files }
    }

    /// Compiles another spec in its place.
    pub(crate) fn compile(&self, spec: impl AsRef<[u8]>) -> Compiled {
        self.compile_with(spec, &[], &[])
    }

    /// Compiles a tree of values in its place.
    pub(crate) fn compile_tree(&self, tree: &Value) -> Compiled {
        self.compile(toml(tree))
    }

    /// Compiles another spec, with further files and changes from the command line.
    pub(crate) fn compile_with(&self, spec: impl AsRef<[u8]>, more: &[(&str, &str)], set: &[String]) -> Compiled {
        let mut files = self.files.clone();
        files.insert(SPEC.to_owned(), spec.as_ref().to_vec());
        files.extend(more.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())));
        compile(&Options {
            request: Request {
                files: Files::memory(files),
                path: RelPath::parse(SPEC).unwrap(),
                prefix: String::new(),
                environments: Vec::new(),
                set: set.to_vec(),
            },
            only: Vec::new(),
            as_of: AS_OF,
            out: RelPath::parse("deploy").unwrap(),
        })
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_folder(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}

fn values(spec: &str) -> Value {
    serde_json::to_value(spec.parse::<toml::Table>().unwrap()).unwrap()
}

/// A tree of values as TOML, with a header for each table.
pub(crate) fn toml(tree: &Value) -> String {
    toml::to_string(tree).unwrap()
}

/// All files of all environments, each behind the name of its environment.
pub(crate) fn written(compiled: &Compiled) -> BTreeMap<String, String> {
    let files = compiled.environments.iter().map(|it| (&it.name, it.files()));
    files
        .flat_map(|(name, files)| {
            let one = |(path, text): (&RelPath, &str)| (format!("{name}/{path}"), text.to_owned());
            files.iter().map(one).collect::<Vec<_>>()
        })
        .collect()
}

/// What was said, without the places.
pub(crate) fn said(compiled: &Compiled) -> Vec<(Severity, &'static str, String)> {
    compiled.sink.all().iter().map(|it| (it.severity, it.code.id, it.message.clone())).collect()
}

#[test]
fn every_project_compiles() {
    for project in PROJECTS.iter() {
        let compiled = project.compile(&project.spec);
        assert!(!compiled.sink.has_errors(), "{}:\n{}", project.name, shown(&compiled));
    }
}
