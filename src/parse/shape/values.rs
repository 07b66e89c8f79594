//! Values of another type, outside their grammar or range, or none of the words that may stand there.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value as Json;

use super::codes::{BAD_NAME, MISPLACED_KEY, UNBUILT_KEY, UNKNOWN_WORD, WRONG_TYPE, WRONG_VALUE};
use super::examine::{Examiner, grammar};
use super::keys::{NOT_COMPILED, is_table, place_name, unbuilt};
use super::repair::{Fault, Repair};
use crate::diag::{Diagnostic, Spot};
use crate::source::{Node, Value};
use crate::spec::{
    EnvName, FORMATS, LabelValue, Name, ObjectName, OneLine, PythonVersion, Tag, Text, near_miss, nearest,
};

/// Formats whose texts become the names of things.
const NAMES: [&str; 3] = [Name::FORMAT, ObjectName::FORMAT, EnvName::FORMAT];

pub(super) fn wrong(examiner: &Examiner<'_>, error: &ValidationError<'_>, kind: &Kind) -> Fault {
    let pointer = error.instance_path().to_string();
    let spot = Spot::value(examiner.origin(&pointer));
    let shown = shown(error.instance());
    let remove = |diagnostic| Fault { pointer: pointer.clone(), diagnostic, repair: Repair::Remove };
    match kind {
        Kind::Type { kind } => wrong_type(examiner, error, kind, &pointer),
        Kind::Enum { options } => unknown_word(examiner, error, options, &pointer),
        Kind::Format { .. } => wrong_text(error, spot, pointer),
        Kind::Minimum { limit } => {
            remove(Diagnostic::new(&WRONG_VALUE, format!("{shown} is too small")).at(spot, format!("at least {limit}")))
        }
        Kind::Maximum { limit } => {
            remove(Diagnostic::new(&WRONG_VALUE, format!("{shown} is too large")).at(spot, format!("at most {limit}")))
        }
        _ => remove(Diagnostic::new(&WRONG_VALUE, error.to_string()).at(spot, "")),
    }
}

fn wrong_text(error: &ValidationError<'_>, spot: Spot, pointer: String) -> Fault {
    let text = error.instance().as_str().unwrap_or_default();
    let (format, noun, why) = grammar(text, error).unwrap_or_default();
    let code = if NAMES.contains(&format) { &BAD_NAME } else { &WRONG_VALUE };
    let diagnostic = Diagnostic::new(code, format!("{} is no {noun}", shown(error.instance()))).at(spot.clone(), why);
    match near_miss(format, text) {
        Some(near) => {
            let repair = Repair::Replace(near.as_str().into());
            Fault { pointer, diagnostic: diagnostic.did_you_mean_text(spot, Some(near)), repair }
        }
        None => Fault { pointer, diagnostic, repair: Repair::Remove },
    }
}

fn unknown_word(examiner: &Examiner<'_>, error: &ValidationError<'_>, options: &Json, pointer: &str) -> Fault {
    let spot = Spot::value(examiner.origin(pointer));
    let word = error.instance().as_str().unwrap_or_default();
    let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let list = options.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let remove = |diagnostic| Fault { pointer: pointer.to_owned(), diagnostic, repair: Repair::Remove };
    if let Some(what) = unbuilt(&examiner.definition(error).name, word) {
        let diagnostic = Diagnostic::new(&UNBUILT_KEY, format!("{what} is not built yet"));
        let diagnostic = diagnostic.at(spot, NOT_COMPILED);
        return remove(diagnostic.help(format!("this version compiles {list}")));
    }
    let expected = if options.len() == 1 { format!("is not {list}") } else { format!("is not one of {list}") };
    let diagnostic = Diagnostic::new(&UNKNOWN_WORD, format!("{} {expected}", shown(error.instance())));
    let diagnostic = diagnostic.at(spot.clone(), "");
    let spelled = options.iter().find(|it| it.eq_ignore_ascii_case(word)).copied();
    match spelled.or_else(|| nearest(word, options.iter().copied())) {
        Some(near) => Fault {
            pointer: pointer.to_owned(),
            diagnostic: diagnostic.did_you_mean_text(spot, Some(near)),
            repair: Repair::Replace(near.into()),
        },
        None => remove(diagnostic),
    }
}

