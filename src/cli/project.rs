//! Where the project is, seen from where the user stands.

use std::path::{Component, Path, PathBuf};

use super::Failure;
use super::args::Args;
use crate::compile::Options;
use crate::resolve::Request;
use crate::source::{Files, RelPath};

/// The name of a spec.
pub(super) const SPEC: &str = "mlops.toml";

/// The folder that output goes to by default, beside the spec.
pub(super) const OUT: &str = "deploy";

/// A project that was found.
pub(super) struct Project {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// The spec in it.
    pub(super) spec: RelPath,
    /// The way to the folder, as messages show it: empty, or ending in `/`.
    pub(super) prefix: String,
}

/// Finds the spec: the one that is named, or the nearest upwards.
pub(super) fn find(args: &Args) -> Result<Project, Failure> {
    match &args.file {
        Some(file) => named(file),
        None => nearest(),
    }
}

/// The project whose spec was just written into a folder.
pub(super) fn written(folder: &Path) -> Project {
    let spec = RelPath::parse(SPEC).expect("internal error: a good name");
    Project { folder: folder.to_owned(), spec, prefix: prefix(folder) }
}

fn named(file: &Path) -> Result<Project, Failure> {
    let shown = file.display();
    if !file.is_file() {
        let why = if file.is_dir() { "is a folder" } else { "does not exist" };
        return Err(Failure::bad_input(format!("`{shown}` {why}; name the spec itself with --file")));
    }
    let name = file.file_name().and_then(|it| it.to_str()).and_then(|it| RelPath::parse(it).ok());
    let spec = name.ok_or_else(|| Failure::bad_input(format!("`{shown}` has a name that cannot be read")))?;
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(Project { folder: folder.to_owned(), spec, prefix: prefix(folder) })
}

fn nearest() -> Result<Project, Failure> {
    let start =
        std::env::current_dir().map_err(|it| Failure::world(format!("cannot tell the current folder: {it}")))?;
    let mut way = PathBuf::new();
    for folder in start.ancestors() {
        if folder.join(SPEC).is_file() {
            let prefix = prefix(&way);
            let spec = RelPath::parse(SPEC).expect("internal error: a good name");
            return Ok(Project { folder: folder.to_owned(), spec, prefix });
        }
        way.push("..");
    }
    Err(Failure::bad_input(format!(
        "there is no {SPEC} in this folder or above; name it with --file, or make one with `mlopsc init`"
    )))
}

/// The way to a folder as a prefix of names: empty for the folder where the user stands.
fn prefix(folder: &Path) -> String {
    let parts: Vec<String> = folder
        .components()
        .filter(|it| *it != Component::CurDir)
        .map(|it| it.as_os_str().to_string_lossy().into_owned())
        .collect();
    match parts.as_slice() {
        [] => String::new(),
        parts => format!("{}/", parts.join("/")).replacen("//", "/", 1),
    }
}

impl Project {
    /// What to compile, with the output in `out` (relative to the project's folder).
    pub(super) fn options(&self, args: &Args, out: &RelPath, only: &[String]) -> Result<Options, Failure> {
        let files = Files::disk(&self.folder)
            .map_err(|it| Failure::world(format!("cannot open `{}`: {it}", self.folder.display())))?;
        Ok(Options {
            request: Request {
                files,
                path: self.spec.clone(),
                prefix: self.prefix.clone(),
                environments: args.env.clone(),
                set: args.set.clone(),
            },
            only: only.to_vec(),
            as_of: args.as_of.unwrap_or_else(today),
            out: out.clone(),
        })
    }

    /// Where the output goes, relative to the project's folder.
    pub(super) fn out(&self, said: Option<&Path>) -> Result<RelPath, Failure> {
        let Some(said) = said else { return Ok(RelPath::parse(OUT).expect("internal error: a good name")) };
        let refused = || {
            Failure::bad_input(format!(
                "`{}` is not a folder inside the project `{}`: the output belongs beside the spec, where it is reviewed",
                said.display(),
                self.folder.display()
            ))
        };
        let folder = std::path::absolute(&self.folder).map_err(|_| refused())?;
        let wanted = std::path::absolute(said).map_err(|_| refused())?;
        let (folder, wanted) = (normal(&folder), normal(&wanted));
        let below = wanted.strip_prefix(&folder).ok().and_then(Path::to_str).ok_or_else(refused)?;
        RelPath::parse(below).ok().filter(|it| !it.as_str().is_empty()).ok_or_else(refused)
    }
}

/// A path without `.` and `..`, by its text alone.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
        normal
    })
}

/// The day in UTC. The only clock in the compiler, and it only decides what has expired.
fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
