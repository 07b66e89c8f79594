//! Manifests and dumps of somebody's, in YAML or JSON, one object or many.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

use super::judge::key_of;
use crate::object::{Object, unreadable};
use crate::source::{Files, Node, Origin, RelPath};

/// Why a file could not be read. No value of the file is in it.
#[derive(Debug, Error)]
#[error("`{file}`: {why}")]
pub struct ReadError {
    pub file: String,
    pub why: String,
}

/// The objects that a folder, or some files of it, want. What is no object is passed over.
///
/// # Errors
/// A file cannot be read, or two of them say different things of one object.
pub fn read_wanted(files: &Files, paths: &[RelPath]) -> Result<Vec<Object>, ReadError> {
    let mut found: Vec<(String, Value)> = Vec::new();
    let mut known = BTreeMap::new();
    for path in paths {
        for value in values(files, path)? {
            let at = *known.entry(key_of(&value)).or_insert(found.len());
            match found.get(at) {
                Some((_, same)) if *same == value => {}
                Some((first, _)) => {
                    let kind = value["kind"].as_str().unwrap_or_default();
                    let name = value["metadata"]["name"].as_str().unwrap_or_default();
                    let why = format!("it says something else of the {kind} `{name}` than `{first}`");
                    return Err(ReadError { file: path.to_string(), why });
                }
                None => found.push((path.to_string(), value)),
            }
        }
    }
    Ok(found.into_iter().map(|(_, it)| Object { node: Node::from_json(&it, Origin::NONE) }).collect())
}

/// The objects that were there when somebody saved them.
///
/// # Errors
/// A file cannot be read.
pub fn read_live(files: &Files, paths: &[RelPath]) -> Result<Vec<Value>, ReadError> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(values(files, path)?);
    }
    Ok(found)
}

fn values(files: &Files, path: &RelPath) -> Result<Vec<Value>, ReadError> {
    let refused = |why: String| ReadError { file: path.to_string(), why };
    let text = files.text(path).map_err(|it| refused(it.to_string()))?;
    let documents = match serde_json::from_str::<Value>(&text) {
        Ok(document) => vec![document],
        Err(_) => yaml(&text).map_err(refused)?,
    };
    let mut found = Vec::new();
    documents.into_iter().for_each(|it| unfold(it, &mut found));
    for object in &found {
        if object["metadata"]["name"].as_str().is_none_or(str::is_empty) {
            let kind = object["kind"].as_str().unwrap_or_default();
            return Err(refused(format!("a {kind} has no `metadata.name`")));
        }
    }
    Ok(found)
}

fn yaml(text: &str) -> Result<Vec<Value>, String> {
    // A dump of a cluster is larger than what anybody writes.
    let options = serde_yaml::options! { budget: None };
    serde_yaml::from_multiple_with_options(text, options).map_err(|why| unreadable(&why))
}

/// The objects of a document: itself, the items of a list, or none where it is something else.
fn unfold(document: Value, found: &mut Vec<Value>) {
    let Value::Object(mut map) = document else { return };
    if let Some(Value::Array(items)) = map.remove("items") {
        let version = map.get("apiVersion").cloned();
        let kind = map.get("kind").and_then(Value::as_str).and_then(|it| it.strip_suffix("List")).map(Value::from);
        for mut item in items {
            // The items of a typed list do not say again what they are.
            if let (Value::Object(item), Some(version), Some(kind)) = (&mut item, &version, &kind)
                && kind != ""
            {
                item.entry("apiVersion").or_insert_with(|| version.clone());
                item.entry("kind").or_insert_with(|| kind.clone());
            }
            unfold(item, found);
        }
        return;
    }
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    let is_object = !text("apiVersion").is_empty() && !text("kind").is_empty();
    // What kustomize reads is never in a cluster.
    if is_object && !text("apiVersion").starts_with("kustomize.config.k8s.io/") {
        found.push(Value::Object(map));
    }
}