fn wrong_type(examiner: &Examiner<'_>, error: &ValidationError<'_>, kind: &TypeKind, pointer: &str) -> Fault {
    let expected = types(kind);
    let node = examiner.node(pointer);
    // A table in place of a word can be a form of a later version.
    let mut keys = node.and_then(Node::as_map).into_iter().flat_map(|it| it.iter());
    let later = keys.find_map(|(key, it)| Some((unbuilt(&examiner.definition(error).name, key)?, it)));
    if let Some((what, it)) = later {
        let diagnostic = Diagnostic::new(&UNBUILT_KEY, format!("{what} is not built yet"));
        let diagnostic = diagnostic.at(Spot::key(it.origin), NOT_COMPILED);
        let diagnostic = diagnostic.help("leave it out until a version of mlopsc compiles it");
        return Fault { pointer: pointer.to_owned(), diagnostic, repair: Repair::Remove };
    }
    let found = node.map_or("nothing", |it| it.value.type_name());
    let names: Vec<String> = expected.iter().map(|it| type_name(it)).collect();
    let diagnostic = Diagnostic::new(&WRONG_TYPE, format!("expected {}, found {found}", alternatives(&names)));
    let spot = Spot::value(examiner.origin(pointer));
    let schema = schema_of(examiner, error).unwrap_or(&Json::Null);
    let diagnostic = diagnostic.at(spot.clone(), said_by(schema["format"].as_str().unwrap_or_default()));
    if let [one] = expected.as_slice()
        && let Some((text, value)) = node.and_then(|it| meant(examiner, it, pointer, one, schema))
    {
        let diagnostic = diagnostic.fix(format!("write `{text}`"), spot, text);
        return Fault { pointer: pointer.to_owned(), diagnostic, repair: Repair::Replace(value) };
    }
    // A named thing has a key to switch it off.
    let definition = examiner.definition(error);
    let is_named = definition.keys.iter().any(|it| it == "enabled");
    let (table, key) = pointer.rsplit_once('/').unwrap_or_default();
    if is_named && definition.keys.iter().any(|it| it == key) {
        return without_name(table, key, Spot::key(examiner.origin(pointer)));
    }
    let place = place_name(pointer).replace('`', "");
    let diagnostic = match expected.as_slice() {
        [one] if one == "object" && is_table(examiner.schema, &schema["additionalProperties"]) => {
            diagnostic.help(format!("each has a table of its own, such as `[{place}.<name>]`"))
        }
        [one] if one == "object" => diagnostic
            .help(format!("a table is written `[{place}]` with its keys below, or `{{ key = value }}` on one line")),
        _ => diagnostic,
    };
    let repair = if is_named { Repair::SwitchOff } else { Repair::Remove };
    Fault { pointer: pointer.to_owned(), diagnostic, repair }
}

/// A key of a named thing that stands where the names are.
fn without_name(table: &str, key: &str, spot: Spot) -> Fault {
    let place = place_name(table).replace('`', "");
    let diagnostic = Diagnostic::new(&MISPLACED_KEY, format!("`{key}` does not belong in `{place}`"));
    let diagnostic = diagnostic.at(spot, format!("a key of [{place}.<name>]"));
    Fault { pointer: format!("{table}/{key}"), diagnostic, repair: Repair::Drop }
}

