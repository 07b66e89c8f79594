//! Keeps the programs of a cluster together, apart from the network, and alive for no longer than the test.
//!
//! The guard of `tests/cluster/guard` puts them into a network namespace that has nothing but a loopback interface, so
//! nothing gets out whatever a program tries. Without Go there is only what their options promise: to listen and to call
//! on 127.0.0.1. Both end with the test however it ends, because both wait for the end of a pipe that the test holds.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use tempfile::TempDir;

use super::programs;

/// From where the cluster can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From the test alone.
    Test,
    /// From every program of this machine.
    Machine,
}

#[derive(Debug)]
pub(super) enum Guard {
    Namespaces { program: PathBuf, socket: PathBuf, folder: PathBuf, process: Child },
    Pipes { folder: PathBuf, keeper: Child },
}

/// What the guard says when it is ready.
#[derive(Deserialize)]
struct Held {
    folder: PathBuf,
    socket: PathBuf,
    exposed: String,
}

impl Guard {
    pub(super) fn new(reach: Reach) -> Self {
        match programs::guard() {
            Ok(program) => hold(program, reach),
            Err(missing) => {
                complain(&format!("the cluster is not kept apart from the network: {}", missing.reason));
                Self::pipes()
            }
        }
    }

    /// What there is without Go, and enough for a cluster that is there already.
    pub(super) fn pipes() -> Self {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir().map(TempDir::keep);
        let folder = folder.expect("a temporary folder can be made");
        let mut keeper = Command::new("/bin/sh");
        let script = "trap '' INT TERM HUP PIPE; cat > /dev/null; sleep 1; rm -rf \"$1\"";
        keeper.args(["-c", script, "keeper"]).arg(&folder).stdin(Stdio::piped());
        let keeper = keeper.spawn().unwrap_or_else(|it| panic!("/bin/sh: {it}"));
        Self::Pipes { folder, keeper }
    }

    /// A folder that is gone when the cluster is.
    pub(super) fn folder(&self) -> &Path {
        match self {
            Self::Namespaces { folder, .. } | Self::Pipes { folder, .. } => folder,
        }
    }

    /// A program that ends by itself.
    pub(super) fn command(&self, program: &Path) -> Command {
        match self {
            Self::Namespaces { program: guard, socket, .. } => {
                let mut command = Command::new(guard);
                command.arg("run").arg(socket).arg(program);
                command
            }
            Self::Pipes { .. } => Command::new(program),
        }
    }

    /// A program that runs until the test, or its own entry here, ends.
    pub(super) fn lasting(&self, program: &Path) -> Command {
        match self {
            Self::Namespaces { .. } => {
                let mut command = self.command(program);
                command.stdin(Stdio::null());
                command
            }
            Self::Pipes { .. } => {
                let mut command = Command::new("/bin/sh");
                let script = "\"$@\" & program=$!; trap '' INT TERM HUP PIPE; cat > /dev/null; kill -9 $program";
                command.args(["-c", script, "guard"]).arg(program).stdin(Stdio::piped());
                command
            }
        }
    }
}

const PREFIX: &str = "mlopsc-cluster-";

fn hold(program: PathBuf, reach: Reach) -> Guard {
    // The kernel wants paths of sockets to be short, and the target folder may be anywhere.
    let mut command = Command::new(&program);
    command.arg("hold").arg(std::env::temp_dir().join(PREFIX));
    if reach == Reach::Machine {
        command.arg("none");
    }
    let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut process = process.unwrap_or_else(|it| panic!("{}: {it}", program.display()));
    let mut line = String::new();
    let output = process.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut line).expect("the guard speaks");
    let held: Held = serde_json::from_str(&line).unwrap_or_else(|it| panic!("the guard said {line:?}: {it}"));
    if reach == Reach::Test && !held.exposed.is_empty() {
        complain(&format!("the cluster is not kept apart from the network: {}", held.exposed));
    }
    Guard::Namespaces { program, socket: held.socket, folder: held.folder, process }
}

/// Past the test harness, which would keep it to itself.
fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

impl Drop for Guard {
    fn drop(&mut self) {
        // It ends everything when its input does, and is gone when everything is.
        let (Self::Namespaces { process, .. } | Self::Pipes { keeper: process, .. }) = self;
        drop(process.stdin.take());
        let _ = process.wait();
    }
}
