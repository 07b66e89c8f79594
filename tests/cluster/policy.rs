//! What NetworkPolicies mean, as the documentation of the API (networking.k8s.io/v1) defines them.
//!
//! Nothing in a cluster without a network enforces a policy, so its meaning is computed: for one connection, whether the
//! policies of the pod at either end let it through. What the API leaves to the network (pods behind an `ipBlock`,
//! traffic of the node itself) is not answered here: an `ipBlock` matches addresses outside the cluster only.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

pub(crate) type Labels = BTreeMap<String, String>;

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Policy {
    pub(crate) metadata: Metadata,
    pub(crate) spec: Spec,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) namespace: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Spec {
    pub(crate) pod_selector: Selector,
    pub(crate) policy_types: Option<Vec<String>>,
    pub(crate) ingress: Option<Vec<Rule>>,
    pub(crate) egress: Option<Vec<Rule>>,
}

/// One rule of either direction.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    #[serde(alias = "from", alias = "to", default)]
    pub(crate) peers: Vec<Peer>,
    #[serde(default)]
    pub(crate) ports: Vec<Opening>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Peer {
    pub(crate) pod_selector: Option<Selector>,
    pub(crate) namespace_selector: Option<Selector>,
    pub(crate) ip_block: Option<Block>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Block {
    pub(crate) cidr: String,
    #[serde(default)]
    pub(crate) except: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Opening {
    pub(crate) protocol: Option<String>,
    pub(crate) port: Option<PortName>,
    pub(crate) end_port: Option<u16>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum PortName {
    Number(u16),
    Name(String),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Selector {
    #[serde(default)]
    pub(crate) match_labels: Labels,
    #[serde(default)]
    pub(crate) match_expressions: Vec<Expression>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expression {
    pub(crate) key: String,
    pub(crate) operator: String,
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// One end of a connection.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Pod(Pod),
    /// Outside the cluster.
    Address(IpAddr),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Pod {
    pub(crate) namespace: String,
    pub(crate) namespace_labels: Labels,
    pub(crate) labels: Labels,
    /// The ports of its containers that have names: name, protocol, number.
    pub(crate) ports: Vec<(String, String, u16)>,
}

/// What is asked for at the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Door {
    pub(crate) protocol: &'static str,
    pub(crate) port: u16,
}

/// Whether the policies of the client let a connection out.
pub(crate) fn may_leave(policies: &[Policy], client: &Pod, server: &End, door: Door) -> bool {
    passes(policies, client, Direction::Egress, server, server, door)
}

/// Whether the policies of the server let a connection in.
pub(crate) fn may_enter(policies: &[Policy], client: &End, server: &Pod, door: Door) -> bool {
    passes(policies, server, Direction::Ingress, client, &End::Pod(server.clone()), door)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ingress,
    Egress,
}

/// A pod that no policy selects for a direction is open in it; one that some select is open to what any of them allows.
fn passes(policies: &[Policy], pod: &Pod, direction: Direction, peer: &End, server: &End, door: Door) -> bool {
    let mine = policies.iter().filter(|it| {
        it.metadata.namespace == pod.namespace && it.spec.pod_selector.selects(&pod.labels) && it.speaks_of(direction)
    });
    let mut is_isolated = false;
    for policy in mine {
        is_isolated = true;
        let rules = if direction == Direction::Ingress { &policy.spec.ingress } else { &policy.spec.egress };
        if rules.iter().flatten().any(|it| it.allows(&policy.metadata.namespace, peer, server, door)) {
            return true;
        }
    }
    !is_isolated
}

impl Policy {
    /// Without types a policy is of ingress, and of egress too where it has rules of it.
    fn speaks_of(&self, direction: Direction) -> bool {
        let name = if direction == Direction::Ingress { "Ingress" } else { "Egress" };
        match &self.spec.policy_types {
            Some(types) => types.iter().any(|it| it == name),
            None => direction == Direction::Ingress || self.spec.egress.as_ref().is_some_and(|it| !it.is_empty()),
        }
    }
}

impl Rule {
    /// No peers are all peers, and no ports all ports.
    fn allows(&self, namespace: &str, peer: &End, server: &End, door: Door) -> bool {
        (self.peers.is_empty() || self.peers.iter().any(|it| it.is(namespace, peer)))
            && (self.ports.is_empty() || self.ports.iter().any(|it| it.opens(server, door)))
    }
}

impl Peer {
    fn is(&self, namespace: &str, end: &End) -> bool {
        match end {
            End::Address(address) => self.ip_block.as_ref().is_some_and(|it| it.holds(*address)),
            End::Pod(_) if self.ip_block.is_some() => false,
            End::Pod(pod) => {
                // Pods of the policy's own namespace, unless namespaces are chosen; all pods, unless pods are.
                let namespaces = match &self.namespace_selector {
                    Some(selector) => selector.selects(&pod.namespace_labels),
                    None => pod.namespace == namespace,
                };
                let pods = self.pod_selector.as_ref().is_none_or(|it| it.selects(&pod.labels));
                let chosen = self.namespace_selector.is_some() || self.pod_selector.is_some();
                chosen && namespaces && pods
            }
        }
    }
}

impl Block {
    fn holds(&self, address: IpAddr) -> bool {
        contains(&self.cidr, address) && !self.except.iter().any(|it| contains(it, address))
    }
}

/// Whether a range such as `10.0.0.0/8` holds an address.
pub(crate) fn contains(cidr: &str, address: IpAddr) -> bool {
    let (network, length) = cidr.split_once('/').expect("a range has a length");
    let (network, length): (IpAddr, u32) = (network.parse().expect("an address"), length.parse().expect("a length"));
    let (network, network_width) = bits(network);
    let (address, width) = bits(address);
    let rest = width - length;
    width == network_width && (rest == width || network >> rest == address >> rest)
}

/// An address as a number, and how many bits it has.
pub(crate) fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(it) => (u32::from(it).into(), 32),
        IpAddr::V6(it) => (it.into(), 128),
    }
}

impl Opening {
    fn opens(&self, server: &End, door: Door) -> bool {
        if self.protocol.as_deref().unwrap_or("TCP") != door.protocol {
            return false;
        }
        match (&self.port, self.end_port) {
            (None, _) => true,
            (Some(PortName::Number(first)), Some(last)) => (*first..=last).contains(&door.port),
            (Some(PortName::Number(number)), None) => *number == door.port,
            (Some(PortName::Name(name)), _) => {
                let End::Pod(pod) = server else { return false };
                pod.ports
                    .iter()
                    .any(|(it, protocol, number)| it == name && protocol == door.protocol && *number == door.port)
            }
        }
    }
}

impl Selector {
    fn selects(&self, labels: &Labels) -> bool {
        let equal = self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value));
        equal && self.match_expressions.iter().all(|it| it.holds(labels))
    }
}

impl Expression {
    fn holds(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        let is_one = value.is_some_and(|it| self.values.contains(it));
        match self.operator.as_str() {
            "In" => is_one,
            // What has no such label is not in the list either.
            "NotIn" => !is_one,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            other => unreachable!("there is no operator {other}"),
        }
    }
}
