//! Projects to compile: the examples on disk, and small ones in memory.

use std::path::{Path, PathBuf};

use mlopsc::compile::{Compiled, Options, compile};
use mlopsc::resolve::Request;
use mlopsc::source::{Files, RelPath};

/// The day that counts as today in every test.
pub const AS_OF: jiff::civil::Date = jiff::civil::date(2026, 11, 21);

/// The folder of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every example, by the name of its folder.
pub fn examples() -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(root().join("examples")).expect("there are examples");
    let folders = entries.map(|it| it.expect("a readable folder").path()).filter(|it| it.join("mlops.toml").is_file());
    let mut examples: Vec<(String, PathBuf)> =
        folders.map(|it| (it.file_name().expect("a folder has a name").to_string_lossy().into_owned(), it)).collect();
    examples.sort();
    assert!(!examples.is_empty(), "there are examples");
    examples
}

/// Compiles the project in `folder` as the command line would, with `prefix` before the names of its files.
pub fn compile_folder(folder: &Path, prefix: &str) -> Compiled {
    let files = Files::disk(folder).expect("the folder can be opened");
    compile_files(files, prefix, &[])
}

/// Compiles a project of which every file is given.
pub fn compile_memory<N: AsRef<str>, T: AsRef<[u8]>>(files: impl IntoIterator<Item = (N, T)>) -> Compiled {
    compile_files(Files::memory(files), "", &[])
}

/// Compiles with changes from the command line.
pub fn compile_files(files: Files, prefix: &str, set: &[&str]) -> Compiled {
    compile(&Options {
        request: Request {
            files,
            path: RelPath::parse("mlops.toml").expect("a good path"),
            prefix: prefix.to_owned(),
            environments: Vec::new(),
            set: set.iter().map(|it| (*it).to_owned()).collect(),
        },
        only: Vec::new(),
        as_of: AS_OF,
        out: mlopsc::source::RelPath::parse("deploy").expect("a good path"),
    })
}

/// The diagnostics as a terminal shows them, without colour.
pub fn shown(compiled: &Compiled) -> String {
    mlopsc::diag::render(mlopsc::diag::Format::Terminal { colour: false }, compiled.sink.all(), &compiled.sources)
}

/// The project, which must be without errors.
#[track_caller]
pub fn must_compile(compiled: Compiled) -> Compiled {
    assert!(!compiled.sink.has_errors(), "{}", shown(&compiled));
    compiled
}
