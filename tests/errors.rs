//! Every mistake that the compiler knows, as a user sees it: a wrong spec and what the terminal shows for it.

mod support;

#[path = "errors/case.rs"]
mod case;
#[path = "errors/explain.rs"]
mod explain;

use std::collections::BTreeSet;

use case::{Case, cases, codes_with_cases, compile_text, orphans};
use libtest_mimic::{Arguments, Failed, Trial};
use mlopsc::compile::Compiled;
use mlopsc::diag::{Diagnostic, Format, Severity, render};
use support::golden::check_file;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("every code has a case", every_code_has_a_case),
        Trial::test("every case has a code", every_case_has_a_code),
        Trial::test("the standard project has no mistakes", the_standard_project_is_good),
    ];
    trials.extend(explain::trials());
    for case in cases() {
        trials.push(Trial::test(case.name.clone(), move || check(&case)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(case: &Case) -> Result<(), Failed> {
    let compiled = case.compile();
    let all = compiled.sink.all();
    let Some(code) = mlopsc::codes().find(|it| it.id == case.code) else {
        return Err(format!("there is no code `{}`", case.code).into());
    };
    let found: BTreeSet<&str> = all.iter().map(|it| it.code.id).collect();
    if !found.contains(code.id) {
        return Err(format!("`{}` is not among {found:?}\n{}", code.id, shown(&compiled, Severity::Note)).into());
    }
    readable_by_programs(&compiled)?;
    shows_no_secret(&compiled)?;
    Ok(check_file(&case.expected(), &shown(&compiled, code.severity.min(Severity::Warning)))?)
}

/// JSON and SARIF are documents, with every diagnostic in them.
fn readable_by_programs(compiled: &Compiled) -> Result<(), String> {
    let count = compiled.sink.all().len();
    for (format, list) in [(Format::Json, "/diagnostics"), (Format::Sarif, "/runs/0/results")] {
        let text = render(format, compiled.sink.all(), &compiled.sources);
        let document: serde_json::Value = serde_json::from_str(&text).map_err(|it| format!("{format:?}: {it}"))?;
        let listed = document.pointer(list).and_then(|it| it.as_array()).map_or(0, Vec::len);
        if listed != count {
            return Err(format!("{format:?} has {listed} of {count} diagnostics"));
        }
    }
    Ok(())
}

/// What is secret in the cases has one of these in it.
const SECRETS: [&str; 3] = ["hunter", "IOSFODNN7EXAMPLE", "BEGIN PRIVATE"];

fn shows_no_secret(compiled: &Compiled) -> Result<(), String> {
    let formats = [
        Format::Terminal { colour: true },
        Format::Terminal { colour: false },
        Format::Json,
        Format::Sarif,
        Format::Github,
    ];
    for format in formats {
        let text = render(format, compiled.sink.all(), &compiled.sources);
        if let Some(secret) = SECRETS.iter().find(|it| text.contains(**it)) {
            return Err(format!("{format:?} shows a secret with `{secret}` in it:\n{text}"));
        }
    }
    Ok(())
}

/// What a terminal shows without colour, from a weight on.
fn shown(compiled: &Compiled, least: Severity) -> String {
    let all: Vec<Diagnostic> = compiled.sink.all().iter().filter(|it| it.severity >= least).cloned().collect();
    render(Format::Terminal { colour: false }, &all, &compiled.sources)
}

fn every_code_has_a_case() -> Result<(), Failed> {
    let with_cases: BTreeSet<String> = cases().into_iter().map(|it| it.code).collect();
    let missing: Vec<&str> = mlopsc::codes().map(|it| it.id).filter(|it| !with_cases.contains(*it)).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("codes without a case in golden/errors: {missing:?}").into()) }
}

fn every_case_has_a_code() -> Result<(), Failed> {
    let known: BTreeSet<&str> = mlopsc::codes().map(|it| it.id).collect();
    let strange: Vec<String> = codes_with_cases().into_iter().filter(|it| !known.contains(it.as_str())).collect();
    let orphans = orphans();
    if strange.is_empty() && orphans.is_empty() {
        return Ok(());
    }
    Err(format!("folders of golden/errors without a code: {strange:?}; files without a case: {orphans:?}").into())
}

/// Or the cases would be about the files beside them.
fn the_standard_project_is_good() -> Result<(), Failed> {
    let spec = "[project]\nname = \"demo\"\nregistry = \"registry.example.org/imaging\"\n\
        [services.api]\nentry = \"serve.py\"\nport = 8080\n";
    let compiled = compile_text(spec);
    let shown = shown(&compiled, Severity::Warning);
    if shown.is_empty() { Ok(()) } else { Err(shown.into()) }
}
