//! Every key does something: each key of `examples/reading-room` is changed or removed in turn, and what is written
//! differs in the file and field that the table names for it, or the diagnostic appears that the table names.
//!
//! What it should differ to is for the goldens; that nothing else differs is for nobody.

#![allow(clippy::panic, reason = "a table that cannot be read ends the test")]

mod support;

#[path = "keys/change.rs"]
mod change;
#[path = "keys/model.rs"]
mod model;
#[path = "keys/table.rs"]
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use mlopsc::compile::Compiled;
use mlopsc::diag::Severity;

use change::{Key, Project};
use model::Model;
use support::project::{must_compile, root};
use table::{Effect, Table};

/// What is known before anything is changed.
struct Base {
    project: Project,
    compiled: Compiled,
    said: Vec<(&'static str, String)>,
}

fn main() {
    let arguments = Arguments::from_args();
    let project = Project::read(&root().join("examples/reading-room"));
    let compiled = must_compile(project.compile(&project.spec));
    let base = Arc::new(Base { said: said(&compiled), project, compiled });
    let table = Arc::new(Table::read(include_str!("keys/table.txt")));
    let keys = change::keys(&base.project.spec);
    let mut trials = vec![Trial::test("every line of the table is for a key", {
        let (table, keys) = (Arc::clone(&table), keys.clone());
        move || Ok(table.has_no_idle_line(&keys)?)
    })];
    for key in keys {
        let (base, table) = (Arc::clone(&base), Arc::clone(&table));
        trials.push(Trial::test(key.to_string(), move || check(&base, &table, &key)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(base: &Base, table: &Table, key: &Key) -> Result<(), Failed> {
    let Some(line) = table.line_of(key) else {
        let removed = base.project.compile(&key.removed(&base.project.spec));
        return Err(format!("the table has no line for it; without it {}", differs(base, &removed)).into());
    };
    let spec = match &line.value {
        Some(value) => key.changed(&base.project.spec, value),
        None => key.removed(&base.project.spec),
    };
    let compiled = base.project.compile(&spec);
    let happens = match &line.effect {
        Effect::Field { files, pointer } => {
            !compiled.sink.has_errors() && Model::of(&base.compiled).differs_at(&Model::of(&compiled), files, pointer)
        }
        Effect::Said(codes) => {
            news(base, &compiled).iter().map(|(code, _)| (*code).to_owned()).collect::<BTreeSet<_>>() == *codes
        }
    };
    if happens { Ok(()) } else { Err(format!("not as `{}` says: {}", line.text, differs(base, &compiled)).into()) }
}

/// What is said, but for notes.
fn said(compiled: &Compiled) -> Vec<(&'static str, String)> {
    let heard = compiled.sink.all().iter().filter(|it| it.severity != Severity::Note);
    heard.map(|it| (it.code.id, it.message.clone())).collect()
}

fn news(base: &Base, compiled: &Compiled) -> Vec<(&'static str, String)> {
    said(compiled).into_iter().filter(|it| !base.said.contains(it)).collect()
}

/// All that is different, for whoever writes the table.
fn differs(base: &Base, compiled: &Compiled) -> String {
    let news = news(base, compiled).into_iter().map(|(code, message)| format!("\n  {code}: {message}"));
    let fields = if compiled.sink.has_errors() {
        Vec::new()
    } else {
        Model::of(&base.compiled).differences(&Model::of(compiled))
    };
    let all: String = news.chain(fields.into_iter().map(|it| format!("\n  {it}"))).collect();
    if all.is_empty() { "nothing differs".to_owned() } else { format!("differs:{all}") }
}
