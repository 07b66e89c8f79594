//! A diff as findings at lines of the spec, for tools that show findings by rule and place.

use indexmap::IndexMap;

use super::Page;
use super::text::{one_line, title};
use crate::diag::{self, Diagnostic, Spot};
use crate::diff::codes::code_of;
use crate::diff::model::{Change, Effect, Field, Line, Verdict};
use crate::source::Sources;

pub(super) fn render(format: diag::Format, pages: &[Page<'_>], sources: &Sources) -> String {
    let of_page = |page: &Page<'_>| {
        let changes = page.report.changes.iter().flat_map(|it| findings(page, it, sources));
        of_unlisted(page).into_iter().chain(changes).collect::<Vec<_>>()
    };
    let found: Vec<Diagnostic> = pages.iter().flat_map(of_page).collect();
    diag::render(format, &found, sources)
}

/// A finding for the kinds of which nobody could say what is there beside what is wanted.
fn of_unlisted(page: &Page<'_>) -> Option<Diagnostic> {
    let code = code_of(Verdict::Unknown)?;
    let kinds: Vec<&str> = page.report.unlisted.iter().map(String::as_str).collect();
    let text = format!(
        "orphans are not all known of {} ({} against {})",
        kinds.join(", "),
        one_line(page.title),
        one_line(page.with)
    );
    (!kinds.is_empty()).then(|| Diagnostic::new(code, text))
}

/// One finding for each line of the spec that changes an object, and one for each thing that the change weakens.
fn findings(page: &Page<'_>, change: &Change, sources: &Sources) -> Vec<Diagnostic> {
    let start = format!("{}: {}", title(change), change.verdict.words());
    let end = format!(" ({} against {})", one_line(page.title), one_line(page.with));
    let about = |code, text: &str, line: &Line| {
        // What an argument sets is in no file: it is shown where the object is.
        let set = line.shown.as_deref().filter(|_| !is_in_file(line, sources));
        let place = if set.is_some() { &change.line } else { line };
        let set = set.map(|it| format!("; set by `{}`", one_line(it))).unwrap_or_default();
        Diagnostic::new(code, format!("{start}{text}{set}{end}")).at(Spot::key(place.origin), "")
    };
    let mut by_line: IndexMap<Option<&str>, Vec<&Field>> = IndexMap::new();
    change.fields.iter().for_each(|it| by_line.entry(it.line.shown.as_deref()).or_default().push(it));
    let says = says(change);
    let mut found = Vec::new();
    if let Some(code) = code_of(change.verdict) {
        for fields in by_line.values() {
            let paths: Vec<String> = fields.iter().map(|it| format!("`{}`", one_line(&it.path))).collect();
            found.push(about(code, &format!(" {}{says}", paths.join(", ")), &fields[0].line));
        }
        if found.is_empty() {
            found.push(about(code, &says, &change.line));
        }
    }
    let place = change.fields.first().map_or(&change.line, |it| &it.line);
    found.extend(change.risks.iter().map(|it| about(it.code, &format!("; {}", one_line(&it.detail)), place)));
    found
}

fn is_in_file(line: &Line, sources: &Sources) -> bool {
    Spot::key(line.origin).location_in_file(sources).is_some()
}

/// Why, and what it causes.
fn says(change: &Change) -> String {
    let effects = change.effects.iter().map(|it| match it {
        Effect { impact, detail: Some(detail) } => format!("{}: {}", impact.words(), one_line(detail)),
        Effect { impact, detail: None } => impact.words().to_owned(),
    });
    let parts = change.reason.iter().map(|it| one_line(it)).chain(effects);
    parts.map(|it| format!("; {it}")).collect()
}
