//! Manifests and dumps of somebody's, in YAML or JSON, one object or many.
//!
//! What is no object is a mistake where somebody named the file, and in a file that has objects too; a file of a folder
//! that has none at all is of another tool, and is passed over.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use thiserror::Error;

use super::judge::key_of;
use super::kustomization::is_kustomization;
use crate::object::{Object, unreadable};
use crate::source::{FileError, Files, Node, Origin, RelPath};

/// Why a file could not be read. No value of the file is in it.
#[derive(Debug, Error)]
#[error("`{file}`: {why}")]
pub struct ReadError {
    pub file: String,
    pub why: String,
}

/// What files hold.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    pub objects: Vec<Value>,
    /// Files that hold nothing like an object.
    pub passed_over: Vec<RelPath>,
    /// Whether somebody says that there is nothing: a list without items.
    pub is_empty_list: bool,
}

impl Manifests {
    /// What is there, as what is wanted.
    #[must_use]
    pub fn wanted(&self) -> Vec<Object> {
        self.objects.iter().map(|it| Object { node: Node::from_json(it, Origin::NONE) }).collect()
    }
}

/// How somebody came to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Named,
    InFolder,
}

/// The objects of some files.
///
/// # Errors
/// A file cannot be read, something in it is no object, or two places say different things of one object.
pub fn read(files: &Files, paths: &[RelPath], how: Found) -> Result<Manifests, ReadError> {
    let mut reading = Reading::default();
    for path in paths.iter().filter(|it| how == Found::Named || !is_kustomization(it)) {
        reading.file(files, path, how).map_err(|why| ReadError { file: path.to_string(), why })?;
    }
    Ok(reading.manifests)
}

#[derive(Default)]
struct Reading {
    manifests: Manifests,
    /// By what tells objects apart, where they are among the objects and in the files.
    known: BTreeMap<(String, String, String, String), (usize, String)>,
}

impl Reading {
    fn file(&mut self, files: &Files, path: &RelPath, how: Found) -> Result<(), String> {
        let text = files.text(path).map_err(|it| match it {
            FileError::NotText(_) => "it is not UTF-8 text".to_owned(),
            other => other.to_string(),
        })?;
        let documents = documents(&text)?;
        if how == Found::InFolder && documents.iter().all(|it| is_of_others(&it.value)) {
            self.manifests.passed_over.extend((!documents.is_empty()).then(|| path.clone()));
            return Ok(());
        }
        for document in documents {
            for found in objects(document)? {
                match found {
                    Some(found) => self.add(path, found)?,
                    None => self.manifests.is_empty_list = true,
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &RelPath, Document { place, value }: Document) -> Result<(), String> {
        let whole = if place.is_empty() { format!("`{path}`") } else { format!("`{path}`, {place}") };
        let objects = &mut self.manifests.objects;
        let (at, first) = self.known.entry(key_of(&value)).or_insert((objects.len(), whole));
        match objects.get(*at) {
            None => objects.push(value),
            Some(same) if *same == value => {}
            Some(_) => {
                let (kind, name) = (said(&value["kind"]), said(&value["metadata"]["name"]));
                let why =
                    format!("the {kind} `{name}` is in {first}, too, and is not the same there: keep one of them");
                return Err(placed(&place, &why));
            }
        }
        Ok(())
    }
}

/// A part of a file, with where it is when it is not all of it: `document 2 (line 7)`.
struct Document {
    place: String,
    value: Value,
}

fn documents(text: &str) -> Result<Vec<Document>, String> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    let json = || serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<Value>, _>>().ok();
    let (values, lines) = match is_json.then(json).flatten() {
        Some(values) => (values, Vec::new()),
        None => (yaml(text)?, starts(text)),
    };
    let values: Vec<Value> = values.into_iter().filter(|it| !it.is_null()).collect();
    let (count, has_lines) = (values.len(), lines.len() == values.len());
    let document = |(at, value): (usize, Value)| {
        let line = if has_lines { format!(" (line {})", lines[at]) } else { String::new() };
        Document { place: if count > 1 { format!("document {}{line}", at + 1) } else { String::new() }, value }
    };
    Ok(values.into_iter().enumerate().map(document).collect())
}

fn yaml(text: &str) -> Result<Vec<Value>, String> {
    // A dump of a cluster is larger than what anybody writes.
    let options = serde_yaml::options! { budget: None, legacy_octal_numbers: true };
    serde_yaml::from_multiple_with_options(text, options).map_err(|why| unreadable(&why))
}

/// The lines, from 1, on which the documents of a stream begin.
fn starts(text: &str) -> Vec<usize> {
    let (mut found, mut is_inside) = (Vec::new(), false);
    for (line, number) in text.lines().zip(1..) {
        let content = match line.strip_prefix("---").filter(|it| it.is_empty() || it.starts_with([' ', '\t'])) {
            Some(rest) => {
                is_inside = false;
                rest
            }
            None => line,
        };
        let content = content.trim();
        if !is_inside && !content.is_empty() && !content.starts_with(['#', '%']) && content != "..." {
            found.push(number);
            is_inside = true;
        }
    }
    found
}

/// The objects of a document: itself, or the items of a list; `None` stands for a list that says that it has none.
fn objects(document: Document) -> Result<Vec<Option<Document>>, String> {
    let Document { place, value } = document;
    let Value::Object(mut map) = value else {
        let what = if value.is_array() { "a list: write `kind: List` around its `items`" } else { "no object" };
        return Err(placed(&place, &format!("it is {what}; a manifest has `apiVersion`, `kind` and `metadata`")));
    };
    let kind = must_have(&map, "kind").map_err(|why| placed(&place, &why))?.to_owned();
    let version = must_have(&map, "apiVersion").map_err(|why| placed(&place, &why))?.to_owned();
    // What kustomize reads is never in a cluster.
    if version.starts_with("kustomize.config.k8s.io/") {
        return Ok(Vec::new());
    }
    let Some(of) = kind.strip_suffix("List").filter(|_| map.contains_key("items")) else {
        check_name(&kind, map.get("metadata").unwrap_or(&Value::Null)).map_err(|why| placed(&place, &why))?;
        return Ok(vec![Some(Document { place, value: Value::Object(map) })]);
    };
    let items = match map.remove("items") {
        Some(Value::Array(items)) => items,
        Some(Value::Null) | None => Vec::new(),
        Some(_) => return Err(placed(&place, "its `items` are no list")),
    };
    if items.is_empty() {
        return Ok(vec![None]);
    }
    let mut found = Vec::new();
    for (mut value, number) in items.into_iter().zip(1..) {
        // The items of a typed list do not say again what they are.
        if let Value::Object(item) = &mut value
            && !of.is_empty()
        {
            item.entry("apiVersion").or_insert_with(|| version.clone().into());
            item.entry("kind").or_insert_with(|| of.into());
        }
        let place = if place.is_empty() { format!("item {number}") } else { format!("{place}, item {number}") };
        found.extend(objects(Document { place, value })?);
    }
    Ok(found)
}

/// A text that every object has.
fn must_have<'m>(map: &'m Map<String, Value>, key: &str) -> Result<&'m str, String> {
    match map.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(Value::String(_) | Value::Null) => Err(format!("its `{key}` is empty")),
        Some(_) => Err(format!("its `{key}` is no text")),
        None => {
            let near = map.keys().find(|it| strsim::damerau_levenshtein(&it.to_lowercase(), &key.to_lowercase()) <= 1);
            let near = near.map_or_else(String::new, |it| format!("; `{it}` is not read"));
            Err(format!("it has no `{key}`, and is no manifest{near}"))
        }
    }
}

