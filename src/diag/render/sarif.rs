//! Diagnostics as SARIF 2.1.0 (OASIS), for code scanning and review tools.

use serde_json::{Value, json};

use super::{Diagnostic, clean_json, full_message, main_spot};
use crate::diag::{Code, Help, Label, Severity, Spot};
use crate::source::{Position, Sources};

pub(super) fn render(diagnostics: &[&Diagnostic], sources: &Sources) -> String {
    let mut rules: Vec<&Code> = diagnostics.iter().map(|it| it.code).collect();
    rules.sort_by_key(|it| it.id);
    rules.dedup();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "mlopsc",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|it| rule(it)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": diagnostics.iter().map(|it| result(it, &rules, sources)).collect::<Vec<_>>(),
        }],
    });
    let text = serde_json::to_string_pretty(&document).expect("internal error: plain data is JSON");
    clean_json(text) + "\n"
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.id,
        "defaultConfiguration": {"level": level(code.severity)},
        "help": {"text": code.explain, "markdown": code.explain},
    })
}

fn result(diagnostic: &Diagnostic, rules: &[&Code], sources: &Sources) -> Value {
    let helps = diagnostic.helps.iter().map(|it| it.text.as_str());
    let lines: Vec<String> = std::iter::once(full_message(diagnostic)).chain(helps.map(str::to_owned)).collect();
    let mut result = json!({
        "ruleId": diagnostic.code.id,
        "ruleIndex": rules.iter().position(|it| *it == diagnostic.code),
        "level": level(diagnostic.severity),
        "message": {"text": plain(&lines.join("\n"))},
        "locations": location(main_spot(diagnostic), None, sources).into_iter().collect::<Vec<_>>(),
    });
    let related = |it: &Label| location(&it.spot, Some(&it.text), sources);
    let others: Vec<Value> = diagnostic.labels.iter().skip(1).filter_map(related).collect();
    if !others.is_empty() {
        result["relatedLocations"] = others.into();
    }
    let fixes: Vec<Value> = diagnostic.helps.iter().filter_map(|it| fix(it, sources)).collect();
    if !fixes.is_empty() {
        result["fixes"] = fixes.into();
    }
    result
}

/// A text that is no link: `[text](address)` is one in messages (section 3.11.6).
fn plain(text: &str) -> String {
    text.replace("](", "\\](")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn location(spot: &Spot, text: Option<&str>, sources: &Sources) -> Option<Value> {
    let (file, positions) = spot.location_in_file(sources)?;
    let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
    if let Some(positions) = positions {
        physical["region"] = region(positions);
    }
    let mut location = json!({"physicalLocation": physical});
    if let Some(text) = text.filter(|it| !it.is_empty()) {
        location["message"] = json!({"text": text});
    }
    Some(location)
}

fn fix(help: &Help, sources: &Sources) -> Option<Value> {
    let change = |(file, positions): (&str, Option<(Position, Position)>), text: &str| {
        Some(json!({
            "artifactLocation": {"uri": uri(file)},
            "replacements": [{"deletedRegion": region(positions?), "insertedContent": {"text": text}}],
        }))
    };
    let changes: Option<Vec<Value>> =
        help.edits.iter().map(|it| change(it.spot.location_in_file(sources)?, &it.text)).collect();
    let changes = changes.filter(|it| !it.is_empty())?;
    Some(json!({"description": {"text": help.text}, "artifactChanges": changes}))
}

fn region((start, end): (Position, Position)) -> Value {
    json!({"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column})
}

/// A relative reference (RFC 3986): everything but unreserved characters and `/` as percent escapes.
fn uri(path: &str) -> String {
    path.bytes().fold(String::new(), |out, it| match it {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out + &char::from(it).to_string(),
        other => out + &format!("%{other:02X}"),
    })
}
