//! Places in a tree of values: all of them, those of one type, and whether the projects have every key of the language.

use std::collections::BTreeSet;

use mlopsc::spec::schema_text;
use serde_json::Value;

use crate::projects::PROJECTS;

/// The pointer of every value in a tree, the outer before the inner; the root is not one.
pub(crate) fn places(tree: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(tree, "", &mut found);
    found
}

/// The pointers of the values that are no table and no list.
pub(crate) fn leaves(tree: &Value) -> Vec<String> {
    places(tree)
        .into_iter()
        .filter(|it| !matches!(tree.pointer(it), Some(Value::Object(_) | Value::Array(_))))
        .collect()
}

/// The pointers of all texts.
pub(crate) fn texts(tree: &Value) -> Vec<String> {
    places(tree).into_iter().filter(|it| tree.pointer(it).is_some_and(Value::is_string)).collect()
}

fn visit(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut inner = |step: &str, value: &Value| {
        let at = format!("{at}/{}", step.replace('~', "~0").replace('/', "~1"));
        found.push(at.clone());
        visit(value, &at, found);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| inner(key, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| inner(&index.to_string(), value)),
        _ => {}
    }
}

/// The steps of a pointer.
pub(crate) fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|it| it.replace("~1", "/").replace("~0", "~")).collect()
}

/// The tree with another value at a place that it has.
pub(crate) fn with(tree: &Value, pointer: &str, value: Value) -> Value {
    let mut tree = tree.clone();
    *tree.pointer_mut(pointer).unwrap() = value;
    tree
}

/// The tree with a value at a place, whose tables are made where they are missing.
pub(crate) fn with_path(tree: &Value, path: &[String], value: Value) -> Value {
    let mut tree = tree.clone();
    let mut node = &mut tree;
    for step in path {
        node =
            node.as_object_mut().unwrap().entry(step.clone()).or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    *node = value;
    tree
}

/// Collects the keys of the schema that a value has, as `Definition.key`.
fn keys_of(schema: &Value, node: &Value, name: &str, value: &Value, used: &mut BTreeSet<String>) {
    if let Some(reference) = node["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        keys_of(schema, &schema["definitions"][name], name, value, used);
    }
    for branch in ["allOf", "anyOf"].iter().flat_map(|it| node[*it].as_array().into_iter().flatten()) {
        keys_of(schema, branch, name, value, used);
    }
    for item in value.as_array().into_iter().flatten().filter(|_| node["items"].is_object()) {
        keys_of(schema, &node["items"], name, item, used);
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        if let Some(property) = node["properties"].get(key) {
            used.insert(format!("{name}.{key}"));
            keys_of(schema, property, name, value, used);
        } else if node["additionalProperties"].is_object() {
            keys_of(schema, &node["additionalProperties"], name, value, used);
        }
    }
}

#[test]
fn the_projects_have_every_key_of_the_language() {
    let schema: Value = serde_json::from_str(schema_text()).unwrap();
    let mut used = BTreeSet::new();
    PROJECTS.iter().for_each(|it| keys_of(&schema, &schema, "Spec", &it.tree, &mut used));
    let definitions = schema["definitions"].as_object().unwrap().iter();
    let all = definitions.map(|(name, it)| (name.as_str(), it)).chain([("Spec", &schema)]);
    let keys = all.flat_map(|(name, it)| {
        let keys = it["properties"].as_object().into_iter().flatten();
        keys.map(move |(key, _)| format!("{name}.{key}"))
    });
    // An overlay has the keys of the spec, and another file is no part of this one.
    let is_known = |it: &String| used.contains(it) || it.starts_with("Environment.") || it == "Spec.extends";
    let missing: Vec<String> = keys.filter(|it| !is_known(it)).collect();
    assert!(missing.is_empty(), "add to tests/properties/everything.toml: {missing:?}");
}
