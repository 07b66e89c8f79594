//! What a folder of manifests says to kustomize or Helm, which is not followed here.

use serde_json::Value;

use crate::source::{Files, RelPath};

/// The names under which kustomize looks.
const NAMES: &[&str] = &["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Keys that change nothing of what the files say.
const PLAIN: &[&str] = &["apiVersion", "kind", "metadata", "resources", "sortOptions"];

/// What a reader of a folder should know: what would be made of its manifests before they are applied.
#[must_use]
pub fn unfollowed(files: &Files) -> Vec<String> {
    files.walk(&RelPath::root(), &is_kustomization).iter().filter_map(|it| note(files, it)).collect()
}

/// Whether a file is one that kustomize looks for.
pub(super) fn is_kustomization(path: &RelPath) -> bool {
    NAMES.contains(&path.file_name())
}

/// Whether a folder is a chart of Helm, whose files are templates.
#[must_use]
pub fn is_chart(files: &Files) -> bool {
    RelPath::parse("Chart.yaml").is_ok_and(|it| files.is_file(&it))
}

fn note(files: &Files, path: &RelPath) -> Option<String> {
    let text = files.text(path).ok()?;
    let document: Value = serde_yaml::from_str(&text).ok()?;
    let mut found: Vec<String> = Vec::new();
    let map = document.as_object()?;
    found.extend(
        map.iter()
            .filter(|(key, it)| !PLAIN.contains(&key.as_str()) && !is_empty(it))
            .map(|(key, _)| format!("`{key}`")),
    );
    let resources = map.get("resources").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let folder = path.parent();
    let is_elsewhere = |it: &&str| folder.join(it).map_or(true, |it| !files.is_file(&it) && !files.is_folder(&it));
    found.extend(resources.filter(is_elsewhere).map(|it| format!("the resource `{it}`")));
    if found.is_empty() {
        return None;
    }
    Some(format!(
        "`{path}` is not followed, and has {}: give what `kubectl kustomize` prints, as `--desired -`",
        crate::diag::in_words(&found)
    ))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(|it| it.is_empty())
}
