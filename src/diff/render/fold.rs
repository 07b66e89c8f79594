//! Edits that are the same on many objects, which are shown once.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diff::HIDDEN;
use crate::diff::model::{Change, Field, Line};

/// So many objects make an edit worth a paragraph of its own.
const LEAST: usize = 3;

/// An edit that is the same on several objects.
pub(super) struct Fold {
    /// With the owners and the line only where they are the same for all.
    pub(super) field: Field,
    pub(super) count: usize,
}

/// The edits of a report that are the same on several objects, in the order in which they appear.
pub(super) struct Folds {
    pub(super) all: Vec<Fold>,
    by_edit: BTreeMap<String, usize>,
}

impl Folds {
    pub(super) fn of(changes: &[&Change]) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for change in changes {
            let mut edits: Vec<String> = change.fields.iter().filter_map(edit).collect();
            edits.sort_unstable();
            edits.dedup();
            edits.into_iter().for_each(|it| *counts.entry(it).or_default() += 1);
        }
        let mut folds = Self { all: Vec::new(), by_edit: BTreeMap::new() };
        for field in changes.iter().flat_map(|it| &it.fields) {
            let Some(edit) = edit(field) else { continue };
            let count = counts.get(&edit).copied().unwrap_or_default();
            match folds.by_edit.get(&edit) {
                Some(at) => share(&mut folds.all[*at].field, field),
                None if count >= LEAST => {
                    folds.by_edit.insert(edit, folds.all.len());
                    folds.all.push(Fold { field: field.clone(), count });
                }
                None => {}
            }
        }
        folds
    }

    /// The fields of a change that are its own, and the numbers of its folds, from 1.
    pub(super) fn split<'f>(&self, change: &'f Change) -> (Vec<&'f Field>, Vec<usize>) {
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        for field in &change.fields {
            match edit(field).and_then(|it| self.by_edit.get(&it)) {
                Some(at) if shared.contains(&(at + 1)) => {}
                Some(at) => shared.push(at + 1),
                None => own.push(field),
            }
        }
        (own, shared)
    }
}

/// What makes an edit the same as another. Hidden values look alike and need not be.
fn edit(field: &Field) -> Option<String> {
    let is_hidden = |it: &Value| it.to_string().contains(HIDDEN);
    let shown = [&field.before, &field.after].into_iter().flatten().all(|it| !is_hidden(it));
    let moved = field.moved.map(|it| it as u8);
    shown.then(|| format!("{:?}", (of_any(&field.path), moved, &field.before, &field.after)))
}

/// A path in which it does not matter whose pods they are, nor what their containers are called.
fn of_any(path: &str) -> String {
    let path = path.strip_prefix("spec.jobTemplate.").unwrap_or(path);
    let mut parts = path.splitn(2, "ontainers[name=");
    match (parts.next(), parts.next().and_then(|it| it.split_once(']'))) {
        (Some(before), Some((_, behind))) => format!("{before}ontainers[*]{behind}"),
        _ => path.to_owned(),
    }
}

/// What is left of a field when another has the same edit.
fn share(field: &mut Field, other: &Field) {
    if field.path != other.path {
        field.path = of_any(&field.path);
    }
    if field.line != other.line {
        field.line = Line::default();
    }
    if field.owners != other.owners {
        field.owners = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_of_any_name_in_pods_of_any_kind_are_alike() {
        let image = "spec.template.spec.containers[*].image";
        assert_eq!(of_any("spec.template.spec.containers[name=api].image"), image);
        assert_eq!(
            of_any("spec.jobTemplate.spec.template.spec.containers[name=run].image"),
            "spec.template.spec.containers[*].image"
        );
        assert_eq!(of_any("data.a"), "data.a");
    }
}
