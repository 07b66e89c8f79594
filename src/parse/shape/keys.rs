//! Keys that a table does not have: misspelt, of another table, of another tool, or of a later version.

use serde_json::Value as Json;

use super::codes::{MISPLACED_KEY, UNBUILT_KEY, UNKNOWN_KEY};
use super::examine::{Definition, Examiner};
use super::repair::{Fault, Repair, escape};
use super::values::quote;
use crate::diag::{Diagnostic, Spot};
use crate::spec::{HABITS, UNBUILT, nearest};

/// More keys than this are no help but a wall.
const MOST_LISTED: usize = 12;

/// What is said at the place of a key or word of a later version.
pub(super) const NOT_COMPILED: &str = "part of the language, but this version does not compile it";

pub(super) fn unexpected(examiner: &Examiner<'_>, table: &str, key: &str, definition: &Definition) -> Fault {
    let pointer = format!("{table}/{}", escape(key));
    let spot = Spot::key(examiner.origin(&pointer));
    let remove = |diagnostic| Fault { pointer: pointer.clone(), diagnostic, repair: Repair::Drop };
    if let Some(what) = unbuilt(&definition.name, key) {
        let diagnostic = Diagnostic::new(&UNBUILT_KEY, format!("{what} is not built yet"));
        let diagnostic = diagnostic.at(spot, NOT_COMPILED);
        return remove(diagnostic.help("leave it out until a version of mlopsc compiles it"));
    }
    let place = place_name(table);
    let unknown = Diagnostic::new(&UNKNOWN_KEY, format!("unknown key {}", quote(key)));
    let unknown = unknown.at(spot.clone(), format!("not a key of {place}"));
    // What the table has already is not what was meant.
    let free = |it: &&str| examiner.node(table).is_none_or(|table| table.get(it).is_none());
    let free: Vec<&str> = definition.keys.iter().map(String::as_str).filter(free).collect();
    let habit = HABITS.iter().find(|(other, ours)| *other == kebab(key) && free.contains(ours));
    if let Some((_, ours)) = habit {
        // What is in it may be written in the other tool's way as well.
        return remove(unknown.did_you_mean(spot, Some(*ours)));
    }
    if let Some(near) = spelled_like(key, &free) {
        let diagnostic = unknown.did_you_mean(spot, Some(near));
        return Fault { pointer, diagnostic, repair: Repair::Rename(near.to_owned()) };
    }
    if let Some(home) = home_of(examiner, table, key, definition) {
        let diagnostic = Diagnostic::new(&MISPLACED_KEY, format!("`{key}` does not belong in {place}"));
        return remove(diagnostic.at(spot, format!("a key of {home}")));
    }
    remove(match definition.keys.as_slice() {
        few if few.len() <= MOST_LISTED => unknown.help(format!("the keys of {place} are {}", listed(few))),
        _ => unknown.help("`mlopsc schema` has all keys, and an editor with it completes them"),
    })
}

/// The key that is spelled most like this one.
fn spelled_like<'k>(key: &str, keys: &[&'k str]) -> Option<&'k str> {
    let spelled = kebab(key);
    keys.iter().find(|it| **it == spelled).copied().or_else(|| nearest(key, keys.iter().copied()))
}

/// A key as this language spells its own: `nodeSelector` and `node_selector` are `node-selector`.
fn kebab(key: &str) -> String {
    key.chars().fold(String::new(), |text, it| match it {
        '_' | ' ' => text + "-",
        it if it.is_uppercase() && !text.is_empty() => text + "-" + &it.to_lowercase().to_string(),
        it => text + &it.to_lowercase().to_string(),
    })
}

fn listed(names: &[String]) -> String {
    names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

/// Keys that many tables have, so that where another has them says nothing.
const GENERAL: [&str; 9] = ["name", "path", "key", "value", "kind", "from", "file", "type", "enabled"];

/// The table that has such a key: one inside this one, or one of the file.
fn home_of(examiner: &Examiner<'_>, table: &str, key: &str, definition: &Definition) -> Option<String> {
    let schema = examiner.schema;
    let key = &kebab(key);
    if GENERAL.contains(&key.as_str()) {
        return None;
    }
    let own = schema.pointer(&format!("/definitions/{}/properties", definition.name)).and_then(Json::as_object);
    let inside = own.into_iter().flatten().find(|(_, it)| has_key(schema, it, key)).map(|(name, _)| name);
    if let Some(inside) = inside {
        return Some(place_name(&format!("{table}/{inside}")));
    }
    let tables = schema["properties"].as_object()?;
    if tables.contains_key(key) {
        return Some("the file itself".to_owned());
    }
    let (name, home) =
        tables.iter().find(|(_, it)| has_key(schema, it, key) || has_key(schema, &it["additionalProperties"], key))?;
    Some(if home.get("additionalProperties").is_some() { format!("[{name}.<name>]") } else { format!("[{name}]") })
}

/// Whether a schema is of a table, and not of a short form or a scalar.
pub(super) fn is_table(schema: &Json, property: &Json) -> bool {
    let definition = property["$ref"].as_str().and_then(|it| schema.pointer(it.trim_start_matches('#')));
    definition.is_some_and(|it| it["type"] == "object")
}

/// Whether the table that a property holds has a key.
fn has_key(schema: &Json, property: &Json, key: &str) -> bool {
    let places = ["/$ref", "/allOf/0/$ref", "/anyOf/1/$ref"];
    let references = places.iter().filter_map(|it| property.pointer(it)).filter_map(Json::as_str);
    let mut definitions = references.filter_map(|it| schema.pointer(it.trim_start_matches('#')));
    definitions.any(|it| it["properties"].get(key).is_some())
}

/// What a key or word of a later version is called, if it is one.
pub(super) fn unbuilt(within: &str, word: &str) -> Option<String> {
    let known = |it: &str| UNBUILT.iter().any(|unbuilt| unbuilt.within == it && unbuilt.word == word);
    let is_table = within == "Spec" || (within == "Environment" && known("Spec"));
    (known(within) || is_table && known("Spec"))
        .then(|| if is_table { format!("[{word}]") } else { format!("`{word}`") })
}

/// `stages.train` in back quotes for `/stages/train`.
pub(super) fn place_name(pointer: &str) -> String {
    let steps = pointer.split('/').skip(1).map(|it| it.replace("~1", "/").replace("~0", "~"));
    let path = steps.fold(String::new(), |path, step| match step.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) if path.is_empty() => step,
        Err(_) => format!("{path}.{step}"),
    });
    if path.is_empty() { "the file itself".to_owned() } else { format!("`{path}`") }
}

/// A key as TOML takes it.
pub(super) fn written(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'));
    if bare { key.to_owned() } else { format!("\"{key}\"") }
}
