//! A decoded value together with its origin.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::{NodeId, Origin};

/// The name by which [`At`] asks the decoder of [`Node`](super::Node) for an origin.
pub(super) const TOKEN: &str = "$mlopsc::At";

/// A value of type `T` that remembers which node it was decoded from, or which rule made it.
///
/// Decoding through another format than [`Node`](super::Node) gives the value without an origin. The value alone
/// decides equality.
#[derive(Clone, Copy, Debug, Default)]
pub struct At<T> {
    /// What was decoded.
    pub value: T,
    /// Where it stands.
    pub origin: Origin,
}

impl<T> At<T> {
    /// A value from `origin`.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Another value that follows from the same place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), origin: self.origin }
    }

    /// The same value, but now `rule` has made something of it.
    #[must_use]
    pub fn by(mut self, rule: super::RuleId) -> Self {
        self.origin = self.origin.by(rule);
        self
    }

    /// A reference that keeps the origin.
    pub const fn as_ref(&self) -> At<&T> {
        At { value: &self.value, origin: self.origin }
    }
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Display> fmt::Display for At<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: Serialize> Serialize for At<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(TOKEN, AtVisitor(PhantomData))
    }
}

struct AtVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtVisitor<T> {
    type Value = At<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<At<T>, A::Error> {
        let missing = || de::Error::custom("internal error: an origin and a value");
        let number: u32 = parts.next_element()?.ok_or_else(missing)?;
        let value = parts.next_element()?.ok_or_else(missing)?;
        Ok(At::new(value, Origin { node: NodeId::from_number(number), rule: None }))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<At<T>, D::Error> {
        Ok(At::new(T::deserialize(deserializer)?, Origin::NONE))
    }
}
