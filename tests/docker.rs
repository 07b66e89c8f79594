//! Dockerfiles of every kind: what they install and copy, what a project's own templates change, how somebody's own
//! Dockerfile is built, and that no text of a spec becomes an instruction. Linters judge all of them.

#![allow(clippy::panic, reason = "a test ends at the first surprise")]

mod support;

#[path = "docker/bars.rs"]
mod bars;
#[path = "docker/hostile.rs"]
mod hostile;
#[path = "docker/kinds.rs"]
mod kinds;
#[path = "docker/languages.rs"]
mod languages;
#[path = "docker/locks.rs"]
mod locks;
#[path = "docker/own.rs"]
mod own;
#[path = "docker/templates.rs"]
mod templates;

use std::collections::BTreeMap;

use mlopsc::compile::Compiled;
use parse_dockerfile::{Dockerfile, Instruction};
use support::judges::harness::tests;
use support::project::{compile_memory, must_compile, shown};

tests!(the_parser_sees_what_a_line_break_adds);

fn main() {
    support::judges::harness::run(&[
        TESTS,
        bars::TESTS,
        hostile::TESTS,
        kinds::TESTS,
        languages::TESTS,
        locks::TESTS,
        own::TESTS,
        templates::TESTS,
    ]);
}

/// A project with one program, and the files of each lock form.
const FILES: &[(&str, &str)] = &[
    ("train.py", "print('trained')\n"),
    ("net/train.py", ""),
    ("net/inside.pt", "1"),
    ("net/other.pt", "2"),
    ("weights/lung.onnx", "3"),
    ("analyse.R", "cat('done')\n"),
    (
        "requirements.lock",
        "numpy==2.3.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
    ),
    ("plain/requirements.txt", "numpy\n"),
    ("plain/train.py", ""),
    ("uv/uv.lock", "version = 1\n[[package]]\nname = \"numpy\"\nversion = \"2.3.0\"\n"),
    ("uv/pyproject.toml", "[project]\nname = \"demo\"\nversion = \"1\"\n"),
    ("uv/train.py", ""),
    (
        "renv.lock",
        "{\"R\": {\"Version\": \"4.6.1\", \"Repositories\": [{\"Name\": \"CRAN\", \"URL\": \
        \"https://cran.hospital.example/2026-11-02\"}]}, \"Packages\": {}}",
    ),
];

const PROJECT: &str = "[project]\nname = \"demo\"\nversion = \"1.0.0\"\nregistry = \"registry.example.org/team\"\n\
    [data.model]\nclass = \"public\"\nsize = \"1Gi\"\n";

/// A spec compiled, with further files.
fn compiled(spec: &str, more: &[(&str, &str)]) -> Compiled {
    let text = format!("{PROJECT}{spec}");
    let files = FILES
        .iter()
        .chain(languages::FILES)
        .chain(locks::FILES)
        .chain(more)
        .copied()
        .chain([("mlops.toml", text.as_str())]);
    compile_memory(files.collect::<BTreeMap<_, _>>())
}

/// The files of its one environment.
fn files(spec: &str, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let compiled = must_compile(compiled(spec, more));
    let files = compiled.environments[0].files();
    files.iter().map(|(path, text)| (path.to_string(), text.to_owned())).collect()
}

/// The text of its one Dockerfile.
fn dockerfile(spec: &str, more: &[(&str, &str)]) -> String {
    let files = files(spec, more);
    let mut found = files.into_iter().filter(|(path, _)| path.ends_with("/Dockerfile"));
    let (_, text) = found.next().expect("there is a Dockerfile");
    assert_eq!(found.next(), None, "there is one");
    text
}

/// The names of the instructions, in order.
fn instructions(text: &str) -> Vec<&'static str> {
    let parsed: Dockerfile<'_> = parse_dockerfile::parse(text).expect("a Dockerfile");
    let name = |it: &Instruction<'_>| match it {
        Instruction::Add(_) => "ADD",
        Instruction::Arg(_) => "ARG",
        Instruction::Cmd(_) => "CMD",
        Instruction::Copy(_) => "COPY",
        Instruction::Entrypoint(_) => "ENTRYPOINT",
        Instruction::Env(_) => "ENV",
        Instruction::Expose(_) => "EXPOSE",
        Instruction::From(_) => "FROM",
        Instruction::Healthcheck(_) => "HEALTHCHECK",
        Instruction::Label(_) => "LABEL",
        Instruction::Run(_) => "RUN",
        Instruction::User(_) => "USER",
        Instruction::Workdir(_) => "WORKDIR",
        _ => "another",
    };
    parsed.instructions.iter().map(name).collect()
}

fn the_parser_sees_what_a_line_break_adds() {
    assert_eq!(instructions("FROM a AS b\nLABEL x=\"y\"\nRUN z\n"), ["FROM", "LABEL", "RUN"]);
}
