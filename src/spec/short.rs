//! A short form beside a table: `gpu = 1` for `gpu = { count = 1 }`.
//!
//! A short form always stands for the same field of its table. One type decodes both and gives both to the schema, so
//! no place can treat them differently.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::source::At;

/// The scalar of a short form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ShortValue<'v> {
    Str(&'v str),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// A table that has a short form.
pub trait ShortForm: Sized {
    /// The field that the scalar stands for.
    const FIELD: &'static str;

    /// What may stand here, as an error says it: "a number of GPUs or a table".
    const EXPECTED: &'static str;

    /// The table that a scalar stands for.
    ///
    /// # Errors
    /// Why the scalar stands for none; `None` where its type is wrong.
    fn from_short(value: At<ShortValue<'_>>) -> Result<Self, Option<String>>;

    /// The schema of the scalar.
    fn short_schema(generator: &mut SchemaGenerator) -> Schema;
}

/// A `T`, written as a scalar or as a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Short<T>(pub T);

impl<T> Deref for Short<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<'de, T: ShortForm + Deserialize<'de>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form: At<Form<T>> = At::deserialize(deserializer)?;
        match form.value {
            Form::Table(table) => Ok(Self(table)),
            Form::Scalar(scalar) => {
                let short = At::new(scalar.borrowed(), form.origin);
                let wrong_type = || format!("expected {}", T::EXPECTED);
                T::from_short(short).map(Self).map_err(|why| de::Error::custom(why.unwrap_or_else(wrong_type)))
            }
        }
    }
}

impl<T: ShortForm + JsonSchema> JsonSchema for Short<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Short{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-expected": T::EXPECTED,
            "x-short": T::FIELD,
            "anyOf": [T::short_schema(generator), generator.subschema_for::<T>()],
        })
    }
}

enum Form<T> {
    Scalar(Scalar),
    Table(T),
}

enum Scalar {
    Str(smol_str::SmolStr),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl Scalar {
    fn borrowed(&self) -> ShortValue<'_> {
        match self {
            Self::Str(it) => ShortValue::Str(it),
            Self::Int(it) => ShortValue::Int(*it),
            Self::Float(it) => ShortValue::Float(*it),
            Self::Bool(it) => ShortValue::Bool(*it),
        }
    }
}

impl<'de, T: ShortForm + Deserialize<'de>> Deserialize<'de> for Form<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms<T>(PhantomData<T>);
        impl<'de, T: ShortForm + Deserialize<'de>> Visitor<'de> for Forms<T> {
            type Value = Form<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }

            fn visit_str<E>(self, it: &str) -> Result<Form<T>, E> {
                Ok(Form::Scalar(Scalar::Str(it.into())))
            }

            fn visit_i64<E>(self, it: i64) -> Result<Form<T>, E> {
                Ok(Form::Scalar(Scalar::Int(it)))
            }

            fn visit_f64<E>(self, it: f64) -> Result<Form<T>, E> {
                Ok(Form::Scalar(super::ranged::whole(it).map_or(Scalar::Float(it), Scalar::Int)))
            }

            fn visit_bool<E>(self, it: bool) -> Result<Form<T>, E> {
                Ok(Form::Scalar(Scalar::Bool(it)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Form<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Form::Table)
            }
        }
        deserializer.deserialize_any(Forms(PhantomData))
    }
}

/// Implements [`ShortForm`] for a table whose short form is the text of one field.
macro_rules! short_text {
    ($table:ident . $field:ident = $key:literal : $text:ty, $expected:literal) => {
        impl $crate::spec::ShortForm for $table {
            const FIELD: &'static str = $key;
            const EXPECTED: &'static str = $expected;

            fn from_short(it: $crate::source::At<$crate::spec::ShortValue<'_>>) -> Result<Self, Option<String>> {
                match it.value {
                    $crate::spec::ShortValue::Str(text) => {
                        let value = <$text>::parse(text).map_err(Some)?;
                        let mut table = Self::default();
                        table.$field = Some($crate::source::At::new(value, it.origin));
                        Ok(table)
                    }
                    _ => Err(None),
                }
            }

            fn short_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<$text>()
            }
        }
    };
}
pub(super) use short_text;

/// Implements [`ShortForm`] for a table whose short form is the whole number of one field.
macro_rules! short_number {
    ($table:ident . $field:ident = $key:literal : $number:ty, $expected:literal) => {
        impl $crate::spec::ShortForm for $table {
            const FIELD: &'static str = $key;
            const EXPECTED: &'static str = $expected;

            fn from_short(it: $crate::source::At<$crate::spec::ShortValue<'_>>) -> Result<Self, Option<String>> {
                match it.value {
                    $crate::spec::ShortValue::Int(number) => {
                        let value = <$number>::new(number).map_err(Some)?;
                        let mut table = Self::default();
                        table.$field = Some($crate::source::At::new(value, it.origin));
                        Ok(table)
                    }
                    _ => Err(None),
                }
            }

            fn short_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<$number>()
            }
        }
    };
}
pub(super) use short_number;
