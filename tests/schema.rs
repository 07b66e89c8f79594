//! The published schema: made from the types, and a second witness beside the decoder.

mod support;

use mlopsc::spec::{json_schema, schema_text};
use serde_json::Value;
use support::golden::check_file;
use support::project::{examples, root};

#[test]
fn the_published_schema_is_made_from_the_types() {
    let made = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    check_file(&root().join("schema/mlops.schema.json"), &made).unwrap_or_else(|it| panic!("{it}"));
}

#[test]
fn the_published_schema_of_a_diff_is_made_from_the_types() {
    let made = serde_json::to_string_pretty(&mlopsc::diff::schema()).unwrap() + "\n";
    check_file(&root().join("schema/diff.schema.json"), &made).unwrap_or_else(|it| panic!("{it}"));
}

#[test]
fn every_key_has_a_description() {
    let schema: Value = serde_json::from_str(schema_text()).unwrap();
    let mut silent = Vec::new();
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            let overlay = name == "Environment" && schema["properties"].get(key).is_some();
            if property.get("description").is_none() && !overlay {
                silent.push(format!("{name}.{key}"));
            }
        }
    }
    assert!(silent.is_empty(), "keys without a doc comment: {silent:?}");
}

#[test]
fn the_schema_accepts_every_example() {
    let schema: Value = serde_json::from_str(schema_text()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, folder) in examples() {
        let text = std::fs::read_to_string(folder.join("mlops.toml")).unwrap();
        let instance = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
        let errors: Vec<String> = validator.iter_errors(&dates_as_text(instance)).map(|it| it.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

/// serde_json writes a TOML date as a table of the toml crate's own.
fn dates_as_text(value: Value) -> Value {
    match value {
        Value::Object(map) => match map.get("$__toml_private_datetime") {
            Some(date) => date.clone(),
            None => map.into_iter().map(|(key, it)| (key, dates_as_text(it))).collect(),
        },
        Value::Array(items) => items.into_iter().map(dates_as_text).collect(),
        other => other,
    }
}

#[test]
fn short_forms_are_known_where_trees_are_merged() {
    let schema: Value = serde_json::from_str(schema_text()).unwrap();
    let mut missing = Vec::new();
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            let Some(field) = property.get("x-short").and_then(Value::as_str) else { continue };
            // A port's number and a name are two short forms of one table; nobody merges them.
            let is_known = key == "port" || mlopsc::resolve::SHORT_FORMS.contains(&(key.as_str(), field));
            if !is_known {
                missing.push(format!("{name}.{key} = {field}"));
            }
        }
    }
    assert!(missing.is_empty(), "resolve/merge.rs does not know {missing:?}");
}
