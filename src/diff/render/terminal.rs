//! A diff for people: what is the same on many objects first, then one paragraph an object.

use super::columns::rows;
use super::fold::Folds;
use super::text::{Mark, lines, one_line, remarks, remarks_of, summary, title, verdict};
use super::{Page, Terminal};
use crate::diff::model::{Change, Field, Verdict};

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const DIM: &str = "\u{1b}[2m";
const BOLD: &str = "\u{1b}[1m";
const OFF: &str = "\u{1b}[0m";

/// What stands before the left side.
const BEFORE: &str = "      ";

pub(super) fn render(pages: &[Page<'_>], how: Terminal) -> String {
    let paint = Paint { how };
    pages.iter().map(|it| paint.page(it)).collect::<Vec<_>>().join("\n")
}

struct Paint {
    how: Terminal,
}

impl Paint {
    fn with(&self, colour: &str, text: &str) -> String {
        if self.how.colour && !colour.is_empty() { format!("{colour}{text}{OFF}") } else { text.to_owned() }
    }

    fn page(&self, page: &Page<'_>) -> String {
        let heading = format!("{} against {}", one_line(page.title), one_line(page.with));
        let mut out = format!("{}\n", self.with(BOLD, &heading));
        for note in &page.report.notes {
            out += &format!("note: {}\n", one_line(note));
        }
        let changes = page.report.changes.iter();
        let shown: Vec<&Change> = changes.filter(|it| self.how.all || it.is_finding()).collect();
        let folds = Folds::of(&shown);
        for (fold, number) in folds.all.iter().zip(1..) {
            let heading = format!("[{number}] the same on {} objects", fold.count);
            out += &format!("\n{}\n{}", self.with(BOLD, &heading), self.field(&fold.field));
        }
        let mut was_short = false;
        for change in shown {
            let text = self.change(change, &folds);
            // Objects of which one line says everything stand together.
            let is_short = text.lines().count() == 1;
            out += if is_short && was_short { "" } else { "\n" };
            out += &text;
            was_short = is_short;
        }
        let plan = page.report.plan.iter().map(|it| format!("plan {it}\n")).collect::<String>();
        out + &format!("\n{}\n{plan}", summary(page.report))
    }

    fn change(&self, change: &Change, folds: &Folds) -> String {
        let (sign, colour) = match change.verdict {
            Verdict::Same | Verdict::NotStarted => ("=", DIM),
            Verdict::Changed => ("~", YELLOW),
            Verdict::Create => ("+", GREEN),
            Verdict::Orphan | Verdict::Terminating => ("-", RED),
            Verdict::Conflict | Verdict::Replace | Verdict::Immutable | Verdict::Refused | Verdict::Unknown => {
                ("!", RED)
            }
        };
        let (own, shared) = folds.split(change);
        let line = change.line.shown.as_ref().map(|it| format!("  {}", one_line(it))).unwrap_or_default();
        let shared: String = shared.iter().map(|it| format!(" [{it}]")).collect();
        let heading = format!("{sign} {}  {}", title(change), verdict(change));
        let mut out = format!("{}{}{shared}\n", self.with(colour, &heading), self.with(DIM, &line));
        for remark in remarks_of(change) {
            let colour = if remark.starts_with("risk ") { RED } else { "" };
            out += &format!("    {}\n", self.with(colour, &remark));
        }
        own.iter().for_each(|it| out += &self.field(it));
        out
    }

    fn field(&self, field: &Field) -> String {
        let mut out = format!("    {}{}\n", one_line(&field.path), self.with(DIM, &remarks(field)));
        let Some(width) = self.how.columns else {
            for (mark, text) in lines(field) {
                out += &match mark {
                    Mark::Same => format!("        {text}\n"),
                    Mark::Before => format!("{}\n", self.with(RED, &format!("      - {text}"))),
                    Mark::After => format!("{}\n", self.with(GREEN, &format!("      + {text}"))),
                };
            }
            return out;
        };
        for row in rows(field, width.saturating_sub(BEFORE.len())) {
            let side = |(mark, text): &(Mark, String)| match mark {
                Mark::Same => text.clone(),
                Mark::Before => self.with(RED, text),
                Mark::After => self.with(GREEN, text),
            };
            let line = format!("{BEFORE}{} {} {}", side(&row.left), row.sign(), side(&row.right));
            out += &format!("{}\n", line.trim_end());
        }
        out
    }
}
