//! A diff as a comment on a pull request: a table of verdicts, and the fields folded below it.
//!
//! A forge turns `@name`, `#12`, addresses and HTML of a comment into something that acts, after all escapes are
//! undone. So whatever comes from a cluster or a spec stands in code, where forges leave everything alone.

use std::cmp::Reverse;

use super::Page;
use super::fold::Folds;
use super::text::{Mark, lines, one_line, remarks, remarks_of, summary, title, verdict};
use crate::diff::model::{Change, Field, Verdict};

/// Forges refuse comments of more than 65,536 characters; what is left out is said in the rest.
const MOST: usize = 65_000;

/// Characters of a note.
const LONGEST_NOTE: usize = 1000;

pub(super) fn render(pages: &[Page<'_>]) -> String {
    let parts: Vec<Part<'_>> = pages.iter().map(Part::of).collect();
    // Headings first, then the verdict of every object, then details, the gravest first as long as there is room.
    let mut room = Room { left: MOST.saturating_sub(parts.iter().map(|it| it.heading.len()).sum()) };
    let tables = room.keep(TABLE.len(), parts.iter().map(Part::rows).collect());
    let details = room.keep(0, parts.iter().map(Part::details).collect());
    let mut out = String::new();
    for ((part, table), details) in parts.iter().zip(&tables).zip(&details) {
        out += &part.heading;
        if !table.text.is_empty() {
            out += &format!("{TABLE}{}\n", table.text);
        }
        out += &details.text;
    }
    let cut = |kept: &[Kept]| kept.iter().map(|it| it.cut).sum::<usize>();
    let (rows, details) = (cut(&tables), cut(&details));
    if rows + details > 0 {
        let rows = if rows > 0 { format!("{rows} rows of the table and ") } else { String::new() };
        out += &format!(
            "\nLeft out, because a comment has a limit: {rows}the details of {details} paragraphs. `mlopsc diff` shows \
             all of them.\n"
        );
    }
    out
}

const TABLE: &str = "| object | verdict | line |\n|---|---|---|\n";

/// How many characters are left for what is still to be said.
struct Room {
    left: usize,
}

/// What there was room for, and how much there was not.
#[derive(Clone, Default)]
struct Kept {
    text: String,
    cut: usize,
}

/// A text that is left out after all that weigh less.
struct Weighed {
    weight: u32,
    text: String,
}

impl Room {
    /// Keeps of lists of texts what weighs most, as long as there is room, and in its order; `more` is needed by the first
    /// of each list. Of characters a forge counts at most as many as there are bytes.
    fn keep(&mut self, more: usize, lists: Vec<Vec<Weighed>>) -> Vec<Kept> {
        let all = lists.iter().enumerate().flat_map(|(of, it)| (0..it.len()).map(move |at| (of, at)));
        let mut all: Vec<(usize, usize)> = all.collect();
        all.sort_by_key(|(of, at)| Reverse(lists[*of][*at].weight));
        let mut is_kept: Vec<Vec<bool>> = lists.iter().map(|it| vec![false; it.len()]).collect();
        for (of, at) in all {
            let needed = lists[of][at].text.len() + if is_kept[of].contains(&true) { 0 } else { more };
            if needed <= self.left {
                self.left -= needed;
                is_kept[of][at] = true;
            }
        }
        let kept = |(list, is_kept): (&Vec<Weighed>, &Vec<bool>)| {
            let texts = list.iter().zip(is_kept).filter(|(_, is_kept)| **is_kept).map(|(it, _)| it.text.as_str());
            Kept { text: texts.collect(), cut: is_kept.iter().filter(|it| !**it).count() }
        };
        lists.iter().zip(&is_kept).map(kept).collect()
    }
}

/// How much a reader must see a change. A risk weighs as much as what cannot be done.
fn weight(change: &Change) -> u32 {
    let of_verdict = match change.verdict {
        Verdict::Refused | Verdict::Immutable | Verdict::Unknown => 5,
        Verdict::Replace | Verdict::Conflict => 4,
        Verdict::Orphan | Verdict::Terminating => 3,
        Verdict::Changed => 2,
        Verdict::Create => 1,
        Verdict::Same | Verdict::NotStarted => 0,
    };
    if change.risks.is_empty() { of_verdict } else { 6 }
}

/// One environment.
struct Part<'p> {
    heading: String,
    changes: Vec<&'p Change>,
    folds: Folds,
}

