//! From a tree of nodes to typed values, with the origins that [`At`](super::At) asks for.

use serde::de::value::{MapDeserializer, SeqDeserializer, U32Deserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_ignored::Path;

use super::at::TOKEN;
use super::{Node, Origin, Value};

/// Decodes `node`.
///
/// # Errors
/// The first mismatch; ask the schema for all of them.
pub fn decode<T: DeserializeOwned>(node: &Node) -> Result<T, DecodeError> {
    T::deserialize(Decoder(node))
}

/// Decodes `node`, and adds to `unknown` where something is that the type has no field for: `/spec/templte`.
///
/// # Errors
/// The first mismatch.
pub fn decode_known<T: DeserializeOwned>(node: &Node, unknown: &mut Vec<String>) -> Result<T, DecodeError> {
    serde_ignored::deserialize(Decoder(node), &mut noting(unknown))
}

/// One function for all types: each of its own would bring decoders of its own for everything in it.
fn noting(unknown: &mut Vec<String>) -> impl FnMut(Path<'_>) {
    |path| unknown.push(pointer(&path))
}

fn pointer(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}/{index}", pointer(parent)),
        Path::Map { parent, key } => format!("{}/{key}", pointer(parent)),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => pointer(parent),
    }
}

/// Why a tree does not decode, and at which node.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    /// What was expected instead.
    pub message: String,
    /// The innermost node that is known.
    pub origin: Origin,
}

impl de::Error for DecodeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), origin: Origin::NONE }
    }
}

#[derive(Clone, Copy)]
struct Decoder<'t>(&'t Node);

impl Decoder<'_> {
    /// Errors get the place of the innermost node on their way out.
    fn place<T>(self, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
        result.map_err(|error| DecodeError { origin: error.origin.or(self.0.origin), ..error })
    }
}

impl<'de> IntoDeserializer<'de, DecodeError> for Decoder<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Decoder<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.place(match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(it) => visitor.visit_bool(*it),
            Value::Int(it) => visitor.visit_i64(*it),
            Value::Float(it) => visitor.visit_f64(*it),
            Value::Str(it) => visitor.visit_borrowed_str(it),
            Value::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(Decoder))),
            Value::Map(map) => {
                visitor.visit_map(MapDeserializer::new(map.iter().map(|(key, node)| (key.as_str(), Decoder(node)))))
            }
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        if name == TOKEN {
            return self.place(visitor.visit_seq(OriginThenValue { node: self.0, next: 0 }));
        }
        self.place(visitor.visit_newtype_struct(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.place(match &self.0.value {
            Value::Str(it) => visitor.visit_enum(Unit(it)),
            other => Err(de::Error::custom(format!("expected a string, found {}", other.type_name()))),
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The two parts of an [`At`](super::At), in the order in which it reads them.
struct OriginThenValue<'t> {
    node: &'t Node,
    next: u8,
}

impl<'de> SeqAccess<'de> for OriginThenValue<'de> {
    type Error = DecodeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, DecodeError> {
        self.next += 1;
        match self.next {
            1 => {
                let number = self.node.origin.node.map_or(0, super::NodeId::number);
                seed.deserialize(U32Deserializer::new(number)).map(Some)
            }
            2 => seed.deserialize(Decoder(self.node)).map(Some),
            _ => Ok(None),
        }
    }
}

/// An enum whose variants hold nothing: the only kind the language has.
struct Unit<'t>(&'t str);

impl<'de> EnumAccess<'de> for Unit<'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), DecodeError> {
        let variant = seed.deserialize(IntoDeserializer::<DecodeError>::into_deserializer(self.0))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Unit<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _seed: S) -> Result<S::Value, DecodeError> {
        Err(de::Error::custom("a variant holds nothing"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, DecodeError> {
        Err(de::Error::custom("a variant holds nothing"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, DecodeError> {
        Err(de::Error::custom("a variant holds nothing"))
    }
}
