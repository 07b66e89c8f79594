//! A value that knows where it came from.
//!
//! The same type holds what a user wrote and what a target emits, so an origin travels from a line of a file to a
//! field of an object without a table beside it.

use smol_str::SmolStr;

use super::Origin;
use super::map::{Map, exact};

/// A value and its origin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// The values that TOML, JSON and YAML share. A TOML date is a string here.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(SmolStr),
    List(Vec<Node>),
    Map(Map),
}

impl Node {
    /// A value with an origin.
    pub fn new(value: impl Into<Value>, origin: Origin) -> Self {
        Self { value: value.into(), origin }
    }

    /// The same value, or an equal one, seen as coming from elsewhere.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The map inside, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The map inside, if it is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list inside, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The string inside, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, where this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Follows keys and list indices; `None` where the way ends.
    #[must_use]
    pub fn at<'k>(&self, path: impl IntoIterator<Item = &'k str>) -> Option<&Self> {
        path.into_iter().try_fold(self, Self::step)
    }

    /// Follows a JSON pointer (RFC 6901).
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        pointer_steps(pointer)?.iter().try_fold(self, |node, step| node.step(step))
    }

    /// As [`pointer`](Self::pointer), to change what is there.
    pub fn pointer_mut(&mut self, pointer: &str) -> Option<&mut Self> {
        let steps = pointer_steps(pointer)?;
        steps.iter().try_fold(self, |node, step| match &mut node.value {
            Value::Map(map) => map.get_mut(step),
            Value::List(list) => list.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    fn step(&self, step: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(map) => map.get(step),
            Value::List(list) => list.get(step.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// Plain JSON, without origins.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("internal error: a node is always JSON")
    }

    /// A node from plain JSON, every part of it with the same origin.
    #[must_use]
    pub fn from_json(json: &serde_json::Value, origin: Origin) -> Self {
        use serde_json::Value as Json;
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(it) => Value::Bool(*it),
            Json::Number(it) => it.as_i64().map_or_else(|| Value::Float(it.as_f64().unwrap_or_default()), Value::Int),
            Json::String(it) => Value::Str(it.into()),
            Json::Array(items) => Value::List(items.iter().map(|it| Self::from_json(it, origin)).collect()),
            Json::Object(map) => {
                Value::Map(map.iter().map(|(key, it)| (key.into(), Self::from_json(it, origin))).collect())
            }
        };
        Self { value, origin }
    }
}

/// The unescaped steps of a JSON pointer; `None` if it is not one.
fn pointer_steps(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let steps = pointer.strip_prefix('/')?.split('/');
    Some(steps.map(|it| it.replace("~1", "/").replace("~0", "~")).collect())
}

impl Value {
    /// The name of the type, as a message says it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Str(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a table",
        }
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Self::Bool(it)
    }
}

impl From<i64> for Value {
    fn from(it: i64) -> Self {
        Self::Int(it)
    }
}

impl From<u32> for Value {
    fn from(it: u32) -> Self {
        Self::Int(it.into())
    }
}

impl From<u16> for Value {
    fn from(it: u16) -> Self {
        Self::Int(it.into())
    }
}

impl From<i32> for Value {
    fn from(it: i32) -> Self {
        Self::Int(it.into())
    }
}

impl From<&str> for Value {
    fn from(it: &str) -> Self {
        Self::Str(it.into())
    }
}

impl From<String> for Value {
    fn from(it: String) -> Self {
        Self::Str(it.into())
    }
}

impl From<SmolStr> for Value {
    fn from(it: SmolStr) -> Self {
        Self::Str(it)
    }
}

impl From<&SmolStr> for Value {
    fn from(it: &SmolStr) -> Self {
        Self::Str(it.clone())
    }
}

impl From<Vec<Node>> for Value {
    fn from(it: Vec<Node>) -> Self {
        Self::List(exact(it))
    }
}

impl From<Map> for Value {
    fn from(it: Map) -> Self {
        Self::Map(it.exact())
    }
}
