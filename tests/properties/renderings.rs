//! Diagnostics in every form: no text of a spec acts on a terminal, ends a line or makes an annotation of its own.

use mlopsc::compile::Compiled;
use mlopsc::diag::{Format, Severity, render};
use proptest::prelude::*;
use serde_json::Value;

/// All renderings, by a name.
pub(crate) fn all(compiled: &Compiled) -> Vec<(&'static str, String)> {
    let formats = [
        ("terminal", Format::Terminal { colour: false }),
        ("colours", Format::Terminal { colour: true }),
        ("json", Format::Json),
        ("sarif", Format::Sarif),
        ("github", Format::Github),
    ];
    let text = |format| render(format, compiled.sink.all(), &compiled.sources);
    formats.map(|(name, format)| (name, text(format))).into()
}

/// What holds for the diagnostics of any compilation.
pub(crate) fn check(compiled: &Compiled) -> Result<(), TestCaseError> {
    let all = all(compiled);
    for (name, text) in &all {
        let text = if *name == "colours" { without_colours(text) } else { text.clone() };
        let active = text.chars().find(|it| acts(*it));
        prop_assert!(active.is_none(), "{:?} in {}:\n{:?}", active, name, text);
    }
    let [(_, terminal), _, (_, json), (_, sarif), (_, github)] = all.as_slice() else { panic!("five formats") };
    let count = compiled.sink.all().len();
    let is_title = |it: &&str| ["error[", "warning[", "note["].iter().any(|start| it.starts_with(start));
    prop_assert_eq!(terminal.lines().filter(is_title).count(), count, "{}", terminal);
    let is_command = |it: &str| ["::error ", "::warning ", "::notice "].iter().any(|start| it.starts_with(start));
    prop_assert!(github.lines().all(is_command), "{}", github);
    prop_assert_eq!(github.lines().count(), count, "{}", github);
    prop_assert_eq!(entries(json, "/diagnostics").len(), count);
    prop_assert_eq!(entries(sarif, "/runs/0/results").len(), count);
    check_order(&entries(json, "/diagnostics"))?;
    // An error without a place is one that nobody finds.
    let placeless = compiled.sink.all().iter().find(|it| it.severity == Severity::Error && it.labels.is_empty());
    prop_assert!(placeless.is_none(), "{:?}", placeless);
    Ok(())
}

/// In a file they come from top to bottom, and none comes twice.
fn check_order(entries: &[Value]) -> Result<(), TestCaseError> {
    for (index, one) in entries.iter().enumerate() {
        prop_assert!(!entries[..index].contains(one), "twice: {}", one);
    }
    let place = |it: &Value| {
        let range = it.pointer("/labels/0/range")?;
        Some((it["labels"][0]["file"].clone(), (range["line"].as_u64()?, range["column"].as_u64()?)))
    };
    let places: Vec<(Value, (u64, u64))> = entries.iter().filter_map(place).collect();
    for pair in places.windows(2).filter(|it| it[0].0 == it[1].0 && it[0].0 != "the command line (--set)") {
        prop_assert!(pair[0].1 <= pair[1].1, "{:?} before {:?}", pair[0], pair[1]);
    }
    Ok(())
}

fn entries(text: &str, at: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(text).unwrap();
    document.pointer(at).and_then(Value::as_array).cloned().unwrap()
}

/// Whether a character does something instead of being shown.
fn acts(it: char) -> bool {
    let turns = matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (it.is_control() && it != '\n') || turns
}

/// Takes out what the renderer itself says to a terminal: `ESC [ … m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let rest = part.trim_start_matches(|it: char| it.is_ascii_digit() || it == ';');
        out + rest.strip_prefix('m').unwrap_or("\u{1b}")
    })
}