/// The value of the right type that was meant, and how it is written.
fn meant(
    examiner: &Examiner<'_>,
    node: &Node,
    pointer: &str,
    expected: &str,
    schema: &Json,
) -> Option<(String, Value)> {
    let written = examiner.written(pointer)?;
    let header = written.trim_start_matches('[').trim_end_matches(']');
    let is_header =
        header.len() < written.len() && node.as_list().is_none_or(|it| it.iter().any(|it| it.as_map().is_some()));
    match (&node.value, expected) {
        (Value::Str(text), "integer") => number(text),
        (Value::Str(text), "boolean") => truth(text).map(|it| (it.to_string(), Value::Bool(it))),
        (Value::Int(_) | Value::Float(_) | Value::Bool(_), "string") => quoted(written, schema),
        (Value::Map(_), "array") if is_header => Some((format!("[[{header}]]"), Value::List(vec![node.clone()]))),
        (Value::Map(_), "array") if !written.starts_with('{') => None,
        (Value::Map(_) | Value::Str(_) | Value::Int(_), "array") if !written.contains('\n') => {
            listed(examiner, node, written, schema)
        }
        (Value::List(items), "object") if is_header && !is_table(examiner.schema, &schema["additionalProperties"]) => {
            match items.as_slice() {
                [one] => Some((format!("[{header}]"), one.value.clone())),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A whole number that was written as a text.
pub(super) fn number(text: &str) -> Option<(String, Value)> {
    text.parse::<i64>().ok().map(|it| (it.to_string(), Value::Int(it)))
}

/// A scalar as the text that it looks like, where such a text means something.
fn quoted(text: &str, schema: &Json) -> Option<(String, Value)> {
    const OF_NUMBERS: [&str; 5] =
        [PythonVersion::FORMAT, Tag::FORMAT, LabelValue::FORMAT, OneLine::FORMAT, Text::FORMAT];
    let follows = |format: &str| FORMATS.iter().any(|(name, _, grammar)| *name == format && grammar(text).is_ok());
    let fits = match schema["enum"].as_array() {
        Some(options) => options.iter().any(|it| it.as_str() == Some(text)),
        None => schema["format"].as_str().is_some_and(|it| OF_NUMBERS.contains(&it) && follows(it)),
    };
    fits.then(|| (format!("\"{text}\""), Value::from(text)))
}

/// One item as the list of it, where the list takes such items.
fn listed(examiner: &Examiner<'_>, node: &Node, written: &str, schema: &Json) -> Option<(String, Value)> {
    let items = schema.get("items")?;
    if is_table(examiner.schema, items) && node.as_map().is_none() {
        return None;
    }
    let (text, item) = match node.as_str().and_then(number) {
        Some((text, value)) => (text, Node { value, origin: node.origin }),
        None => (written.to_owned(), node.clone()),
    };
    Some((format!("[{text}]"), Value::List(vec![item])))
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// The schema whose `type` was broken.
fn schema_of<'s>(examiner: &Examiner<'s>, error: &ValidationError<'_>) -> Option<&'s Json> {
    let path = error.schema_path().to_string();
    examiner.schema.pointer(path.rsplit_once('/')?.0)
}

/// What a text of a format is, and what one looks like.
fn said_by(format: &str) -> String {
    let Some((_, noun, _)) = FORMATS.iter().find(|(it, _, _)| *it == format) else { return String::new() };
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u', 'M']) { "an" } else { "a" };
    format!("{article} {noun}, in quotes")
}

fn types(kind: &TypeKind) -> Vec<String> {
    match kind {
        TypeKind::Single(one) => vec![one.to_string()],
        TypeKind::Multiple(set) => set.iter().map(|it| it.to_string()).collect(),
    }
}

fn type_name(name: &str) -> String {
    match name {
        "object" => "a table".to_owned(),
        "array" => "a list".to_owned(),
        "integer" => "an integer".to_owned(),
        other => format!("a {other}"),
    }
}

fn alternatives(names: &[String]) -> String {
    match names {
        [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
        _ => names.concat(),
    }
}

/// A value as a message shows it: short, on one line.
fn shown(value: &Json) -> String {
    quote(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// A text in back quotes: short, on one line.
pub(super) fn quote(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    format!("`{}{}`", short.escape_debug(), if text.chars().count() > 60 { "…" } else { "" })
}
