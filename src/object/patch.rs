//! A JSON patch (RFC 6902) on an object: `add`, `remove` and `replace`.

use crate::source::{Map, Node, Value};
use crate::spec::Operation;

/// Why a step of a patch cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    #[error("the object has nothing at `{0}`")]
    Missing(String),
    #[error("`{0}` is neither a map nor a list")]
    NoContainer(String),
    #[error("`{0}` is no index of a list")]
    BadIndex(String),
    #[error("`{0}` needs a value")]
    NoValue(String),
}

/// Takes one step.
///
/// # Errors
/// The place is not there, or the step does not fit it.
pub fn apply(target: &mut Node, op: Operation, path: &str, value: Option<&Node>) -> Result<(), PatchError> {
    let (parent_path, last) = path.rsplit_once('/').unwrap_or(("", path));
    let last = last.replace("~1", "/").replace("~0", "~");
    let parent = target.pointer_mut(parent_path).ok_or_else(|| PatchError::Missing(parent_path.to_owned()))?;
    let value = || value.cloned().ok_or_else(|| PatchError::NoValue(path.to_owned()));
    match &mut parent.value {
        Value::Map(map) => in_map(map, op, &last, path, value),
        Value::List(list) => in_list(list, op, &last, path, value),
        _ => Err(PatchError::NoContainer(parent_path.to_owned())),
    }
}

fn in_map(
    map: &mut Map,
    op: Operation,
    key: &str,
    path: &str,
    value: impl FnOnce() -> Result<Node, PatchError>,
) -> Result<(), PatchError> {
    let exists = map.get(key).is_some();
    if !exists && op != Operation::Add {
        return Err(PatchError::Missing(path.to_owned()));
    }
    match op {
        Operation::Remove => drop(map.remove(key)),
        Operation::Add | Operation::Replace => map.set(key, value()?),
    }
    Ok(())
}

fn in_list(
    list: &mut Vec<Node>,
    op: Operation,
    key: &str,
    path: &str,
    value: impl FnOnce() -> Result<Node, PatchError>,
) -> Result<(), PatchError> {
    if key == "-" && op == Operation::Add {
        list.push(value()?);
        return Ok(());
    }
    let index = key.parse::<usize>().map_err(|_| PatchError::BadIndex(path.to_owned()))?;
    let end = if op == Operation::Add { list.len() + 1 } else { list.len() };
    if index >= end {
        return Err(PatchError::Missing(path.to_owned()));
    }
    match op {
        Operation::Add => list.insert(index, value()?),
        Operation::Replace => list[index] = value()?,
        Operation::Remove => drop(list.remove(index)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Origin;

    fn patched(op: Operation, path: &str, value: Option<serde_json::Value>) -> Result<serde_json::Value, PatchError> {
        let mut target = Node::from_json(&json!({"a": [1, 2], "b/c": {"d": 1}}), Origin::NONE);
        let value = value.map(|it| Node::from_json(&it, Origin::NONE));
        apply(&mut target, op, path, value.as_ref())?;
        Ok(target.to_json())
    }

    #[test]
    fn steps_do_what_the_standard_says() {
        let five = || Some(json!(5));
        assert_eq!(patched(Operation::Add, "/a/1", five()), Ok(json!({"a": [1, 5, 2], "b/c": {"d": 1}})));
        assert_eq!(patched(Operation::Add, "/a/-", five()), Ok(json!({"a": [1, 2, 5], "b/c": {"d": 1}})));
        assert_eq!(patched(Operation::Replace, "/b~1c/d", five()), Ok(json!({"a": [1, 2], "b/c": {"d": 5}})));
        assert_eq!(patched(Operation::Remove, "/a/0", None), Ok(json!({"a": [2], "b/c": {"d": 1}})));
        assert_eq!(patched(Operation::Remove, "/a/2", None), Err(PatchError::Missing("/a/2".into())));
        assert_eq!(patched(Operation::Replace, "/x", five()), Err(PatchError::Missing("/x".into())));
        assert_eq!(patched(Operation::Add, "/x/y", five()), Err(PatchError::Missing("/x".into())));
        assert_eq!(patched(Operation::Add, "/a/0/y", five()), Err(PatchError::NoContainer("/a/0".into())));
        assert_eq!(patched(Operation::Add, "/x", None), Err(PatchError::NoValue("/x".into())));
    }
}
