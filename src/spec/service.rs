//! How a workload is found, reached from outside, stopped, and what it may ask the cluster for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::short::short_text;
use super::{
    ApiGroup, ApiWord, DnsName, Duration, HttpPath, LabelKey, Name, ObjectName, OneLine, PortRef, Short, Table, Text,
};
use crate::source::At;

/// How a pod is stopped.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stop {
    /// How long it may take, `before` included, until it is killed. Assumed: 30s.
    pub grace: Option<At<Duration>>,
    /// A command that runs in the container before SIGTERM is sent.
    #[serde(default)]
    pub before: Vec<At<Text>>,
}

/// Which client talks to which pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Affinity {
    /// Any pod answers any client.
    None,
    /// A client stays with the pod that answered it first, as long as that one is there.
    Client,
}

/// The Service of a workload.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceSettings {
    /// The name by which others call it. Assumed: the name of this table.
    pub name: Option<At<Name>>,
    /// Whether a client stays with one pod. Assumed: `none`.
    pub affinity: Option<At<Affinity>>,
    /// `true` gives it no address of its own: its name stands for the addresses of its pods.
    pub headless: Option<At<bool>>,
}

/// What a workload may ask the API server for, in its own namespace. A workload with permissions gets a token, and no
/// other one does. The way to the API server must be open as well: name its address in `egress`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Permission {
    /// The API group, such as `batch`. Assumed: the core group.
    pub api: Option<At<ApiGroup>>,
    /// The resources, such as `jobs` or `pods/log`. Required; `*` is none.
    #[serde(default)]
    pub resources: Vec<At<ApiWord>>,
    /// What may be done with them: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`. Required.
    #[serde(default)]
    pub verbs: Vec<At<ApiWord>>,
    /// The names of the objects. Assumed: all.
    #[serde(default)]
    pub names: Vec<At<ObjectName>>,
}

/// Who a workload is to a cloud.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Identity {
    /// Annotations of its ServiceAccount, from which the cloud's webhook learns the role.
    #[serde(default)]
    pub annotations: Table<LabelKey, OneLine>,
}

/// How a service is reached by its host name, through a gateway or an ingress controller.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Route {
    /// The host name. Required.
    pub host: Option<At<DnsName>>,
    /// The secret of type `tls` that holds the host's certificate.
    pub tls: Option<At<Name>>,
    /// The IngressClass: an Ingress is made. Without one it is an HTTPRoute to the `gateway` of `[cluster]`.
    pub class: Option<At<ObjectName>>,
    /// The namespace that the ingress controller runs in, which may then connect. A gateway's is known.
    pub from: Option<At<ObjectName>>,
    /// The paths that lead here. Assumed: all of the host.
    #[serde(default)]
    pub paths: Vec<At<Short<RoutePath>>>,
    /// The port, by name or number. Assumed: the first.
    pub port: Option<At<Short<PortRef>>>,
    /// Annotations of the HTTPRoute or the Ingress.
    #[serde(default)]
    pub annotations: Table<LabelKey, OneLine>,
}

/// A path of a route, with everything below it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RoutePath {
    /// The path.
    pub path: Option<At<HttpPath>>,
    /// What stands in its place when the request reaches the program. An Ingress cannot say that.
    pub rewrite: Option<At<HttpPath>>,
}

short_text!(RoutePath.path = "path": HttpPath, "a path such as `/api`, or a table with `path` and `rewrite`");

/// How ports are opened to addresses outside the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ExposeType {
    /// The cloud, or MetalLB, gives an address.
    LoadBalancer,
    /// A port of every node.
    NodePort,
}

/// Opens ports to addresses outside the cluster: to the `clients` with a `cidr`, and to nobody else.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expose {
    /// How. Assumed: `LoadBalancer`.
    #[serde(rename = "type")]
    pub kind: Option<At<ExposeType>>,
    /// The address of a load balancer. Without one it gets any.
    pub ip: Option<At<super::Address>>,
    /// The ports, by name or number. Assumed: all.
    #[serde(default)]
    pub ports: Vec<At<Short<PortRef>>>,
    /// The port of the nodes, 30000 to 32767, where one port is opened. Without one it is any.
    pub node_port: Option<At<NodePort>>,
}

/// A port of a node (`--service-node-port-range` of the API server, by default).
pub type NodePort = super::Ranged<30_000, 32_767>;

/// Where metrics are read.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Metrics {
    /// The port, by name or number. Assumed: the first.
    pub port: Option<At<Short<PortRef>>>,
    /// The path. Assumed: `/metrics`.
    pub path: Option<At<HttpPath>>,
    /// How often they are read. Assumed: 30s.
    pub every: Option<At<Duration>>,
}

/// The gateway that routes attach to (Gateway API).
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GatewayRef {
    /// Its name. Required.
    pub name: Option<At<ObjectName>>,
    /// Its namespace, whose pods may connect to what has a route. Required.
    pub namespace: Option<At<ObjectName>>,
}
