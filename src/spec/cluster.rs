//! `[cluster]`: the cluster as far as workloads depend on it.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{Count, Cpu, LabelPair, MigProfile, Named, OneLine, PriorityValue, Quantity, Taint};
use crate::source::At;

/// A minor version of Kubernetes that can be compiled for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
pub enum KubernetesVersion {
    #[serde(rename = "1.34")]
    V1_34,
    #[serde(rename = "1.35")]
    V1_35,
    #[default]
    #[serde(rename = "1.36")]
    V1_36,
    #[serde(rename = "1.37")]
    V1_37,
}

impl KubernetesVersion {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_34 => "1.34",
            Self::V1_35 => "1.35",
            Self::V1_36 => "1.36",
            Self::V1_37 => "1.37",
        }
    }
}

/// The cluster that the project runs on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cluster {
    /// Its version. Assumed: 1.36.
    pub kubernetes: Option<At<KubernetesVersion>>,
    /// Its nodes, in groups of equal ones. Where pools are given, every pod must fit on a node of one.
    #[serde(default)]
    pub pools: Named<Pool>,
    /// The gateway that routes attach to.
    pub gateway: Option<At<super::GatewayRef>>,
    /// PriorityClasses that this project brings along.
    #[serde(default)]
    pub priorities: Named<Priority>,
}

/// A group of equal nodes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pool {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// How many there are, or their addresses.
    pub nodes: Option<At<PoolNodes>>,
    /// Cpu cores that pods can use on each.
    pub cpu: Option<At<Cpu>>,
    /// Memory that pods can use on each.
    pub memory: Option<At<Quantity>>,
    /// The GPUs of each.
    pub gpu: Option<At<PoolGpu>>,
    /// The label that its nodes have and no others, as `key=value`.
    pub label: Option<At<LabelPair>>,
    /// The taint that its nodes have, as `key=value:Effect`.
    pub taint: Option<At<Taint>>,
}

/// A number of nodes, or their addresses.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolNodes {
    Count(u32),
    Addresses(Vec<At<super::DnsName>>),
}

impl PoolNodes {
    #[must_use]
    pub fn count(&self) -> u32 {
        match self {
            Self::Count(count) => *count,
            Self::Addresses(list) => u32::try_from(list.len()).unwrap_or(u32::MAX),
        }
    }
}

/// The GPUs of a node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PoolGpu {
    /// The product, such as `A100-80GB`, `H100`, `V100-32GB`, `T4`. It decides which CUDA and which frameworks run.
    pub model: Option<At<super::Tag>>,
    /// How many each node has. Assumed: 1.
    pub per_node: Option<At<Count>>,
    /// Nodes whose GPUs are cut into slices.
    pub mig: Option<At<MigPartition>>,
}

/// GPUs that are cut into equal slices (NVIDIA Multi-Instance GPU).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MigPartition {
    /// How many nodes of the pool are cut. Assumed: all.
    pub nodes: Option<At<Count>>,
    /// The profile, such as `1g.10gb`.
    pub profile: Option<At<MigProfile>>,
}

/// A PriorityClass.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Priority {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// Pods with the greater value go first. Required.
    pub value: Option<At<PriorityValue>>,
    /// Whether such a pod may push others out. Assumed: `false`.
    pub preempt: Option<At<bool>>,
    /// What it is for.
    pub description: Option<At<OneLine>>,
}

impl<'de> Deserialize<'de> for PoolNodes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = PoolNodes;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(NODES_EXPECTED)
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<PoolNodes, E> {
                u32::try_from(number).map(PoolNodes::Count).map_err(|_| E::custom("expected 0 or more"))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<PoolNodes, E> {
                super::ranged::whole(number)
                    .ok_or_else(|| E::custom("expected a whole number"))
                    .and_then(|it| self.visit_i64(it))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<PoolNodes, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(PoolNodes::Addresses(list))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

const NODES_EXPECTED: &str = "a number of nodes, or a list of their addresses";

impl JsonSchema for PoolNodes {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PoolNodes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "x-expected": NODES_EXPECTED,
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": u32::MAX},
                {"type": "array", "items": generator.subschema_for::<super::DnsName>()},
            ],
        })
    }
}
