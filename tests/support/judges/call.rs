//! One run of a judge: closed off from the network and from the settings of whoever runs the tests.
//!
//! Each run has a working directory of its own, so that judges which look around for configuration
//! find only what a test put there, and runs at the same time cannot meet.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::absolute;

/// A folder of installed programs.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(super) folder: PathBuf,
}

pub(super) struct Call {
    command: Command,
    folder: TempDir,
}

impl Tool {
    pub(super) fn call(&self, program: &str) -> Call {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let mut command = Command::new(self.folder.join(program));
        command.current_dir(&folder).env_clear();
        command.envs([("LANG", "C.UTF-8"), ("PYTHONUTF8", "1")]);
        command.env("HOME", folder.path()).env("TMPDIR", folder.path());
        // Nothing listens on the discard port: whoever tries to download fails at once.
        for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
            command.env(proxy, "http://127.0.0.1:9");
        }
        Call { command, folder }
    }
}

impl Call {
    pub(super) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// Puts a file into the working directory.
    pub(super) fn file(self, name: &str, content: &str) -> Self {
        fs::write(self.folder.path().join(name), content).expect("the temporary folder is writable");
        self
    }

    /// Hands bytes over on standard input, by way of a file, so that no pipe can fill up.
    pub(super) fn input(mut self, content: &[u8]) -> Self {
        let path = self.folder.path().join(".input");
        fs::write(&path, content).expect("the temporary folder is writable");
        self.command.stdin(File::open(path).expect("the file was just written"));
        self
    }

    /// Hands paths over on standard input, one a line: a command line has a greatest length.
    pub(super) fn lines(self, paths: &[impl AsRef<Path>]) -> Self {
        let mut lines = Vec::new();
        for path in absolute(paths) {
            lines.extend_from_slice(path.as_os_str().as_encoded_bytes());
            lines.push(b'\n');
        }
        self.input(&lines)
    }

    /// Runs to the end; any other exit code means that the judge itself broke.
    pub(super) fn finish(mut self, codes: &[i32]) -> Output {
        let output = self.command.output();
        let output = output.unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        let expected = output.status.code().is_some_and(|code| codes.contains(&code));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(expected, "the judge broke, {}: {:?}\n{said}", output.status, self.command);
        output
    }
}
