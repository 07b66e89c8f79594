//! `[environments.*]`: overlays of the same tree, one output each.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::{HostPort, Name, OneLine, Table};
use crate::source::At;

/// What is written for an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// A Compose project for one machine.
    Compose,
    /// Kubernetes manifests.
    Kubernetes,
}

/// An environment. Beside these keys it takes every table of the file: what stands there replaces or adds to what the
/// file says. A name that the file does not have is an error, so that a misspelt one cannot be overlooked.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Environment {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// What is written. Assumed: both.
    pub targets: Option<At<Vec<Target>>>,
    /// Environments with the same word share a cluster.
    pub cluster: Option<At<Name>>,
    /// The context of the kubeconfig that leads to the cluster.
    pub kube_context: Option<At<OneLine>>,
    /// The namespace. Assumed: `<project>-<environment>`.
    pub namespace: Option<At<Name>>,
    /// What is said of the machine that Compose runs on.
    pub compose: Option<At<ComposeHost>>,
}

/// A machine that runs a Compose project.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ComposeHost {
    /// By service, the ports of the machine that lead to it: one, or a list of them; those and no others. Assumed: each
    /// port of a Service on 127.0.0.1, unless another service has it.
    #[serde(default)]
    pub ports: Table<Name, HostPorts>,
}

/// One port of a machine, or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostPorts(pub Vec<HostPort>);

const EXPECTED: &str = "a port such as `18080:http`, or a list of them";

impl<'de> Deserialize<'de> for HostPorts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ports;
        impl<'de> serde::de::Visitor<'de> for Ports {
            type Value = HostPorts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: serde::de::Error>(self, it: &str) -> Result<HostPorts, E> {
                HostPort::parse(it).map(|it| HostPorts(vec![it])).map_err(E::custom)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<HostPorts, A::Error> {
                let mut ports = Vec::new();
                while let Some(port) = items.next_element()? {
                    ports.push(port);
                }
                Ok(HostPorts(ports))
            }
        }
        deserializer.deserialize_any(Ports)
    }
}

impl JsonSchema for HostPorts {
    fn schema_name() -> Cow<'static, str> {
        "HostPorts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let port = generator.subschema_for::<HostPort>();
        json_schema!({ "x-expected": EXPECTED, "anyOf": [port, {"type": "array", "items": port}] })
    }
}

/// The keys of an environment that are its own; every other one is of the overlay.
///
/// `cluster` is both: a word is the environment's, a table the overlay's.
pub const OVERLAY_KEYS: [&str; 6] = ["enabled", "targets", "cluster", "kube-context", "namespace", "compose"];
