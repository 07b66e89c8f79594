//! The real binary, run as a user runs it.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

/// What a run said.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `mlopsc` in a folder.
pub fn mlopsc(folder: &Path, arguments: &[&str]) -> Run {
    run(Command::new(env!("CARGO_BIN_EXE_mlopsc")).args(arguments).current_dir(folder))
}

/// Runs a command that a test prepared.
pub fn run(command: &mut Command) -> Run {
    let output: Output = command.env("NO_COLOR", "1").output().expect("the program can be started");
    let run = Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    };
    let arguments: Vec<&OsStr> = command.get_args().collect();
    if arguments.first().is_some_and(|it| *it == "diff") && arguments.iter().any(|it| *it == "json") {
        follows_schema(&run.stdout);
    }
    run
}

/// Whatever a diff says to programs has the published shape.
fn follows_schema(text: &str) {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = serde_json::from_str(mlopsc::diff::schema_text()).expect("the schema is JSON");
        jsonschema::validator_for(&schema).expect("the schema is one")
    });
    if !text.is_empty() {
        let document: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}:\n{text}"));
        let errors: Vec<String> = SCHEMA.iter_errors(&document).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

impl Run {
    /// Fails the test unless the exit code is `code`; what was said is shown.
    #[track_caller]
    pub fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless the standard error holds every one of `parts`.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is missing:\n{}", self.stderr);
        }
        self
    }
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder can be read").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
