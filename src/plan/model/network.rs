//! Ports, routes and flows: who may connect to whom.

use serde::Serialize;
use smol_str::SmolStr;

use crate::source::{At, Origin};
use crate::spec::{ExposeType, Protocol};

/// How requests for a host name reach a service.
#[derive(Clone, Debug, Serialize)]
pub struct RoutePlan {
    pub host: At<SmolStr>,
    /// The name of the Secret with the certificate.
    pub tls: Option<At<SmolStr>>,
    pub by: RouteBy,
    /// Paths, each with what takes its place.
    pub paths: Vec<(At<SmolStr>, Option<At<SmolStr>>)>,
    /// Name and number on the Service.
    pub port: (At<SmolStr>, At<u16>),
    /// The variants that the gateway sends requests to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<RouteVariant>,
    pub annotations: Vec<(SmolStr, At<SmolStr>)>,
    #[serde(skip)]
    pub origin: Origin,
}

/// A variant that a gateway sends requests to.
#[derive(Clone, Debug, Serialize)]
pub struct RouteVariant {
    /// The name of its Service.
    pub service: At<SmolStr>,
    /// Its share in hundredths.
    pub weight: Option<At<u32>>,
    /// Headers by which its requests are known.
    pub headers: Vec<(SmolStr, At<SmolStr>)>,
    #[serde(skip)]
    pub origin: Origin,
}

/// Who takes requests in.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteBy {
    /// A Gateway: its name and namespace.
    Gateway { name: At<SmolStr>, namespace: At<SmolStr> },
    /// The controller of an IngressClass.
    Ingress { class: At<SmolStr> },
}

/// Ports that are open to addresses outside the cluster.
#[derive(Clone, Debug, Serialize)]
pub struct ExposePlan {
    pub kind: At<ExposeType>,
    pub ip: Option<At<SmolStr>>,
    pub node_port: Option<At<i32>>,
    pub ports: Vec<Port>,
    /// The ranges of addresses that may connect.
    pub sources: Vec<At<SmolStr>>,
    #[serde(skip)]
    pub origin: Origin,
}

/// Where metrics are read.
#[derive(Clone, Debug, Serialize)]
pub struct MetricsPlan {
    /// The port's name.
    pub port: At<SmolStr>,
    pub path: At<SmolStr>,
    /// Seconds.
    pub every: At<i64>,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, Serialize)]
pub struct Port {
    pub name: At<SmolStr>,
    pub number: At<u16>,
    pub service_port: At<u16>,
    pub protocol: Protocol,
}

/// One direction of a connection that is allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flow {
    pub peer: FlowPeer,
    pub ports: Vec<FlowPort>,
    #[serde(skip)]
    pub origin: Origin,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowPeer {
    /// Pods of a workload of this project.
    Workload(SmolStr),
    /// All pods of the project's namespace.
    Everyone,
    /// All pods of another namespace.
    Namespace(SmolStr),
    Cidr(SmolStr),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FlowPort {
    pub number: u16,
    /// The last port of a range.
    pub end: Option<u16>,
    pub protocol: Protocol,
}
