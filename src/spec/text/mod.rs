//! Names, quantities and other strings with a grammar: one type each, with its own reason when it does not fit.
//!
//! Each grammar is one function. The decoder and the schema's `format` both call it, so an editor and the compiler
//! cannot disagree; the schema adds a pattern where one can say the same.

mod image;
mod names;
mod near;
mod network;
mod paths;
mod quantity;
mod time;
mod words;

pub use image::{ImageReference, PackageName, PythonVersion, RegistryPath, Tag, is_digest, is_platform};
pub use names::{DnsName, EnvName, LabelKey, LabelValue, Name, ObjectName, SecretKey, Taint};
pub use near::near_miss;
pub use network::{Address, BucketUrl, Cidr, HostPort, NoProxy, Url};
pub use paths::{FilePath, FilePattern, SubPath, UnixPath};
pub use quantity::{Cpu, Quantity};
pub use time::{Cron, Duration, TimeZone};
pub use words::{
    ApiGroup, ApiWord, Date, GroupName, HeaderName, HttpPath, KeyPath, KindName, LabelPair, MetricName, MigProfile,
    OneLine, PodField, Pointer, RemoteKey, ResourceField, Text,
};

/// A grammar: the reason why a text does not follow it.
pub(crate) type Grammar = fn(&str) -> Result<(), String>;

/// Every `format` of the schema: what it is in a sentence, and its grammar.
pub const FORMATS: &[(&str, &str, Grammar)] = &[
    (Name::FORMAT, "name", Name::check),
    (ObjectName::FORMAT, "name of an object", ObjectName::check),
    (DnsName::FORMAT, "DNS name", DnsName::check),
    (LabelKey::FORMAT, "key of a label", LabelKey::check),
    (LabelValue::FORMAT, "value of a label", LabelValue::check),
    (EnvName::FORMAT, "name of an environment variable", EnvName::check),
    (SecretKey::FORMAT, "key of a secret", SecretKey::check),
    (Taint::FORMAT, "taint", Taint::check),
    (ImageReference::FORMAT, "image reference", ImageReference::check),
    (RegistryPath::FORMAT, "registry", RegistryPath::check),
    (Tag::FORMAT, "tag", Tag::check),
    (PythonVersion::FORMAT, "version of Python", PythonVersion::check),
    (PackageName::FORMAT, "package", PackageName::check),
    (Address::FORMAT, "IP address", Address::check),
    (ApiGroup::FORMAT, "group of the Kubernetes API", ApiGroup::check),
    (ApiWord::FORMAT, "resource or verb of the Kubernetes API", ApiWord::check),
    (Cidr::FORMAT, "range of addresses", Cidr::check),
    (NoProxy::FORMAT, "host without a proxy", NoProxy::check),
    (HostPort::FORMAT, "port of a machine", HostPort::check),
    (Url::FORMAT, "web address", Url::check),
    (BucketUrl::FORMAT, "address of a bucket", BucketUrl::check),
    (FilePath::FORMAT, "file of the project", FilePath::check),
    (FilePattern::FORMAT, "file of the project", FilePattern::check),
    (SubPath::FORMAT, "folder of a dataset", SubPath::check),
    (UnixPath::FORMAT, "path in a container", UnixPath::check),
    (Cpu::FORMAT, "amount of cpu", Cpu::check),
    (Quantity::FORMAT, "amount of memory or storage", Quantity::check),
    (Cron::FORMAT, "schedule", Cron::check),
    (TimeZone::FORMAT, "time zone", TimeZone::check),
    (Duration::FORMAT, "length of time", Duration::check),
    (OneLine::FORMAT, "single line of text", OneLine::check),
    (Text::FORMAT, "plain text", Text::check),
    (PodField::FORMAT, "field of a pod", PodField::check),
    (ResourceField::FORMAT, "amount that a container asks for", ResourceField::check),
    (MigProfile::FORMAT, "MIG profile", MigProfile::check),
    (HeaderName::FORMAT, "name of a header", HeaderName::check),
    (GroupName::FORMAT, "group of people", GroupName::check),
    (MetricName::FORMAT, "name of a metric", MetricName::check),
    (RemoteKey::FORMAT, "path in a secret store", RemoteKey::check),
    (HttpPath::FORMAT, "path of a request", HttpPath::check),
    (LabelPair::FORMAT, "label", LabelPair::check),
    (Date::FORMAT, "day", Date::check),
    (KeyPath::FORMAT, "key of the language", KeyPath::check),
    (KindName::FORMAT, "kind of object", KindName::check),
    (Pointer::FORMAT, "JSON pointer", Pointer::check),
    (super::Budget::FORMAT, "share of pods", super::Budget::check),
];

/// The candidate that is most like `name`, if one is like it at all.
#[must_use]
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let score = |it: &str| strsim::jaro_winkler(name, it);
    let scored = candidates.into_iter().map(|it| (score(it), it)).filter(|(score, _)| *score >= 0.8);
    // Among equals the first by name, so that the answer never depends on an order.
    scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1))).map(|(_, it)| it)
}

/// Defines a string type with a grammar. It decodes from a string, and from an integer where `or_integer` is given.
macro_rules! text_type {
    (
        $(#[$doc:meta])*
        $name:ident: $format:literal $(, pattern $pattern:literal)? $(, examples [$($example:literal),+])?
        $(, or $or_integer:ident)?;
        $grammar:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(smol_str::SmolStr);

        impl $name {
            /// The name of the grammar in the schema.
            pub const FORMAT: &'static str = $format;

            /// Whether a text follows the grammar.
            ///
            /// # Errors
            /// Why it does not.
            pub fn check(text: &str) -> Result<(), String> {
                let grammar: $crate::spec::text::Grammar = $grammar;
                grammar(text)
            }

            /// Reads a text.
            ///
            /// # Errors
            /// Why it does not follow the grammar.
            pub fn parse(text: &str) -> Result<Self, String> {
                Self::check(text).map(|()| Self(text.into()))
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::ops::Deref for $name {
            type Target = smol_str::SmolStr;

            fn deref(&self) -> &smol_str::SmolStr {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct TextVisitor;
                impl serde::de::Visitor<'_> for TextVisitor {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::parse(text).map_err(E::custom)
                    }

                    $(fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$name, E> {
                        let _ = stringify!($or_integer);
                        $name::parse(&number.to_string()).map_err(E::custom)
                    }

                    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<$name, E> {
                        let whole = $crate::spec::ranged::whole(number);
                        whole.ok_or_else(|| E::custom("expected a whole number")).and_then(|it| self.visit_i64(it))
                    })?
                }
                deserializer.deserialize_any(TextVisitor)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                #[allow(unused_mut)]
                let mut schema = schemars::json_schema!({"type": "string", "format": $format});
                $(schema.insert("pattern".into(), $pattern.into());)?
                $(schema.insert("examples".into(), vec![$($example),+].into());)?
                $(
                    let _ = stringify!($or_integer);
                    schema.insert("type".into(), vec!["string", "integer"].into());
                    schema.insert("minimum".into(), 1.into());
                )?
                schema
            }
        }
    };
}
pub(crate) use text_type;
