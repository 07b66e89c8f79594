//! The plan as data: every name, label, port, image, volume and edge decided, and no choice left to a target.
//!
//! Values carry their origins. Serialized without them, the plan is a golden file that tells a change of decision from
//! a change of spelling.

mod image;
mod network;
mod pod;
mod settings;
mod storage;
mod workload;

use serde::Serialize;
use smol_str::SmolStr;

use crate::source::{At, Node, Origin};
use crate::spec::{KubernetesVersion, Operation, Protocol};

pub use image::*;
pub use network::*;
pub use pod::*;
pub use settings::*;
pub use storage::*;
pub use workload::*;

/// Things by name, in the order of their names where they stand in a table of the spec.
pub type Index<T> = indexmap::IndexMap<SmolStr, T>;

/// What one environment becomes.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    pub identity: Identity,
    pub images: Index<Image>,
    pub volumes: Index<Volume>,
    /// What is done to volumes on a single machine before programs mount them, where that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preparation: Option<Preparation>,
    pub configs: Index<ConfigTable>,
    pub secrets: Index<SecretRef>,
    pub workloads: Index<Workload>,
    pub roles: Vec<HumanRole>,
    pub priorities: Vec<PriorityClass>,
    /// The managed namespaces, the home first.
    pub namespaces: Vec<NamespacePlan>,
    /// What builds are told of a proxy; it stays out of the images.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub build_proxy: Vec<(SmolStr, At<SmolStr>)>,
    /// By service, the ports of the machine of Compose that the environment gives it.
    #[serde(skip_serializing_if = "Index::is_empty")]
    pub host_ports: Index<Vec<HostPortPlan>>,
    /// Manifests of the user's own.
    #[serde(skip)]
    pub manifests: Vec<Manifest>,
    #[serde(skip)]
    pub patches: Vec<ObjectPatch>,
}

/// Whose plan it is.
#[derive(Clone, Debug, Serialize)]
pub struct Identity {
    pub project: At<SmolStr>,
    pub environment: SmolStr,
    /// `<project>-<environment>`: one installation of the project.
    pub instance: At<SmolStr>,
    pub namespace: At<SmolStr>,
    pub version: Option<At<SmolStr>>,
    pub owner: Option<At<SmolStr>>,
    /// Labels of the user's on every object.
    pub labels: Vec<(SmolStr, At<SmolStr>)>,
    pub kubernetes: At<KubernetesVersion>,
    pub has_kubernetes: bool,
    pub has_compose: bool,
}

/// A namespace of the project's.
#[derive(Clone, Debug, Serialize)]
pub struct NamespacePlan {
    /// The table of `[namespaces]`; `default` is the home.
    pub key: SmolStr,
    /// Its name in the cluster.
    pub name: At<SmolStr>,
    /// The Pod Security level that it enforces.
    pub pod_security: At<&'static str>,
    /// Why that is a lower one than `restricted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<At<SmolStr>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<(SmolStr, At<SmolStr>)>,
    pub quota: Option<Quota>,
}

/// A role for people.
#[derive(Clone, Debug, Serialize)]
pub struct HumanRole {
    pub name: At<SmolStr>,
    pub group: At<SmolStr>,
    pub purpose: Option<At<SmolStr>>,
    /// Claims that may be seen.
    pub claims: Vec<At<SmolStr>>,
    pub break_glass: bool,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
pub struct PriorityClass {
    pub name: At<SmolStr>,
    pub value: At<i64>,
    pub preempt: At<bool>,
    pub description: Option<At<SmolStr>>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Quota {
    pub gpu: Option<At<u32>>,
    pub cpu: Option<At<SmolStr>>,
    pub memory: Option<At<SmolStr>>,
    pub storage: Option<At<SmolStr>>,
    #[serde(skip)]
    pub origin: Origin,
}

/// A patch of the user's on an emitted object.
#[derive(Clone, Debug)]
pub struct ObjectPatch {
    pub kind: At<SmolStr>,
    pub name: At<SmolStr>,
    pub steps: Vec<PatchAction>,
    pub origin: Origin,
}

/// A port of the machine that Compose runs on.
#[derive(Clone, Debug, Serialize)]
pub struct HostPortPlan {
    pub address: core::net::IpAddr,
    pub number: At<u16>,
    /// The port of the container behind it, and how it is spoken.
    pub target: (u16, Protocol),
}

/// A file of manifests that joins the tree.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub file: At<SmolStr>,
    pub text: std::sync::Arc<str>,
}

#[derive(Clone, Debug)]
pub struct PatchAction {
    pub op: Operation,
    pub path: At<SmolStr>,
    pub value: Option<Node>,
}
