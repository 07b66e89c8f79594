//! A real registry on this machine, and what is put into it; built once through Go, see `tests/registry`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::support::judges::kit::{Kit, Site, ready};
use crate::support::judges::{Judged, Missing, OrNotRun};

/// A registry that is gone when the test is, however that ends: it waits for the end of its input.
pub(crate) struct Registry {
    program: PathBuf,
    pub(crate) port: u16,
    process: Child,
    _input: ChildStdin,
}

impl Registry {
    /// Starts one, or says loudly that `what` was not tested.
    #[track_caller]
    pub(crate) fn start(what: &str) -> Option<Self> {
        Self::start_with(what, &[])
    }

    /// One with TLS for a host, whose authority's certificate goes to a file.
    #[track_caller]
    pub(crate) fn start_secure(what: &str, host: &str, file: &Path) -> Option<Self> {
        Self::start_with(what, &[host, file.to_str().unwrap()])
    }

    #[track_caller]
    fn start_with(what: &str, arguments: &[&str]) -> Option<Self> {
        let program = program().or_not_run(what)?;
        let mut serve = Command::new(&program);
        let mut process =
            serve.arg("serve").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let input = process.stdin.take().unwrap();
        Some(Self { program, port: line.trim().parse().unwrap(), process, _input: input })
    }

    /// The full name of an image here.
    pub(crate) fn name(&self, image: &str) -> String {
        format!("127.0.0.1:{}/{image}", self.port)
    }

    /// Pushes an image that holds a text, for each platform.
    pub(crate) fn push(&self, image: &str, text: &str, platforms: &[&str]) {
        self.run(&[&["push", &self.name(image), text], platforms].concat());
    }

    /// The digest as another program sees it.
    pub(crate) fn digest(&self, image: &str) -> String {
        self.run(&["digest", &self.name(image)]).trim().to_owned()
    }

    /// Writes an image into a folder, under its full name.
    pub(crate) fn layout(&self, image: &str, folder: &Path) {
        self.run(&["layout", &self.name(image), folder.to_str().unwrap()]);
    }

    /// Pushes an image to a host that a proxy leads here, with TLS.
    pub(crate) fn push_by(&self, proxy: u16, host: &str, image: &str, authority: &Path) {
        let mut push = Command::new(&self.program);
        push.args(["push", &format!("{host}/{image}"), "one", "linux/amd64"]);
        push.env("HTTPS_PROXY", format!("http://127.0.0.1:{proxy}")).env("SSL_CERT_FILE", authority);
        let output = push.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(&self.program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Its own child, which would also end when the input is closed after this.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> Judged<PathBuf> {
    let install = |site: &Site| site.go_build("registry", ".", &[]);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registry");
    let folder: Result<PathBuf, Missing> =
        ready(&Kit { group: "judges", name: "registry", sources, program: "registry", install });
    Ok(folder?.join("registry"))
}
