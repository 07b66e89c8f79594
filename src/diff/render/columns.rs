//! Both sides of a field beside each other.

use similar::{ChangeTag, DiffOp, TextDiff};
use unicode_width::UnicodeWidthChar;

use super::text::{AROUND, Mark, sides};
use crate::diag::clean;
use crate::diff::model::Field;

/// One line of both sides, each as wide as a column but the last.
pub(super) struct Row {
    pub(super) left: (Mark, String),
    pub(super) right: (Mark, String),
}

impl Row {
    /// What stands between the sides, as `sdiff` writes it.
    pub(super) const fn sign(&self) -> char {
        match (self.left.0, self.right.0) {
            (Mark::Same, Mark::Same) => ' ',
            (_, Mark::Same) => '<',
            (Mark::Same, _) => '>',
            _ => '|',
        }
    }
}

/// The sign with a space on each side.
const BETWEEN: usize = 3;

/// The narrowest column in which anything can be read.
const NARROWEST: usize = 20;

/// The values of a field in two columns, which together with what stands between them are `width` characters wide.
pub(super) fn rows(field: &Field, width: usize) -> Vec<Row> {
    let column = (width.saturating_sub(BETWEEN) / 2).max(NARROWEST);
    let (before, after) = sides(field);
    let diff = TextDiff::from_lines(&before, &after);
    let mut rows = Vec::new();
    for (at, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if at > 0 {
            rows.extend(pair(column, Some("…"), Some("…"), false));
        }
        group.iter().for_each(|it| rows.extend(of_operation(&diff, it, column)));
    }
    rows
}

fn of_operation(diff: &TextDiff<'_, '_, str>, operation: &DiffOp, column: usize) -> Vec<Row> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut is_change = false;
    for change in diff.iter_changes(operation) {
        let text = clean(change.value().trim_end_matches(['\n', '\r'])).into_owned();
        match change.tag() {
            ChangeTag::Equal => {
                left.push(text.clone());
                right.push(text);
            }
            ChangeTag::Delete => left.push(text),
            ChangeTag::Insert => right.push(text),
        }
        is_change |= change.tag() != ChangeTag::Equal;
    }
    let count = left.len().max(right.len());
    let text = |side: &'_ [String], at: usize| side.get(at).cloned();
    (0..count).flat_map(|at| pair(column, text(&left, at).as_deref(), text(&right, at).as_deref(), is_change)).collect()
}

/// A line of each side, wrapped to a column.
fn pair(column: usize, left: Option<&str>, right: Option<&str>, is_change: bool) -> Vec<Row> {
    let [left_lines, right_lines] = [left, right].map(|it| it.map(|it| wrapped(it, column)).unwrap_or_default());
    let marks = |is_there: bool, mark: Mark| if is_change && is_there { mark } else { Mark::Same };
    let (before, after) = (marks(left.is_some(), Mark::Before), marks(right.is_some(), Mark::After));
    let count = left_lines.len().max(right_lines.len());
    let row = |at: usize| {
        let line = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
        let left = line(&left_lines);
        let gap = " ".repeat(column.saturating_sub(left.chars().map(wide).sum()));
        Row { left: (before, left + &gap), right: (after, line(&right_lines)) }
    };
    (0..count).map(row).collect()
}

/// A line in parts that each fit into a column.
fn wrapped(line: &str, column: usize) -> Vec<String> {
    let (mut parts, mut width) = (vec![String::new()], 0);
    let line = line.replace('\t', "    ");
    for (at, it) in line.char_indices() {
        if width + wide(it) > column {
            parts.push(String::new());
            width = 0;
        }
        // Where a line breaks, nothing may begin that a runner would obey; see `clean`.
        let is_first = parts.last().is_some_and(|it| it.trim().is_empty());
        if is_first && line[at..].starts_with("::") {
            parts.last_mut().into_iter().for_each(|it| it.push('\\'));
            width += 1;
        }
        width += wide(it);
        if let Some(part) = parts.last_mut() {
            part.push(it);
        }
    }
    parts
}

fn wide(it: char) -> usize {
    it.width().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_by_what_they_are_wide() {
        assert_eq!(wrapped("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(wrapped("日本語", 4), ["日本", "語"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("abcd::error", 8), ["abcd::er", "ror"]);
        assert_eq!(wrapped("abcdefgh::error", 8), ["abcdefgh", "\\::error"]);
        let rows = pair(20, Some("a"), None, true);
        assert_eq!((rows.len(), rows[0].left.1.len(), rows[0].right.1.as_str()), (1, 20, ""));
    }
}
