//! Edits that are the same on many objects, which are shown once.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diff::HIDDEN;
use crate::diff::model::{Change, Field};

/// So many objects make an edit worth a paragraph of its own.
const LEAST: usize = 3;

/// An edit that is the same on several objects.
pub(super) struct Fold<'f> {
    pub(super) field: &'f Field,
    pub(super) count: usize,
}

/// The edits of a report that are the same on several objects, in the order in which they appear.
pub(super) struct Folds<'f> {
    pub(super) all: Vec<Fold<'f>>,
    by_edit: BTreeMap<String, usize>,
}

impl<'f> Folds<'f> {
    pub(super) fn of(changes: &[&'f Change]) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let fields = || changes.iter().flat_map(|it| &it.fields);
        fields().filter_map(edit).for_each(|it| *counts.entry(it).or_default() += 1);
        let (mut all, mut by_edit) = (Vec::new(), BTreeMap::new());
        for field in fields() {
            let Some(edit) = edit(field) else { continue };
            let count = counts.get(&edit).copied().unwrap_or_default();
            if count >= LEAST && !by_edit.contains_key(&edit) {
                by_edit.insert(edit, all.len());
                all.push(Fold { field, count });
            }
        }
        Self { all, by_edit }
    }

    /// The fields of a change that are its own, and the numbers of its folds, from 1.
    pub(super) fn split(&self, change: &'f Change) -> (Vec<&'f Field>, Vec<usize>) {
        let (mut own, mut shared) = (Vec::new(), Vec::new());
        for field in &change.fields {
            match edit(field).and_then(|it| self.by_edit.get(&it)) {
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
    shown.then(|| format!("{:?}", (&field.path, moved, &field.before, &field.after)))
}
