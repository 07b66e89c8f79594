//! `[config.*]`: settings that a program reads.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::{SmolStr, ToSmolStr};

use super::short::short_text;
use super::{Name, UnixPath};
use crate::source::At;

/// A table of settings. Each value reaches the program as the environment variable `CONFIG_<TABLE>_<KEY>`, and all of
/// them as one JSON file, whose path is in `CONFIG_<TABLE>`. A change rolls the workloads that use it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// The settings, in the order in which they were written.
    pub values: IndexMap<Name, At<Scalar>>,
}

/// A value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Str(SmolStr),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Scalar>),
}

/// A table of settings that a workload reads.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConfigUse {
    /// The name of the table in `[config]`.
    pub name: Option<At<Name>>,
    /// The folder of `config.json`. Assumed: `/etc/config/<name>`.
    pub path: Option<At<UnixPath>>,
}

short_text!(ConfigUse.name = "name": Name, "the name of a table in [config], or a table with `name` and `path`");

impl Scalar {
    /// The text that an environment variable gets; a list becomes JSON.
    #[must_use]
    pub fn text(&self) -> SmolStr {
        match self {
            Self::Str(it) => it.clone(),
            Self::Int(it) => it.to_smolstr(),
            Self::Bool(it) => it.to_smolstr(),
            other => serde_json::to_string(other).expect("internal error: a setting is JSON").into(),
        }
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Str(it) => it.serialize(serializer),
            Self::Int(it) => it.serialize(serializer),
            Self::Float(it) => it.serialize(serializer),
            Self::Bool(it) => it.serialize(serializer),
            Self::List(it) => it.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> serde::de::Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number, a boolean or a list of them")
            }

            fn visit_str<E>(self, it: &str) -> Result<Scalar, E> {
                Ok(Scalar::Str(it.into()))
            }

            fn visit_i64<E>(self, it: i64) -> Result<Scalar, E> {
                Ok(Scalar::Int(it))
            }

            fn visit_f64<E>(self, it: f64) -> Result<Scalar, E> {
                Ok(Scalar::Float(it))
            }

            fn visit_bool<E>(self, it: bool) -> Result<Scalar, E> {
                Ok(Scalar::Bool(it))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Scalar::List(list))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for Scalar {
    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number", "boolean", "array"],
            "items": generator.subschema_for::<Self>(),
        })
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Settings;
        impl<'de> serde::de::Visitor<'de> for Settings {
            type Value = Config;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of settings")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Config, A::Error> {
                let mut config = Config::default();
                while let Some(key) = map.next_key::<Name>()? {
                    if key.as_str() == "enabled" {
                        config.enabled = Some(map.next_value()?);
                    } else {
                        config.values.insert(key, map.next_value()?);
                    }
                }
                Ok(config)
            }
        }
        deserializer.deserialize_map(Settings)
    }
}

impl JsonSchema for Config {
    fn schema_name() -> Cow<'static, str> {
        "Config".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A table of settings. Each value reaches the program as the environment variable \
                `CONFIG_<TABLE>_<KEY>`, and all of them as one JSON file, whose path is in `CONFIG_<TABLE>`. A change \
                rolls the workloads that use it.",
            "type": "object",
            "properties": {
                "enabled": {"type": "boolean", "description": "`false` switches it off."},
            },
            "propertyNames": generator.subschema_for::<Name>(),
            "additionalProperties": generator.subschema_for::<Scalar>(),
        })
    }
}
