//! The files that `[config]` names: read once, whichever environments use them, and judged like the spec itself.
//!
//! What is made of them is planned elsewhere, and that one is missing is reported elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use super::Request;
use crate::diag::Sink;
use crate::parse::{Variable, parse_env_file, take_credentials};
use crate::source::{At, FileError, FileId, Files, Origin, RelPath, Sources};
use crate::spec::{Config, FilePattern, Spec};

/// A file of the project that the spec names.
#[derive(Clone, Debug)]
pub struct AttachedFile {
    pub path: RelPath,
    /// What it is in messages.
    pub id: FileId,
    pub text: Arc<str>,
    /// Where the spec names it.
    pub origin: Origin,
}

/// The files of a table of settings.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// As they are in the repository.
    pub files: Vec<AttachedFile>,
    pub template: Option<AttachedFile>,
    /// The variables of the env file, and where the spec names that.
    pub variables: Vec<Variable>,
    pub env_file: Origin,
    /// Files that are there and cannot be read as text, and why.
    pub unreadable: Vec<(Origin, String)>,
}

impl Attached {
    /// Whether anything was found for what stands at a place of `files`.
    #[must_use]
    pub fn has(&self, origin: Origin) -> bool {
        let files = self.files.iter().map(|it| it.origin);
        files.chain(self.unreadable.iter().map(|it| it.0)).any(|it| it == origin)
    }
}

/// The files of all tables, by the names of these.
pub type Attachments = BTreeMap<SmolStr, Attached>;

/// Reads files once, and remembers what they are in messages.
pub(super) struct Reader<'r> {
    request: &'r Request,
    sources: &'r mut Sources,
    known: BTreeMap<RelPath, (FileId, Arc<str>)>,
    /// The variables of env files; their mistakes are reported once.
    variables: BTreeMap<RelPath, Vec<Variable>>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(request: &'r Request, sources: &'r mut Sources) -> Self {
        Self { request, sources, known: BTreeMap::new(), variables: BTreeMap::new() }
    }

    /// The files of every table of a spec. What is wrong in one goes to the sink when it is read first.
    pub(super) fn attachments(&mut self, spec: &Spec, sink: &mut Sink) -> Attachments {
        let has_files = |it: &Config| !it.files.is_empty() || it.template.is_some() || it.env_file.is_some();
        let tables = spec.config.iter().filter(|(_, table)| has_files(table));
        tables.map(|(name, table)| (name.as_str().into(), self.attached(table, sink))).collect()
    }

    fn attached(&mut self, table: &Config, sink: &mut Sink) -> Attached {
        let mut attached = Attached::default();
        for pattern in &table.files {
            for path in matching(&self.request.files, pattern) {
                let file = self.read(&path, pattern.origin, &mut attached, sink);
                attached.files.extend(file);
            }
        }
        let path = |text: &str| RelPath::root().join(text).ok();
        if let Some((path, origin)) = table.template.as_ref().and_then(|it| Some((path(it)?, it.origin))) {
            attached.template = self.read(&path, origin, &mut attached, sink);
        }
        if let Some((path, origin)) = table.env_file.as_ref().and_then(|it| Some((path(it)?, it.origin))) {
            attached.env_file = origin;
            if let Some(file) = self.read(&path, origin, &mut attached, sink) {
                if !self.variables.contains_key(&path) {
                    let variables = parse_env_file(file.id, self.sources, sink);
                    self.variables.insert(path.clone(), variables);
                }
                attached.variables = self.variables[&path].clone();
            }
        }
        attached
    }

    fn read(&mut self, path: &RelPath, origin: Origin, of: &mut Attached, sink: &mut Sink) -> Option<AttachedFile> {
        if !self.known.contains_key(path) {
            // A folder is reported with the files that are missing.
            if self.request.files.is_folder(path) {
                return None;
            }
            match self.request.files.text(path) {
                Ok(text) => {
                    let id = self.sources.add(format!("{}{path}", self.request.prefix), text.clone());
                    take_credentials(id, self.sources, sink);
                    self.known.insert(path.clone(), (id, text));
                }
                Err(FileError::Missing(_)) => return None,
                Err(why) => {
                    of.unreadable.push((origin, why.to_string()));
                    return None;
                }
            }
        }
        let (id, text) = self.known[path].clone();
        Some(AttachedFile { path: path.clone(), id, text, origin })
    }
}

/// The files of a pattern, in order; of a path without `*` and `?` the file itself.
fn matching(files: &Files, pattern: &At<FilePattern>) -> Vec<RelPath> {
    let Ok(path) = RelPath::root().join(pattern.as_str()) else { return Vec::new() };
    if !pattern.contains(['*', '?']) {
        return vec![path];
    }
    let names = files.list(&path.parent());
    let fits = |it: &&String| !it.ends_with('/') && is_like(it, path.file_name());
    names.iter().filter(fits).filter_map(|it| path.parent().join(it).ok()).collect()
}

/// Whether a name fits a pattern, of which `*` stands for any letters and `?` for one.
fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.chars().next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            name.char_indices().map(|(at, _)| at).chain([name.len()]).any(|at| is_like(&name[at..], rest))
        }
        Some(first) => {
            let mut letters = name.chars();
            letters.next().is_some_and(|it| first == '?' || it == first)
                && is_like(letters.as_str(), &pattern[first.len_utf8()..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn stars_stand_for_letters() {
        for (name, pattern) in [("a.xml", "*.xml"), ("a.b.xml", "a*.xml"), ("v1", "v?"), ("x", "*"), ("ab", "a*b*")] {
            assert!(is_like(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [("a.xml~", "*.xml"), ("v", "v?"), ("v12", "v?"), ("b.xml", "a*.xml")] {
            assert!(!is_like(name, pattern), "{name} {pattern}");
        }
    }
}
