//! The same spec gives the same bytes: compiled again, with other comments and spaces, in another spelling, in another
//! order of its tables.
//!
//! The order of keys is kept where somebody may mean it: the variables of a container may speak of those before them,
//! settings reach a program as a file, the keys of a secret are a list, and stages that do not wait for each other run in
//! the order of the file. Every other order only decides the order of lines.

use std::collections::BTreeMap;

use mlopsc::compile::Compiled;
use proptest::prelude::*;
use serde_json::Value;

use crate::cases;
use crate::projects::{PROJECTS, project, said, written};

#[test]
fn compiling_again_gives_the_same_bytes() {
    for project in PROJECTS.iter() {
        let (first, second) = (project.compile(&project.spec), project.compile(&project.spec));
        assert_eq!(written(&first), written(&second), "{}", project.name);
        assert_eq!(said(&first), said(&second), "{}", project.name);
    }
}

#[test]
fn the_spelling_of_tables_changes_nothing() {
    for project in PROJECTS.iter() {
        let before = project.compile(&project.spec);
        for spelling in [inline(&project.tree), dotted(&project.tree)] {
            let after = project.compile(&spelling);
            assert_eq!(said(&before), said(&after), "{}:\n{spelling}", project.name);
            assert_eq!(written(&before), written(&after), "{}:\n{spelling}", project.name);
        }
        // With a header for each table, the tables come behind the other keys.
        let after = project.compile_tree(&project.tree);
        assert_eq!(in_any_order(&before), in_any_order(&after), "{}", project.name);
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    for project in PROJECTS.iter() {
        let before = project.compile(&project.spec);
        for spec in [project.spec.replace('\n', "\r\n"), format!("\u{feff}{}", project.spec)] {
            let after = project.compile(&spec);
            assert_eq!((said(&before), written(&before)), (said(&after), written(&after)), "{}", project.name);
        }
    }
}

/// The files without the order of their keys, of variables, networks and images, and of the steps of a script.
pub(crate) fn in_any_order(compiled: &Compiled) -> BTreeMap<String, Value> {
    let read = |path: &str, text: &str| -> Value {
        match path.rsplit('.').next() {
            Some("json") => serde_json::from_str(text).unwrap(),
            Some("yaml") => serde_yaml::from_str(text).unwrap(),
            Some("sh") => sorted(text.lines().map(Value::from).collect()),
            _ => text.into(),
        }
    };
    let one = |(path, text): (String, String)| {
        let mut value = read(&path, &text);
        sort_lists(&mut value);
        (path, value)
    };
    written(compiled).into_iter().map(one).collect()
}

fn sort_lists(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(sort_lists),
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                sort_lists(value);
                if ["env", "networks", "targets"].contains(&key.as_str()) && value.is_array() {
                    *value = sorted(value.as_array().cloned().unwrap_or_default());
                }
            }
        }
        _ => {}
    }
}

fn sorted(mut items: Vec<Value>) -> Value {
    items.sort_by_cached_key(Value::to_string);
    items.into()
}

/// One line for each table of the file.
fn inline(tree: &Value) -> String {
    tree.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {}\n", literal(value))).collect()
}

/// One line for each value: `services.api.port = 8080`. What is empty stays a table.
fn dotted(tree: &Value) -> String {
    let mut lines = String::new();
    flatten("", tree, &mut lines);
    lines
}

fn flatten(prefix: &str, value: &Value, lines: &mut String) {
    match value.as_object().filter(|it| !it.is_empty()) {
        Some(map) => {
            let dot = if prefix.is_empty() { "" } else { "." };
            map.iter().for_each(|(key, value)| flatten(&format!("{prefix}{dot}{}", quoted(key)), value, lines));
        }
        None => lines.push_str(&format!("{prefix} = {}\n", literal(value))),
    }
}

/// A value on one line.
pub(crate) fn literal(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let fields = map.iter().map(|(key, value)| format!("{} = {}", quoted(key), literal(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        other => toml::Value::try_from(other).unwrap().to_string(),
    }
}

/// A key, which may hold dots.
pub(crate) fn quoted(key: &str) -> String {
    let is_bare = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
    if key.bytes().all(is_bare) { key.to_owned() } else { toml::Value::String(key.to_owned()).to_string() }
}

/// Puts comments, empty lines and spaces around the lines of a spec. No project has a text of several lines.
fn decorated(spec: &str, notes: &[(prop::sample::Index, String)]) -> String {
    let mut lines: Vec<String> = spec.lines().map(str::to_owned).collect();
    for (at, note) in notes {
        let at = at.index(lines.len());
        let note: String = note.chars().filter(|it| !it.is_control()).collect();
        lines[at] = format!(" \t{}   ", lines[at]);
        lines.insert(at, format!("  # {note}"));
        lines.insert(at, "\t".to_owned());
    }
    lines.join("\n") + "\n\n"
}

/// Tables whose keys are the user's own, in an order that may be meant.
const ORDERED: [&str; 3] = ["config", "env", "keys"];

/// Another order of the keys of every other table.
fn shuffled(value: &Value, order: &mut impl FnMut() -> u32) -> Value {
    let inner = |key: &str, value: &Value, order: &mut _| {
        if ORDERED.contains(&key) { value.clone() } else { shuffled(value, order) }
    };
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(u32, &String, Value)> =
                map.iter().map(|(key, value)| (order(), key, inner(key, value, order))).collect();
            entries.sort_by_key(|(rank, key, _)| (*rank, *key));
            entries.into_iter().map(|(_, key, value)| (key.clone(), value)).collect()
        }
        Value::Array(items) => items.iter().map(|it| shuffled(it, order)).collect(),
        other => other.clone(),
    }
}

/// What was said, in any order: a message names things in the order of the file, where its reader looks for them.
fn words(compiled: &Compiled) -> Vec<(&'static str, Vec<String>)> {
    let of = |message: &str| {
        let mut words: Vec<String> = message.split(' ').map(|it| it.trim_end_matches(',').to_owned()).collect();
        words.sort();
        words
    };
    let mut said: Vec<_> = said(compiled).into_iter().map(|(_, code, message)| (code, of(&message))).collect();
    said.sort();
    said
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn comments_and_spaces_change_nothing(
        project in project(), notes in prop::collection::vec((any::<prop::sample::Index>(), any::<String>()), 1..9)
    ) {
        let before = project.compile(&project.spec);
        let after = project.compile(decorated(&project.spec, &notes));
        prop_assert_eq!(said(&before), said(&after));
        prop_assert_eq!(written(&before), written(&after));
    }

    #[test]
    fn the_order_of_tables_changes_no_byte(project in project(), seed in any::<u32>()) {
        let mut state = seed;
        let mut order = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        };
        let before = project.compile_tree(&project.tree);
        let after = project.compile_tree(&shuffled(&project.tree, &mut order));
        prop_assert_eq!(words(&before), words(&after));
        let (before, after) = (written(&before), written(&after));
        for (path, text) in &before {
            let after = after.get(path).map(String::as_str);
            prop_assert!(after == Some(text), "{}\n{}\n{}", path, text, after.unwrap_or("is not there"));
        }
        prop_assert_eq!(before.len(), after.len());
    }
}
