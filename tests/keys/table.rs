//! The table of what each key does.
//!
//! A line is `key -> file pointer`, or `key -> code` where something is said of it, or `key -> code + code` where all of
//! these and nothing else is said, because other keys refer to this one. In a key `*` stands for one step, and in
//! a file `$1` for what the first of them stood for. The key is removed, or gets the value behind `=` in its place. The
//! first line that fits a key is its line.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::change::Key;

pub(crate) struct Table(Vec<Row>);

struct Row {
    text: &'static str,
    steps: Vec<String>,
    value: Option<Value>,
    effect: &'static str,
}

/// A line, as it is for one key.
pub(crate) struct Line {
    pub(crate) text: &'static str,
    pub(crate) value: Option<Value>,
    pub(crate) effect: Effect,
}

/// What must happen.
pub(crate) enum Effect {
    Field { files: String, pointer: String },
    Said(BTreeSet<String>),
}

impl Table {
    pub(crate) fn read(text: &'static str) -> Self {
        let lines = text.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
        Self(lines.map(row).collect())
    }

    pub(crate) fn line_of(&self, key: &Key) -> Option<Line> {
        let row = self.0.iter().find(|it| it.fits(key))?;
        Some(Line { text: row.text, value: row.value.clone(), effect: effect(&row.filled(key)) })
    }

    pub(crate) fn has_no_idle_line(&self, keys: &[Key]) -> Result<(), String> {
        let first = |key: &Key| self.0.iter().position(|it| it.fits(key));
        let used: Vec<Option<usize>> = keys.iter().map(first).collect();
        let idle = self.0.iter().enumerate().filter(|(index, _)| !used.contains(&Some(*index)));
        let idle: Vec<&str> = idle.map(|(_, it)| it.text).collect();
        if idle.is_empty() { Ok(()) } else { Err(format!("no key has the lines\n{}", idle.join("\n"))) }
    }
}

impl Row {
    fn fits(&self, key: &Key) -> bool {
        self.steps.len() == key.0.len() && self.steps.iter().zip(&key.0).all(|(it, step)| it == "*" || it == step)
    }

    /// The effect, with the steps of the key that stars stand for.
    fn filled(&self, key: &Key) -> String {
        let stars = self.steps.iter().zip(&key.0).filter(|(it, _)| *it == "*").enumerate();
        stars.fold(self.effect.to_owned(), |text, (index, (_, step))| {
            text.replace(&format!("${}", index + 1), &escaped(step))
        })
    }
}

/// As a step of a pointer.
fn escaped(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

fn row(text: &'static str) -> Row {
    let (change, effect) = text.split_once(" -> ").unwrap_or_else(|| panic!("no `->`: {text}"));
    let (key, value) = change.split_once(" = ").map_or((change, None), |(key, value)| (key, Some(value)));
    let value = value.map(|it| {
        let table = format!("it = {it}").parse::<toml::Table>().unwrap_or_else(|why| panic!("{text}: {why}"));
        serde_json::to_value(&table["it"]).expect("TOML is values")
    });
    Row { text, steps: steps(key.trim()), value, effect: effect.trim() }
}

/// The steps of a key: names without dots, or in quotes.
fn steps(key: &str) -> Vec<String> {
    let parts = key.split('"').enumerate();
    let steps =
        parts.flat_map(
            |(index, part)| {
                if index % 2 == 1 { vec![part] } else { part.split('.').filter(|it| !it.is_empty()).collect() }
            },
        );
    steps.map(str::to_owned).collect()
}

fn effect(text: &str) -> Effect {
    if text.contains(" + ") {
        return Effect::Said(text.split(" + ").map(str::to_owned).collect());
    }
    match text.split_once(' ') {
        Some((files, pointer)) => {
            let pointer = if pointer.trim() == "/" { "" } else { pointer.trim() };
            Effect::Field { files: files.to_owned(), pointer: pointer.to_owned() }
        }
        None => Effect::Said(BTreeSet::from([text.to_owned()])),
    }
}
