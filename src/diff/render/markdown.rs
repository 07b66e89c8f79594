//! A diff as a comment on a pull request: a table, and the fields folded below it.

use super::Page;
use super::text::{Mark, lines, one_line, remarks, title, verdict};
use crate::diff::model::Change;

/// Forges refuse comments of more than 65,536 characters.
const MOST: usize = 60_000;

pub(super) fn render(pages: &[Page<'_>]) -> String {
    let mut out = String::new();
    let mut left_out = 0;
    for page in pages {
        out += &format!("### {} against {}\n\n{}\n\n", plain(page.title), plain(page.with), page.report.summary());
        for note in &page.report.notes {
            out += &format!("> {}\n\n", plain(note));
        }
        let changes: Vec<&Change> = page.report.changes.iter().filter(|it| it.verdict.differs()).collect();
        let rows = changes.iter().map(|it| row(it));
        left_out += add(&mut out, Some("| object | verdict | line |\n|---|---|---|\n"), rows);
        out += "\n";
        left_out += add(&mut out, None, changes.iter().filter(|it| has_details(it)).map(|it| details(it)));
    }
    if left_out > 0 {
        out += &format!(
            "\n{left_out} parts are left out, because a comment has a limit; `mlopsc diff` shows all of them.\n"
        );
    }
    out
}

/// Adds parts as long as there is room, and counts the others.
fn add(out: &mut String, heading: Option<&str>, parts: impl Iterator<Item = String>) -> usize {
    let (mut first, mut left_out) = (true, 0);
    for part in parts {
        // Of characters a forge counts at most as many as there are bytes.
        if out.len() + part.len() > MOST {
            left_out += 1;
            continue;
        }
        if first {
            out.push_str(heading.unwrap_or_default());
            first = false;
        }
        out.push_str(&part);
    }
    left_out
}

fn row(change: &Change) -> String {
    let line = change.line.as_deref().unwrap_or_default();
    format!("| {} | {} | {} |\n", plain(&title(change)), verdict(change), plain(line))
}

fn has_details(change: &Change) -> bool {
    !change.fields.is_empty() || change.reason.is_some()
}

fn details(change: &Change) -> String {
    let mut body = String::new();
    if let Some(reason) = &change.reason {
        body += &format!("# {}\n", one_line(reason));
    }
    for field in &change.fields {
        body += &format!("@@ {}{}\n", one_line(&field.path), remarks(field));
        for (mark, text) in lines(field) {
            let sign = match mark {
                Mark::Same => ' ',
                Mark::Before => '-',
                Mark::After => '+',
            };
            body += &format!("{sign} {text}\n");
        }
    }
    let fence = fence(&body);
    let summary = format!("{}: {}", plain(&title(change)), plain(&verdict(change)));
    format!("<details><summary>{summary}</summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n\n")
}

/// A fence that nothing in a text can close.
fn fence(text: &str) -> String {
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// A text in which nothing is Markdown or HTML, calls nobody and leads nowhere.
fn plain(text: &str) -> String {
    let escaped = |it: char| match it {
        '<' | '>' | '&' | '@' | '#' | ':' | '|' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '\\' | '!' | '~' => {
            format!("&#{};", u32::from(it))
        }
        other => other.to_string(),
    };
    one_line(text).chars().map(escaped).collect()
}
