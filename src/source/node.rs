//! A value that knows where it came from.
//!
//! The same type holds what a user wrote and what a target emits, so an origin travels from a line of a file to a
//! field of an object without a table beside it. Maps keep the order in which they were written.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use smol_str::SmolStr;

use super::Origin;

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

/// Keys and values in the order in which they were written; every key once.
///
/// A vector, because nearly all maps are small and there are millions of them in a large project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map(Vec<(SmolStr, Node)>);

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

impl Map {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty map with room for as many keys.
    #[must_use]
    pub fn with_capacity(keys: usize) -> Self {
        Self(Vec::with_capacity(keys))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(it, _)| it == key).map(|(_, node)| node)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.0.iter_mut().find(|(it, _)| it == key).map(|(_, node)| node)
    }

    /// Sets a key: in its place where it exists, else at the end.
    pub fn set(&mut self, key: impl Into<SmolStr>, node: Node) {
        let key = key.into();
        match self.get_mut(&key) {
            Some(old) => *old = node,
            None => self.0.push((key, node)),
        }
    }

    /// Adds a key that is known to be new; setting thousands of them one by one would be quadratic.
    pub fn push(&mut self, key: SmolStr, node: Node) {
        self.0.push((key, node));
    }

    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let index = self.0.iter().position(|(it, _)| it == key)?;
        Some(self.0.remove(index).1)
    }

    /// Gives a key another name; what it holds and its place stay.
    pub fn rename(&mut self, old: &str, new: impl Into<SmolStr>) {
        if let Some((key, _)) = self.0.iter_mut().find(|(it, _)| it == old) {
            *key = new.into();
        }
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&SmolStr, &Node)> {
        self.0.iter().map(|(key, node)| (key, node))
    }

    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&SmolStr, &mut Node)> {
        self.0.iter_mut().map(|(key, node)| (&*key, node))
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Node) -> bool) {
        self.0.retain(|(key, node)| keep(key, node));
    }

    /// Orders the keys; equal keys do not exist.
    pub fn sort_by_key<K: Ord>(&mut self, mut rank: impl FnMut(&str) -> K) {
        self.0.sort_by_key(|(key, _)| rank(key));
    }
}

impl FromIterator<(SmolStr, Node)> for Map {
    fn from_iter<I: IntoIterator<Item = (SmolStr, Node)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl IntoIterator for Map {
    type Item = (SmolStr, Node);
    type IntoIter = std::vec::IntoIter<(SmolStr, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
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
        Self::Map(Map(exact(it.0)))
    }
}

/// Without room for more: hardly any value grows, and a large project has millions. Shrinking may leave half of it.
fn exact<T>(mut items: Vec<T>) -> Vec<T> {
    if items.len() == items.capacity() {
        return items;
    }
    let mut exact = Vec::with_capacity(items.len());
    exact.append(&mut items);
    exact
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(it) => serializer.serialize_bool(*it),
            Value::Int(it) => serializer.serialize_i64(*it),
            Value::Float(it) => serializer.serialize_f64(*it),
            Value::Str(it) => serializer.serialize_str(it),
            Value::List(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Map(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for (key, node) in map.iter() {
                    out.serialize_entry(key.as_str(), node)?;
                }
                out.end()
            }
        }
    }
}

impl<'de> serde::Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let at = super::At::<Value>::deserialize(deserializer)?;
        Ok(Self { value: at.value, origin: at.origin })
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> serde::de::Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Bool(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(Value::Int(it))
    }

    fn visit_u64<E: serde::de::Error>(self, it: u64) -> Result<Value, E> {
        i64::try_from(it).map(Value::Int).map_err(E::custom)
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(Value::Float(it))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(Value::Str(it.into()))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, node)) = entries.next_entry()? {
            map.push(key, node);
        }
        Ok(Value::Map(map))
    }
}

impl schemars::JsonSchema for Node {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AnyValue".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!(true)
    }
}
