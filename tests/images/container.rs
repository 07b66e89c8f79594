//! A container as the strictest cluster would run it: no capabilities, a root that cannot be written, no network.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::docker::{Said, said};
use super::scene::Scene;

/// What a program is started with; its image says as whom.
pub(super) struct Container<'s> {
    scene: &'s Scene,
    image: String,
    options: Vec<String>,
}

/// What every container is started with.
const HARDENED: [&str; 6] = [
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--network=none",
    "--pull=never",
];

impl<'s> Container<'s> {
    pub(super) fn of(scene: &'s Scene, image: &str) -> Self {
        Self { scene, image: image.to_owned(), options: HARDENED.iter().map(|it| (*it).to_owned()).collect() }
    }

    pub(super) fn option(mut self, option: impl Into<String>) -> Self {
        self.options.push(option.into());
        self
    }

    pub(super) fn env(self, name: &str, value: &str) -> Self {
        self.option(format!("--env={name}={value}"))
    }

    /// A volume of the engine, as the daemon fills it: with what the image has in that folder.
    pub(super) fn volume(self, name: &str, path: &str) -> Self {
        self.option(format!("--volume=mlopsc-test-{name}:{path}"))
    }

    /// A volume that is only read.
    pub(super) fn input(self, name: &str, path: &str) -> Self {
        self.option(format!("--volume=mlopsc-test-{name}:{path}:ro"))
    }

    /// A file or folder of the tests, to be read.
    pub(super) fn bind(self, source: &Path, path: &str) -> Self {
        self.option(format!("--volume={}:{path}:ro", source.display()))
    }

    fn command(&self, start: &[&str], program: &[&str]) -> Command {
        let mut command = self.scene.engine.command(["run"]);
        command.args(start).args(&self.options);
        let (first, rest) = program.split_first().map_or((None, program), |(first, rest)| (Some(first), rest));
        command.args(first.map(|it| format!("--entrypoint={it}"))).arg(&self.image).args(rest);
        command
    }

    /// Runs a program to its end.
    pub(super) fn run(&self, program: &[&str]) -> Said {
        said(&mut self.command(&["--rm"], program))
    }

    /// Starts a program that lasts.
    #[track_caller]
    pub(super) fn start(&self, name: &str, program: &[&str]) -> Lasting<'s> {
        let name = format!("mlopsc-test-{name}");
        said(&mut self.command(&["--detach", "--name", &name], program)).ok();
        Lasting { scene: self.scene, name }
    }
}

/// A container that runs; it is removed when this is dropped.
pub(super) struct Lasting<'s> {
    scene: &'s Scene,
    name: String,
}

impl Lasting<'_> {
    /// Runs a program in it.
    pub(super) fn exec(&self, program: &[&str]) -> Said {
        self.scene.engine.run(["exec", &self.name].iter().chain(program))
    }

    /// The same with something on standard input.
    pub(super) fn exec_on(&self, program: &[&str], input: &Path) -> Said {
        let input = std::fs::File::open(input).expect("the file is there");
        let mut exec = self.scene.engine.command(["exec", "--interactive", &self.name].iter().chain(program));
        said(exec.stdin(Stdio::from(input)))
    }

    pub(super) fn log(&self) -> String {
        self.scene.engine.run(["logs", &self.name]).all
    }

    /// Waits until `is_so`; fails with the container's log.
    #[track_caller]
    pub(super) fn until(&self, what: &str, seconds: u64, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            let state = self.scene.engine.inspect("container", &self.name)["State"]["Status"].clone();
            let is_over = state != "running" || start.elapsed() > Duration::from_secs(seconds);
            assert!(!is_over, "never {what}, and {state}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Starts it once more after its end.
    pub(super) fn start_again(&self) {
        self.scene.engine.run(["start", &self.name]).ok();
    }

    /// What its health check said last.
    pub(super) fn health(&self) -> String {
        let state = self.scene.engine.inspect("container", &self.name)["State"].clone();
        state["Health"]["Status"].as_str().unwrap_or_default().to_owned()
    }

    /// Asks it to end; its exit code, and how long it took.
    #[track_caller]
    pub(super) fn stop(&self) -> (i64, Duration) {
        let start = Instant::now();
        self.scene.engine.run(["stop", "--timeout=30", &self.name]).ok();
        let code = self.scene.engine.inspect("container", &self.name)["State"]["ExitCode"].as_i64();
        (code.expect("it has ended"), start.elapsed())
    }
}

impl Drop for Lasting<'_> {
    fn drop(&mut self) {
        self.scene.engine.run(["rm", "--force", "--volumes", &self.name]);
    }
}
