//! Keeps the programs of a cluster together, apart from the network, and alive for no longer than the test.
//!
//! The guard of `tests/cluster/guard` puts them into a network namespace that has nothing but a loopback interface, so
//! nothing gets out whatever a program tries. Without Go there is only what their options promise: to listen and to call
//! on 127.0.0.1. Both end with the test however it ends, because both wait for the end of a pipe that the test holds.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use super::missing::Missing;
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
        sweep();
        match programs::guard() {
            Ok(program) => hold(program, if reach == Reach::Machine { &["none"] } else { &[] })
                .unwrap_or_else(|it| panic!("the guard does not hold: {it}")),
            Err(missing) => {
                complain(&format!("the cluster is not kept apart from the network: {}", missing.reason));
                Self::pipes()
            }
        }
    }

    /// One that keeps its programs from everything, as only root can, or none.
    pub(super) fn strict() -> Result<Self, Missing> {
        sweep();
        hold(programs::guard()?, &["root"]).map_err(|reason| Missing { reason })
    }

    /// What there is without Go, and enough for a cluster that is there already.
    pub(super) fn pipes() -> Self {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir().map(TempDir::keep);
        let folder = folder.expect("a temporary folder can be made");
        let mut keeper = Command::new("/bin/sh");
        let script = "trap '' INT TERM HUP PIPE; cat > /dev/null; sleep 1; rm -rf \"$1\"";
        keeper.args(["-c", script, "keeper"]).arg(&folder).stdin(Stdio::piped()).process_group(0);
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

/// Says that a folder is in use, for as long as the file is open.
pub(super) fn claim(folder: &Path) -> File {
    let claim = File::open(folder).expect("the folder can be opened");
    claim.lock().expect("a folder can be locked");
    claim
}

/// Removes what guards that were killed themselves, as when a machine stops, have left behind.
fn sweep() {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for folder in entries.filter(|it| it.file_name().to_string_lossy().starts_with(PREFIX)).map(|it| it.path()) {
        // A young one may be that of a test which has not come to claiming it.
        let age = fs::metadata(&folder).and_then(|it| it.modified()).ok().and_then(|it| it.elapsed().ok());
        let is_old = age.is_some_and(|it| it > Duration::from_mins(10));
        if is_old && File::open(&folder).is_ok_and(|it| it.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

/// In one of these kinds of isolation; without any, in the best that there is.
fn hold(program: PathBuf, kinds: &[&str]) -> Result<Guard, String> {
    // The kernel wants paths of sockets to be short, and the target folder may be anywhere.
    let mut command = Command::new(&program);
    command.arg("hold").arg(std::env::temp_dir().join(PREFIX)).args(kinds);
    // Who kills a test often kills its whole group, and somebody has to clear up.
    let process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn();
    let mut process = process.unwrap_or_else(|it| panic!("{}: {it}", program.display()));
    let mut line = String::new();
    let output = process.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut line).expect("the guard speaks");
    let held: Held = match serde_json::from_str(&line) {
        Ok(held) => held,
        Err(error) => {
            let _ = process.wait();
            return Err(format!("the guard said {line:?}: {error}"));
        }
    };
    if kinds.is_empty() && !held.exposed.is_empty() {
        complain(&format!("the cluster is not kept apart from the network: {}", held.exposed));
    }
    Ok(Guard::Namespaces { program, socket: held.socket, folder: held.folder, process })
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
