//! What `mlopsc explain` says about a code: its form, and that its examples are what it says they are.

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};
use mlopsc::diag::Code;

use crate::case::compile_text;

/// The headings of an explanation, in their order. Only the first is always there.
const HEADINGS: [&str; 4] = ["What it does", "Why it matters", "Example", "Use instead"];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![Trial::test("every code is called once", every_code_is_called_once)];
    for code in mlopsc::all_codes() {
        trials.push(Trial::test(format!("explain {}", code.id), move || Ok(explained(code)?)));
    }
    trials
}

fn every_code_is_called_once() -> Result<(), Failed> {
    let mut seen = BTreeSet::new();
    for code in mlopsc::all_codes() {
        let words = code
            .id
            .split('-')
            .all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit()));
        if !words {
            return Err(format!("`{}` is not kebab-case", code.id).into());
        }
        if !seen.insert(code.id) {
            return Err(format!("`{}` is the name of two codes", code.id).into());
        }
    }
    Ok(())
}

fn explained(code: &'static Code) -> Result<(), String> {
    let text = code.explain;
    form(text)?;
    let mut heading = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("### ") {
            heading = title;
        } else if line == "```toml" {
            let block: Vec<&str> = lines.by_ref().take_while(|it| *it != "```").collect();
            example(code, heading, &block.join("\n"))?;
        }
    }
    Ok(())
}

/// Markdown with the known headings, and nothing that an editor would complain about.
fn form(text: &str) -> Result<(), String> {
    let titles: Vec<&str> = text.lines().filter_map(|it| it.strip_prefix("### ")).collect();
    let known: Vec<&str> = HEADINGS.iter().copied().filter(|it| titles.contains(it)).collect();
    if titles != known || titles.first() != Some(&HEADINGS[0]) || !text.starts_with("### ") {
        return Err(format!("the headings are {titles:?}, expected some of {HEADINGS:?} in this order"));
    }
    let is_table = |line: &str| line.starts_with('|');
    for (number, line) in text.lines().enumerate() {
        let fault = match line {
            it if it.ends_with(' ') => "ends in a space",
            it if it.contains('\t') => "holds a tab",
            it if it.chars().count() > 120 && !is_table(it) => "is longer than 120 characters",
            it if it.starts_with('#') && !it.starts_with("### ") => "is a heading of another depth",
            it if !it.starts_with("```") && it.matches('`').count() % 2 == 1 => "has an odd number of back quotes",
            _ => continue,
        };
        return Err(format!("line {} {fault}: {line}", number + 1));
    }
    if text.lines().filter(|it| it.starts_with("```")).count() % 2 == 1 {
        return Err("a code block is not closed".to_owned());
    }
    if text.contains("\n\n\n") || !text.ends_with('\n') || text.ends_with("\n\n") {
        return Err("an empty line too many, or no line end".to_owned());
    }
    let blank_before =
        |title: &str| text.starts_with(&format!("### {title}\n")) || text.contains(&format!("\n\n### {title}\n"));
    match titles.iter().find(|it| !blank_before(it)) {
        Some(title) => Err(format!("no empty line before `{title}`")),
        None => Ok(()),
    }
}

/// A bad example raises the code, a good one does not.
fn example(code: &'static Code, heading: &str, toml: &str) -> Result<(), String> {
    let project = "[project]\nname = \"demo\"\nregistry = \"registry.example.org/imaging\"\n";
    let whole = if toml.contains("[project]") { toml.to_owned() } else { format!("{toml}\n{project}") };
    let compiled = compile_text(&whole);
    let raises = compiled.sink.all().iter().any(|it| it.code == code);
    match (heading, raises) {
        ("Example", false) => Err(format!("the example does not raise the code:\n{whole}")),
        ("Use instead", true) => Err(format!("what should be used instead raises the code:\n{whole}")),
        _ => Ok(()),
    }
}
