//! Custom resources whose definition comes with the same change, so that no server knows them yet: checked against the
//! schema of that definition.
//!
//! Its rules in CEL are not run.

use jsonschema::Draft;
use serde_json::{Map, Value, json};

/// What is wrong with an object by the definition of its kind.
///
/// # Errors
/// The first fault, with its field.
pub(super) fn check(definition: &Value, object: &Value) -> Result<(), String> {
    let version = object["apiVersion"].as_str().and_then(|it| it.rsplit_once('/')).map_or("", |(_, version)| version);
    let versions = definition["spec"]["versions"].as_array();
    let served = versions.into_iter().flatten().find(|it| it["name"] == version && it["served"] == true);
    let served = served.ok_or_else(|| format!("its definition does not serve the version `{version}`"))?;
    let schema = root(&served["schema"]["openAPIV3Schema"]);
    let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(false);
    let Ok(validator) = options.build(&schema) else {
        return Err("the schema of its definition is none".to_owned());
    };
    let Some(fault) = validator.iter_errors(object).next() else { return Ok(()) };
    let field = fault.instance_path().to_string().replace('/', ".");
    let field = field.trim_start_matches('.');
    let what = fault.masked().to_string();
    Err(if field.is_empty() { what } else { format!("`{field}`: {what}") })
}

/// What every object has is not in the schema of its kind.
fn root(schema: &Value) -> Value {
    let mut schema = closed(schema);
    for key in ["apiVersion", "kind", "metadata"] {
        schema["properties"][key] = json!({});
    }
    schema
}

/// A schema of Kubernetes as one of JSON, in which fields that nobody declares are faults.
fn closed(schema: &Value) -> Value {
    let Some(mut map) = schema.as_object().cloned() else { return schema.clone() };
    // Defaults are filled in before anything is missed.
    if let Some(Value::Array(required)) = map.get_mut("required") {
        required.retain(|it| schema["properties"][it.as_str().unwrap_or_default()]["default"].is_null());
        if required.is_empty() {
            map.shift_remove("required");
        }
    }
    let has = |key: &str| schema[key] == true;
    if has("x-kubernetes-int-or-string") {
        return json!({"type": ["integer", "string"]});
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(|it| *it = closed(it));
        if has("x-kubernetes-embedded-resource") {
            ["apiVersion", "kind", "metadata"]
                .iter()
                .for_each(|it| drop(properties.insert((*it).to_owned(), json!({}))));
        }
        let is_open = has("x-kubernetes-preserve-unknown-fields") || schema.get("additionalProperties").is_some();
        if !is_open {
            map.insert("additionalProperties".to_owned(), false.into());
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(key).filter(|it| it.is_object()) {
            *inner = closed(inner);
        }
    }
    if has("nullable") {
        let schema = Value::Object(without_notes(map));
        return json!({"anyOf": [schema, {"type": "null"}]});
    }
    Value::Object(without_notes(map))
}

fn without_notes(mut map: Map<String, Value>) -> Map<String, Value> {
    map.retain(|key, _| {
        !key.starts_with("x-kubernetes-") && !["default", "description", "example", "nullable"].contains(&key.as_str())
    });
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_read_as_kubernetes_reads_it() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "none": {"type": "string", "nullable": true},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}}}}}});
        let definition =
            json!({"spec": {"versions": [{"name": "v1", "served": true, "schema": {"openAPIV3Schema": schema}}]}});
        let of = |spec: Value| {
            check(&definition, &json!({"apiVersion": "g/v1", "kind": "K", "metadata": {"name": "x"}, "spec": spec}))
        };
        assert_eq!(of(json!({"port": 1, "none": null, "free": {"x": 1}, "map": {"k": {"a": "b"}}})), Ok(()));
        assert!(of(json!({"port": "http"})).is_ok());
        assert!(of(json!({"port": true})).unwrap_err().starts_with("`spec.port`"));
        assert!(of(json!({"map": {"k": {"b": 1}}})).unwrap_err().contains("`spec.map.k`"));
        assert!(of(json!({"more": 1})).unwrap_err().contains("more"));
        let other = json!({"apiVersion": "g/v2", "kind": "K"});
        assert!(check(&definition, &other).unwrap_err().contains("v2"));
    }
}
