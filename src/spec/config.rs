//! `[config.*]`: settings that a program reads.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::{SmolStr, ToSmolStr};

use super::short::short_text;
use super::{FilePath, FilePattern, Name, UnixPath};
use crate::source::At;

/// A table of settings, and of files in somebody else's format. Each value reaches the program as the environment variable
/// `CONFIG_<TABLE>_<KEY>`, and all of them as one JSON file, `config.json`. `CONFIG_<TABLE>` holds the path of that file; of
/// a table without values that of its one file, or of the folder of several. A change rolls the workloads that use it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// Files of the repository, as they are.
    pub files: Vec<At<FilePattern>>,
    /// A file that is made of a template and of what the spec says elsewhere.
    pub template: Option<At<FilePath>>,
    /// A file of `NAME=value` lines: environment variables of these names.
    pub env_file: Option<At<FilePath>>,
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
    /// The folder of its files. Assumed: `/etc/config/<name>`. A path that ends in the name of one of its files is the
    /// place of that file alone, beside whatever else is in that folder.
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
                    match key.as_str() {
                        "enabled" => config.enabled = Some(map.next_value()?),
                        "files" => config.files = map.next_value()?,
                        "template" => config.template = Some(map.next_value()?),
                        "env-file" => config.env_file = Some(map.next_value()?),
                        _ => drop(config.values.insert(key, map.next_value()?)),
                    }
                }
                Ok(config)
            }
        }
        deserializer.deserialize_map(Settings)
    }
}

const FILES: &str = "Files of the repository, as they are. Programs see all of them in one folder.";
const TEMPLATE: &str = "A template in the syntax of Jinja, which becomes a file of its name without `.j2`. It can print \
    `project.name`, `project.version`, `environment`, `namespace`, the values of `[config]` (`config.app.batch_size`), \
    where a reader of this table finds datasets and secrets (`data.<name>.path`, `secrets.<name>.path`), and services \
    (`services.<name>.host`, `.port`, `.ports.<port>`, and `.service_ports.<port>` where callers use another one). `-` in \
    a name is written `_`. A name that is not there is an error.";
const ENV_FILE: &str = "A file of `NAME=value` lines: environment variables of these names.";

/// A reference takes no siblings in draft-07.
fn described(schema: &Schema, description: &str) -> Schema {
    json_schema!({"description": description, "allOf": [schema]})
}

impl JsonSchema for Config {
    fn schema_name() -> Cow<'static, str> {
        "Config".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A table of settings, and of files in somebody else's format. Each value reaches the program \
                as the environment variable `CONFIG_<TABLE>_<KEY>`, and all of them as one JSON file, `config.json`. \
                `CONFIG_<TABLE>` holds the path of that file; of a table without values that of its one file, or of the \
                folder of several. A change rolls the workloads that use it.",
            "type": "object",
            "properties": {
                "enabled": {"type": "boolean", "description": "`false` switches it off."},
                "files": {"description": FILES, "type": "array", "items": generator.subschema_for::<FilePattern>()},
                "template": described(&generator.subschema_for::<FilePath>(), TEMPLATE),
                "env-file": described(&generator.subschema_for::<FilePath>(), ENV_FILE),
            },
            "propertyNames": generator.subschema_for::<Name>(),
            "additionalProperties": generator.subschema_for::<Scalar>(),
        })
    }
}
