//! `mlopsc lock`: against a real registry, against servers that fail, and from files; and what images are said to hold.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

#[path = "lock/bill.rs"]
mod bill;
#[path = "lock/built.rs"]
mod built;
#[path = "lock/fake.rs"]
mod fake;
#[path = "lock/faults.rs"]
mod faults;
#[path = "lock/files.rs"]
mod files;
#[path = "lock/login.rs"]
mod login;
#[path = "lock/real.rs"]
mod real;
#[path = "lock/registry.rs"]
mod registry;
mod support;
#[path = "lock/tls.rs"]
mod tls;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::binary::{Run, run};
use tempfile::TempDir;

fn main() {
    support::judges::harness::run(&[
        bill::TESTS,
        built::TESTS,
        faults::TESTS,
        files::TESTS,
        login::TESTS,
        real::TESTS,
        tls::TESTS,
    ]);
}

/// A project of one ready-made image for each name.
fn project(images: &[String]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut spec = "[project]\nname = \"demo\"\nversion = \"1.0.0\"\n".to_owned();
    for (number, image) in images.iter().enumerate() {
        spec += &format!("[services.s{number}]\nimage = \"{image}\"\nport = 8080\n");
    }
    fs::write(folder.path().join("mlops.toml"), spec).unwrap();
    folder
}

/// Runs `mlopsc` with a Docker configuration of its own: that of whoever runs the tests says nothing.
fn mlopsc(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    command.args(arguments).current_dir(folder).env("DOCKER_CONFIG", folder.join(".docker"));
    for name in ["REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"] {
        command.env(name, folder.join(".none"));
    }
    run(&mut command)
}

fn lock_file(folder: &Path) -> String {
    fs::read_to_string(folder.join("mlops.lock")).unwrap()
}

/// What lies in a folder beside what the test put there.
fn leftovers(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    names.filter(|it| it.ends_with(".new")).collect()
}
