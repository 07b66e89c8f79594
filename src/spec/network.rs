//! Ports, and who may reach whom.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::short::short_number;
use super::{Cidr, DnsName, Name, ObjectName, PortNumber, ShortForm, ShortValue};
use crate::source::At;

/// A transport protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    /// As Docker spells it.
    #[must_use]
    pub fn lower(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

/// A port that the program listens on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Port {
    /// Its name, at most 15 characters (RFC 6335). Assumed: `http` for the first, else `port-<number>`.
    pub name: Option<At<Name>>,
    /// Its number in the container; above 1023, because containers do not run as root.
    pub port: Option<At<PortNumber>>,
    /// Its number on the Service. Assumed: the same.
    pub service_port: Option<At<PortNumber>>,
    /// Assumed: TCP.
    pub protocol: Option<At<Protocol>>,
}

short_number!(Port.port = "port": PortNumber, "a port number, or a table with `name` and `port`");

/// The name or the number of a port.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PortRef {
    /// The name.
    pub name: Option<At<Name>>,
    /// The number in the container.
    pub number: Option<At<PortNumber>>,
}

impl PortRef {
    /// Whether it names the port with this name and number.
    #[must_use]
    pub fn is(&self, name: &str, number: u16) -> bool {
        self.name.as_ref().is_some_and(|it| it.as_str() == name)
            || self.number.is_some_and(|it| it.get() == i64::from(number))
    }
}

impl ShortForm for PortRef {
    const FIELD: &'static str = "name";
    const EXPECTED: &'static str = "the name or the number of a port";

    fn from_short(it: At<ShortValue<'_>>) -> Result<Self, Option<String>> {
        match it.value {
            ShortValue::Str(text) => {
                Ok(Self { name: Some(At::new(Name::parse(text).map_err(Some)?, it.origin)), number: None })
            }
            ShortValue::Int(number) => {
                let number = PortNumber::new(number).map_err(Some)?;
                Ok(Self { name: None, number: Some(At::new(number, it.origin)) })
            }
            _ => Err(None),
        }
    }

    fn short_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [generator.subschema_for::<PortNumber>(), generator.subschema_for::<Name>()],
        })
    }
}

/// The other side of a connection. Exactly one of the keys other than `ports` says who it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Peer {
    /// A service of this project.
    pub service: Option<At<Name>>,
    /// A stage of this project.
    pub stage: Option<At<Name>>,
    /// All pods of another namespace of the cluster.
    pub namespace: Option<At<ObjectName>>,
    /// A range of addresses.
    pub cidr: Option<At<Cidr>>,
    /// A host by its DNS name. A NetworkPolicy knows addresses only: name its range with `cidr` as well.
    pub host: Option<At<DnsName>>,
    /// The ports: of the listening side's container. Assumed: for `clients`, all that are open; for `egress`, those of
    /// the service; for a range of addresses they are needed.
    #[serde(default)]
    pub ports: Vec<At<super::Short<PortRef>>>,
}