impl<'p> Part<'p> {
    fn of(page: &Page<'p>) -> Self {
        let mut heading = format!("### {} against {}\n\n", code(page.title), code(page.with));
        heading += &format!("{}\n\n", summary(page.report));
        for note in &page.report.notes {
            heading += &format!("> {}\n\n", code(&shortened(note)));
        }
        let changes: Vec<&Change> = page.report.changes.iter().filter(|it| it.is_finding()).collect();
        let folds = Folds::of(&changes);
        Self { heading, changes, folds }
    }

    fn rows(&self) -> Vec<Weighed> {
        self.changes.iter().map(|it| Weighed { weight: weight(it), text: row(it) }).collect()
    }

    /// What is the same on many objects, then what is not.
    fn details(&self) -> Vec<Weighed> {
        let folded = self.folds.all.iter().zip(1..).map(|(fold, number)| {
            let summary = format!("[{number}] the same on {} objects", fold.count);
            Weighed { weight: u32::MAX, text: folding(&summary, &of_field(&fold.field)) }
        });
        let own = |it: &&Change| Some(Weighed { weight: weight(it), text: self.details_of(it)? });
        folded.chain(self.changes.iter().filter_map(own)).collect()
    }

    fn details_of(&self, change: &Change) -> Option<String> {
        let (own, shared) = self.folds.split(change);
        let mut body: String = remarks_of(change).iter().map(|it| format!("# {it}\n")).collect();
        own.iter().for_each(|it| body += &of_field(it));
        if body.is_empty() {
            return None;
        }
        if !shared.is_empty() {
            let numbers: Vec<String> = shared.iter().map(|it| format!("[{it}]")).collect();
            body += &format!("# and {}\n", numbers.join(" "));
        }
        Some(folding(&format!("<code>{}</code>: {}", html(&title(change)), verdict(change)), &body))
    }
}

fn row(change: &Change) -> String {
    let line = change.line.shown.as_deref().map(code).unwrap_or_default();
    let mut codes: Vec<&str> = change.risks.iter().map(|it| it.code.id).collect();
    codes.dedup();
    let risks: String = codes.iter().map(|it| format!(" · **{it}**")).collect();
    format!("| {} | {}{risks} | {line} |\n", code(&title(change)), verdict(change))
}

fn of_field(field: &Field) -> String {
    let mut body = format!("@@ {}{}\n", one_line(&field.path), remarks(field));
    for (mark, text) in lines(field) {
        let sign = match mark {
            Mark::Same => ' ',
            Mark::Before => '-',
            Mark::After => '+',
        };
        body += &format!("{sign} {text}\n");
    }
    body
}

/// A paragraph that opens on a click; the summary is HTML.
fn folding(summary: &str, body: &str) -> String {
    let fence = fence(body);
    format!("<details><summary>{summary}</summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n\n")
}

/// A fence that nothing in a text can close.
fn fence(text: &str) -> String {
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// A note as far as anybody reads it: a server may say as much as it likes.
fn shortened(note: &str) -> String {
    let end = note.char_indices().nth(LONGEST_NOTE).map_or(note.len(), |(at, _)| at);
    if end < note.len() { format!("{} …", &note[..end]) } else { note.to_owned() }
}

/// A text as code between more back quotes than it has in a row; in a table, what would end its cell is an escape.
fn code(text: &str) -> String {
    let text = one_line(text).replace('|', "\\u{7c}");
    if text.trim().is_empty() {
        return String::new();
    }
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or_default();
    let quotes = "`".repeat(longest + 1);
    // One that stands at an end would count among them.
    let gap = if longest > 0 { " " } else { "" };
    format!("{quotes}{gap}{text}{gap}{quotes}")
}

/// A text in an element of HTML.
fn html(text: &str) -> String {
    let escaped = |it: char| match it {
        '<' | '>' | '&' | '"' | '\'' => format!("&#{};", u32::from(it)),
        other => other.to_string(),
    };
    text.chars().map(escaped).collect()
}
