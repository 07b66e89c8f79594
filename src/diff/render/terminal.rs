//! A diff for people: one paragraph an object, what differs first.

use super::Page;
use super::text::{Mark, lines, one_line, remarks, title, verdict};
use crate::diff::model::{Change, Verdict};

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const DIM: &str = "\u{1b}[2m";
const BOLD: &str = "\u{1b}[1m";
const OFF: &str = "\u{1b}[0m";

pub(super) fn render(pages: &[Page<'_>], colour: bool, all: bool) -> String {
    let paint = Paint { colour };
    pages.iter().map(|it| paint.page(it, all)).collect::<Vec<_>>().join("\n")
}

struct Paint {
    colour: bool,
}

impl Paint {
    fn with(&self, colour: &str, text: &str) -> String {
        if self.colour { format!("{colour}{text}{OFF}") } else { text.to_owned() }
    }

    fn page(&self, page: &Page<'_>, all: bool) -> String {
        let heading = format!("{} against {}", one_line(page.title), one_line(page.with));
        let mut out = format!("{}\n", self.with(BOLD, &heading));
        for note in &page.report.notes {
            out += &format!("note: {}\n", one_line(note));
        }
        let shown = page.report.changes.iter().filter(|it| all || it.verdict.differs());
        shown.for_each(|it| out += &self.change(it));
        out + &format!("\n{}\n", page.report.summary())
    }

    fn change(&self, change: &Change) -> String {
        let (sign, colour) = match change.verdict {
            Verdict::Same | Verdict::NotStarted => ("=", DIM),
            Verdict::Changed => ("~", YELLOW),
            Verdict::Create => ("+", GREEN),
            Verdict::Orphan => ("-", RED),
            Verdict::Conflict | Verdict::Replace | Verdict::Immutable | Verdict::Refused | Verdict::Unknown => {
                ("!", RED)
            }
        };
        let line = change.line.as_ref().map(|it| format!("  {}", one_line(it))).unwrap_or_default();
        let heading = format!("{sign} {}  {}", title(change), verdict(change));
        let mut out = format!("\n{}{}\n", self.with(colour, &heading), self.with(DIM, &line));
        if let Some(reason) = &change.reason {
            out += &format!("    {}\n", one_line(reason));
        }
        for field in &change.fields {
            out += &format!("    {}{}\n", one_line(&field.path), self.with(DIM, &remarks(field)));
            for (mark, text) in lines(field) {
                out += &match mark {
                    Mark::Same => format!("        {text}\n"),
                    Mark::Before => format!("{}\n", self.with(RED, &format!("      - {text}"))),
                    Mark::After => format!("{}\n", self.with(GREEN, &format!("      + {text}"))),
                };
            }
        }
        out
    }
}
