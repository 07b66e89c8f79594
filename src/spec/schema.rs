//! The JSON Schema of the language, made from its types.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::{Map, Value, json};

use super::{OVERLAY_KEYS, Spec};

/// The published schema, as it is embedded. A test shows that it is what [`json_schema`] makes.
#[must_use]
pub fn schema_text() -> &'static str {
    include_str!("../../schema/mlops.schema.json")
}

/// Makes the schema (JSON Schema draft-07, which the TOML tools of all editors read) from the types.
#[must_use]
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft07().for_deserialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Spec>();
    RecursiveTransform(without_null).transform(&mut schema);
    RecursiveTransform(plain_enum).transform(&mut schema);
    RecursiveTransform(one_line_descriptions).transform(&mut schema);
    let mut schema = schema.to_value();
    schema["title"] = json!("mlops.toml");
    add_overlay(&mut schema);
    schema
}

/// Whether the language has a key: `defaults.user`, `data.*.storage-class` with `*` for any name and any item.
#[must_use]
pub fn has_key(path: &str) -> bool {
    let schema: Value = serde_json::from_str(schema_text()).expect("internal error: the schema is JSON");
    below(&schema, &schema, &path.split('.').collect::<Vec<_>>())
}

fn below(root: &Value, here: &Value, path: &[&str]) -> bool {
    let Some((step, rest)) = path.split_first() else { return true };
    let target = here["$ref"].as_str().and_then(|it| root.pointer(it.trim_start_matches('#')));
    let branches = ["allOf", "anyOf"].into_iter().flat_map(|it| here[it].as_array().into_iter().flatten());
    let known = here["properties"].get(step);
    let named = here.get("additionalProperties").filter(|it| it.is_object() && known.is_none());
    let items = here.get("items").filter(|_| *step == "*");
    target.into_iter().chain(branches).any(|it| below(root, it, path))
        || known.into_iter().chain(named).chain(items).any(|it| below(root, it, rest))
}

/// TOML has no null.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|it| it != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            schema.insert("type".into(), one);
        }
    }
    let Some(Value::Array(branches)) = schema.get_mut("anyOf") else { return };
    branches.retain(|it| it.get("type") != Some(&json!("null")));
    if let [only] = branches.as_slice() {
        let only = only.as_object().cloned().unwrap_or_default();
        schema.remove("anyOf");
        let object = schema.ensure_object();
        // A reference takes no siblings in draft-07.
        let wrap = only.contains_key("$ref") && !object.is_empty();
        if wrap {
            object.insert("allOf".into(), json!([only]));
        } else {
            object.extend(only);
        }
    }
}

/// Constants with descriptions each give poor messages in editors; an enumeration says what may stand here.
fn plain_enum(schema: &mut Schema) {
    let Some(Value::Array(branches)) = schema.get("oneOf") else { return };
    let names: Option<Vec<Vec<Value>>> = branches.iter().map(names_of).collect();
    let Some(names) = names.map(|it| it.concat()) else { return };
    let texts: Vec<Value> = branches.iter().map(|it| it.get("description").cloned().unwrap_or_default()).collect();
    schema.remove("oneOf");
    schema.insert("type".into(), json!("string"));
    if texts.len() == names.len() {
        schema.insert("x-taplo".into(), json!({"docs": {"enumValues": texts}}));
    }
    schema.insert("enum".into(), names.into());
}

fn names_of(branch: &Value) -> Option<Vec<Value>> {
    match (branch.get("const"), branch.get("enum")) {
        (Some(name), _) => Some(vec![name.clone()]),
        (None, Some(Value::Array(names))) => Some(names.clone()),
        _ => None,
    }
}

/// Doc comments are wrapped for the source; a hover wraps by itself.
fn one_line_descriptions(schema: &mut Schema) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        let paragraphs: Vec<String> = text.split("\n\n").map(|it| it.replace('\n', " ")).collect();
        *text = paragraphs.join("\n\n");
    }
}

/// An environment takes every table of the file beside its own keys.
fn add_overlay(schema: &mut Value) {
    let tables = schema["properties"].as_object().cloned().unwrap_or_default();
    let Some(own) = schema.pointer_mut("/definitions/Environment/properties").and_then(Value::as_object_mut) else {
        return;
    };
    let overlay: Map<String, Value> = tables
        .into_iter()
        .filter(|(key, _)| !matches!(key.as_str(), "schema" | "extends" | "environments"))
        .map(|(key, table)| match own.get(&key) {
            Some(mine) if OVERLAY_KEYS.contains(&key.as_str()) => {
                (key, json!({"x-expected": "a word, or a table", "anyOf": [reference(mine), reference(&table)]}))
            }
            _ => (key, table),
        })
        .collect();
    own.extend(overlay);
}

/// The reference inside a property that has a description of its own.
fn reference(property: &Value) -> Value {
    property.pointer("/allOf/0").unwrap_or(property).clone()
}
