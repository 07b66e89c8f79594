//! Runs the client of an engine.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::engine::Engine;

/// What a run said, both streams in one: where the daemon's words go is no contract.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub all: String,
}

impl Engine {
    /// `docker` with these arguments.
    pub fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(&self.client);
        command.args(arguments).env("DOCKER_HOST", &self.host).env_remove("DOCKER_CONTEXT");
        // Nobody's settings decide what is tested.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let is_setting = ["BUILDX_", "BUILDKIT_", "COMPOSE_", "SOURCE_DATE"].iter().any(|it| text.starts_with(it));
            if is_setting || text.to_lowercase().ends_with("_proxy") {
                command.env_remove(&name);
            }
        }
        if let Some(config) = &self.config {
            command.env("DOCKER_CONFIG", config);
        }
        command
    }

    pub fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
        said(&mut self.command(arguments))
    }

    /// `docker inspect` of one thing.
    #[track_caller]
    pub fn inspect(&self, kind: &str, name: &str) -> Value {
        let text = self.run([kind, "inspect", name]).ok();
        let mut list: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|it| panic!("{it}: {text}"));
        list.remove(0)
    }

    /// A file for who cannot be handed anything else.
    pub fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("the folder is writable");
        std::fs::write(&path, text).expect("the folder is writable");
        path
    }
}

/// Runs a command to its end.
pub fn said(command: &mut Command) -> Said {
    let output: Output = command.output().unwrap_or_else(|it| panic!("{command:?}: {it}"));
    let [stdout, stderr] = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    Said { code: output.status.code().unwrap_or(-1), all: format!("{stdout}{stderr}"), stdout }
}

/// Runs a build, and a second time where the engine lost a layer of the image.
///
/// While it unpacks one image, its garbage collector may take a layer that another one has just given up: mended in BuildKit
/// by its change 6558, which is younger than the engine here.
pub fn built(command: &mut Command) -> Said {
    let first = said(command);
    if first.lost_a_layer() { said(command) } else { first }
}

impl Said {
    pub fn lost_a_layer(&self) -> bool {
        !self.is_ok() && self.all.contains("parent snapshot") && self.all.contains("does not exist")
    }

    pub fn is_ok(&self) -> bool {
        self.code == 0
    }

    /// The standard output of what must succeed.
    #[track_caller]
    pub fn ok(self) -> String {
        assert!(self.is_ok(), "exit code {}:\n{}", self.code, self.all);
        self.stdout
    }
}
