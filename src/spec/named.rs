//! A table whose keys have a grammar. It keeps the order in which they were written, for whoever tells the user of them.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::Name;
use crate::source::At;

/// Things by their key.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<K: Eq + Hash, T>(IndexMap<K, At<T>>);

/// Things by their name.
pub type Named<T> = Table<Name, T>;

impl<K: Eq + Hash, T> Default for Table<K, T> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<K: Eq + Hash + Borrow<str>, T> Table<K, T> {
    /// In the order of the keys, which is no decision of anybody's: TOML gives the order of tables no meaning, so what
    /// is made of them must not follow it.
    pub fn by_key(&self) -> impl ExactSizeIterator<Item = (&K, &At<T>)> {
        let mut entries: Vec<(&K, &At<T>)> = self.0.iter().collect();
        entries.sort_by(|(a, _), (b, _)| Borrow::<str>::borrow(*a).cmp(Borrow::<str>::borrow(*b)));
        entries.into_iter()
    }

    /// Puts a thing in the place of the one of that key, or at the end.
    pub fn insert(&mut self, key: K, thing: At<T>) {
        self.0.insert(key, thing);
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&At<T>> {
        self.0.get(name)
    }

    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &At<T>)> {
        self.0.iter()
    }

    pub fn names(&self) -> impl ExactSizeIterator<Item = &K> {
        self.0.keys()
    }

    pub fn values(&self) -> impl ExactSizeIterator<Item = &At<T>> {
        self.0.values()
    }
}

impl<'n, K: Eq + Hash, T> IntoIterator for &'n Table<K, T> {
    type Item = (&'n K, &'n At<T>);
    type IntoIter = indexmap::map::Iter<'n, K, At<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, K: Eq + Hash + Deserialize<'de>, T: Deserialize<'de>> Deserialize<'de> for Table<K, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, T>(PhantomData<(K, T)>);
        impl<'de, K: Eq + Hash + Deserialize<'de>, T: Deserialize<'de>> Visitor<'de> for Entries<K, T> {
            type Value = Table<K, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table<K, T>, A::Error> {
                // Workloads are large, and growing would leave room for as many again.
                let mut entries = IndexMap::with_capacity(map.size_hint().unwrap_or_default());
                while let Some((key, value)) = map.next_entry()? {
                    entries.insert(key, value);
                }
                Ok(Table(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl<K: Eq + Hash + JsonSchema, T: JsonSchema> JsonSchema for Table<K, T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Table{}{}", K::schema_name(), T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": generator.subschema_for::<K>(),
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}
