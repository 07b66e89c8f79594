//! Manifests and dumps that a user names: a folder, a file, or the standard input.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::super::Failure;
use super::revision::{self, Revision};
use crate::diag;
use crate::diff::{self, Found};
use crate::object::Object;
use crate::source::{Files, RelPath};

/// What stands for the standard input.
const STDIN: &str = "-";

/// The files of whatever wrote them, which a folder of manifests may lie beside.
const RECORD: &str = ".mlopsc-manifest.json";

/// So many files that are passed over are named.
const MOST_NAMED: usize = 5;

/// Manifests, and how messages call them.
pub(super) struct Manifests {
    pub(super) title: String,
    found: diff::Manifests,
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
        Self::of(title, &files, name)
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
        Self::of(title, &files, name)
    }

    fn of(title: String, files: &Files, name: Option<RelPath>) -> Result<Self, Failure> {
        let read =
            |paths: &[RelPath], how| diff::read(files, paths, how).map_err(|it| Failure::bad_input(it.to_string()));
        if let Some(name) = name {
            return Ok(Self { title, found: read(&[name], Found::Named)?, notes: Vec::new() });
        }
        if diff::is_chart(files) {
            let way = "give what `helm template` prints, as `--desired -`";
            return Err(Failure::bad_input(format!("`{title}` is a chart, whose files are templates: {way}")));
        }
        let is_manifest = |it: &RelPath| [".yaml", ".yml", ".json"].iter().any(|end| it.as_str().ends_with(end));
        let found = read(&files.walk(&RelPath::root(), &is_manifest), Found::InFolder)?;
        let mut notes = diff::unfollowed(files);
        let others: Vec<&RelPath> = found.passed_over.iter().filter(|it| !is_ours(files, it)).collect();
        notes.extend(passed_over(&others));
        Ok(Self { title, found, notes })
    }

    /// What is wanted.
    pub(super) fn objects(&self) -> Result<Vec<Object>, Failure> {
        if self.found.objects.is_empty() {
            return Err(Failure::bad_input(format!("`{}` holds no manifest", self.title)));
        }
        Ok(self.found.wanted())
    }

    /// What is there.
    pub(super) fn live(&self) -> Result<&[Value], Failure> {
        if self.found.objects.is_empty() && !self.found.is_empty_list {
            let why = "holds no object, so that everything would look new; where nothing is there, `kubectl get` prints \
                       a list with `items: []`";
            return Err(Failure::bad_input(format!("`{}` {why}", self.title)));
        }
        Ok(&self.found.objects)
    }

    /// What was wanted, be it nothing.
    pub(super) fn was(&self) -> &[Value] {
        &self.found.objects
    }
}

/// Whether a file is beside manifests, or in a folder of their folder, that are compiled with it.
fn is_ours(files: &Files, path: &RelPath) -> bool {
    let has_record = |it: &RelPath| it.join(RECORD).is_ok_and(|it| files.is_file(&it));
    let folders = std::iter::successors(Some(path.parent()), |it| (!it.as_str().is_empty()).then(|| it.parent()));
    folders.into_iter().any(|it| has_record(&it))
}

/// That files hold nothing like an object.
fn passed_over(files: &[&RelPath]) -> Option<String> {
    let named: Vec<String> = files.iter().take(MOST_NAMED).map(|it| format!("`{it}`")).collect();
    let more = files.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let named = if more.is_empty() { diag::in_words(&named) } else { named.join(", ") };
    (!files.is_empty()).then(|| format!("passed over, because no object is in them: {named}{more}"))
}

fn standard_input() -> Result<Manifests, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|it| Failure::bad_input(format!("the standard input cannot be read as text: {it}")))?;
    let title = "standard input".to_owned();
    let path = RelPath::parse(&title).expect("internal error: a good name");
    Manifests::of(title.clone(), &Files::memory([(&title, text)]), Some(path))
}

/// A folder, or the folder of a file and its name.
fn split(path: &Path) -> Result<(&Path, Option<RelPath>), Failure> {
    if path.is_dir() {
        return Ok((path, None));
    }
    if !path.exists() {
        return Err(refused(path, "does not exist"));
    }
    if !path.is_file() {
        return Err(refused(path, "is neither a file nor a folder: give what it holds on the standard input, as `-`"));
    }
    let name = path.file_name().and_then(|it| it.to_str()).and_then(|it| RelPath::parse(it).ok());
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((folder, Some(name.ok_or_else(|| refused(path, "has a name that cannot be read"))?)))
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::bad_input(format!("`{}` {why}", path.display()))
}
