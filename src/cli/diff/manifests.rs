//! Manifests and dumps that a user names: a folder, a file, or the standard input.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::super::Failure;
use super::revision::{self, Revision};
use crate::diff;
use crate::object::Object;
use crate::source::{Files, RelPath};

/// What stands for the standard input.
const STDIN: &str = "-";

/// Files that hold manifests, and how messages call them.
pub(super) struct Manifests {
    pub(super) title: String,
    files: Files,
    paths: Vec<RelPath>,
    /// What reading them leaves out.
    pub(super) notes: Vec<String>,
}

impl Manifests {
    pub(super) fn find(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == STDIN {
            return standard_input();
        }
        let title = path.display().to_string();
        let (folder, name) = split(path)?;
        let files = Files::disk(folder).map_err(|_| refused(path, "cannot be opened"))?;
        Self::of(title, files, name)
    }

    /// The same as they were in a revision of the git repository that they are in.
    pub(super) fn before(path: &Path, named: &str) -> Result<Self, Failure> {
        if path.as_os_str() == STDIN {
            return Err(Failure::bad_input("the standard input has no revisions: name a folder with --desired"));
        }
        let (folder, name) = split(path)?;
        let Revision { title, files, .. } = revision::read(folder, named)?;
        if name.as_ref().is_some_and(|it| !files.is_file(it)) {
            return Err(Failure::bad_input(format!("`{}` is not there in the revision `{named}`", path.display())));
        }
        Self::of(title, files, name)
    }

    fn of(title: String, files: Files, name: Option<RelPath>) -> Result<Self, Failure> {
        if let Some(name) = name {
            return Ok(Self { title, files, paths: vec![name], notes: Vec::new() });
        }
        if diff::is_chart(&files) {
            let way = "give what `helm template` prints, as `--desired -`";
            return Err(Failure::bad_input(format!("`{title}` is a chart, whose files are templates: {way}")));
        }
        let is_manifest = |it: &RelPath| [".yaml", ".yml", ".json"].iter().any(|end| it.as_str().ends_with(end));
        let paths = files.walk(&RelPath::root(), &is_manifest);
        Ok(Self { title, notes: diff::unfollowed(&files), files, paths })
    }

    /// What is wanted.
    pub(super) fn objects(&self) -> Result<Vec<Object>, Failure> {
        let objects = diff::read_wanted(&self.files, &self.paths).map_err(|it| Failure::bad_input(it.to_string()))?;
        if objects.is_empty() {
            return Err(Failure::bad_input(format!("`{}` holds no manifest", self.title)));
        }
        Ok(objects)
    }

    /// What is there.
    pub(super) fn live(&self) -> Result<Vec<Value>, Failure> {
        diff::read_live(&self.files, &self.paths).map_err(|it| Failure::bad_input(it.to_string()))
    }
}

fn standard_input() -> Result<Manifests, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|it| Failure::bad_input(format!("the standard input cannot be read as text: {it}")))?;
    let title = "standard input".to_owned();
    let path = RelPath::parse(&title).expect("internal error: a good name");
    Ok(Manifests { files: Files::memory([(&title, text)]), title, paths: vec![path], notes: Vec::new() })
}

/// A folder, or the folder of a file and its name.
fn split(path: &Path) -> Result<(&Path, Option<RelPath>), Failure> {
    if path.is_dir() {
        return Ok((path, None));
    }
    if !path.is_file() {
        return Err(refused(path, "does not exist"));
    }
    let name = path.file_name().and_then(|it| it.to_str()).and_then(|it| RelPath::parse(it).ok());
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((folder, Some(name.ok_or_else(|| refused(path, "has a name that cannot be read"))?)))
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::bad_input(format!("`{}` {why}", path.display()))
}