fn check_name(kind: &str, metadata: &Value) -> Result<(), String> {
    for key in ["name", "namespace"] {
        if metadata.get(key).is_some_and(|it| !it.is_string() && !it.is_null()) {
            return Err(format!("the `metadata.{key}` of a {kind} is no text: write it in quotes"));
        }
    }
    match (said(&metadata["name"]).is_empty(), metadata["generateName"].is_string()) {
        (false, _) => Ok(()),
        (true, true) => Err(format!(
            "a {kind} has a `generateName` and no `metadata.name`: each time it is made it is another one, with which \
             nothing can be compared; give it a name"
        )),
        (true, false) => Err(format!("a {kind} has no `metadata.name`")),
    }
}

/// Whether a document has nothing of an object.
fn is_of_others(value: &Value) -> bool {
    let is_near = |it: &String| ["apiversion", "kind"].contains(&it.to_lowercase().as_str());
    let is_named = ["name", "namespace", "labels"].iter().any(|it| value["metadata"].get(it).is_some());
    !is_named && value.as_object().is_none_or(|it| !it.keys().any(is_near))
}

fn placed(place: &str, why: &str) -> String {
    if place.is_empty() { why.to_owned() } else { format!("{place}: {why}") }
}

fn said(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_read_as_kubectl_reads_them() {
        // As `kubectl label --local --output json` of 1.36 shows them.
        let text = "{a: y, b: n, c: yes, d: 0644, e: 010, f: 0o17, h: 0x1F, j: 012.5, k: -017, l: 1e3, m: .5, n: 0b11, \
            o: \"on\", p: on, q: Y, r: ~, s: 1:30, t: 2001-01-01, u: =}";
        let read = serde_json::json!({"a": true, "b": false, "c": true, "d": 420, "e": 8, "f": 15, "h": 31, "j": 12.5, "k": -15,
            "l": 1000.0, "m": 0.5, "n": 3, "o": "on", "p": true, "q": true, "r": null, "s": "1:30", "t": "2001-01-01", "u": "="});
        assert_eq!(yaml(text).unwrap(), [read]);
    }

    #[test]
    fn documents_begin_where_their_first_line_is() {
        assert_eq!(starts("a: 1\n---\n# x\n\nb: 2\n--- {c: 3}\n---\n"), [1, 5, 6]);
        assert_eq!(starts("%YAML 1.2\n---\na: |\n  --- no\n---b: 1\n...\n"), [3]);
    }
}
