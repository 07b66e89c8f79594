//! The connections that a spec declares, read from the spec itself and not from what the compiler made of it.

use mlopsc::plan::Port;
use mlopsc::spec::{Peer, Protocol, Workload};

use crate::case::Case;
use crate::policy::Door;

/// A connection that is allowed.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) client: Side,
    pub(crate) server: Side,
    pub(crate) ports: Vec<Ports>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Workload(String),
    /// Every pod in the project's namespaces.
    Everyone,
    Namespace(String),
    Range(String),
    Dns,
}

/// Ports of one protocol.
#[derive(Clone, Debug)]
pub(crate) struct Ports {
    protocol: &'static str,
    pub(crate) first: u16,
    pub(crate) last: u16,
}

impl Ports {
    pub(crate) fn hold(&self, door: Door) -> bool {
        self.protocol == door.protocol && (self.first..=self.last).contains(&door.port)
    }
}

/// Everybody asks the DNS; a service answers those that it names and those that name it, or everybody in its namespace
/// where nobody is named; the parts of a training talk to each other.
pub(crate) fn flows(case: Case) -> Vec<Flow> {
    let spec = case.spec();
    let stages = spec.stages.iter().map(|(name, it)| (name.as_str(), &***it));
    let services = spec.services.iter().map(|(name, it)| (name.as_str(), &***it));
    let dns = ["UDP", "TCP"].map(|protocol| Ports { protocol, first: 53, last: 53 });
    let mut flows = vec![Flow { client: Side::Everyone, server: Side::Dns, ports: dns.to_vec() }];
    for (name, workload) in stages.chain(services) {
        flows.extend(outgoing(case, name, workload));
        if let Some(distributed) = &workload.distributed {
            let meeting = distributed.port.map_or(29500, |it| it.get());
            let first = u16::try_from(meeting).expect("a port").min(1024);
            let ports = vec![Ports { protocol: "TCP", first, last: u16::MAX }];
            flows.push(Flow { client: ours(name), server: ours(name), ports });
        }
    }
    flows.extend(spec.services.iter().filter_map(|(name, it)| routed(case, name.as_str(), it)));
    for (name, service) in &spec.services {
        let server = ours(name.as_str());
        let clients: Vec<Flow> = match &service.clients {
            Some(clients) => clients.iter().filter_map(|it| incoming(case, name.as_str(), it)).collect(),
            None if flows.iter().any(|it| it.server == server) => Vec::new(),
            None => {
                let ports = listening(case, name.as_str(), None);
                let namespace = case.plan().workloads.get(name.as_str()).map(|it| it.namespace.to_string());
                namespace.map(|it| Flow { client: Side::Namespace(it), server, ports }).into_iter().collect()
            }
        };
        flows.extend(clients);
    }
    flows.retain(|it| !it.ports.is_empty());
    for (name, variant) in &spec.variants {
        let service = variant.variant.as_ref().map(|it| ours(it.service.as_str()));
        let as_variant = |it: &Side| if Some(it) == service.as_ref() { ours(name.as_str()) } else { it.clone() };
        // Whoever may reach the service may reach it in each of its forms, and the other way round.
        let of_variant = flows.iter().flat_map(|it| {
            let (client, server) = (as_variant(&it.client), as_variant(&it.server));
            [(it.client.clone(), server.clone()), (client.clone(), it.server.clone()), (client, server)]
                .map(|(client, server)| Flow { client, server, ports: it.ports.clone() })
        });
        let of_variant: Vec<Flow> = of_variant.collect();
        flows.extend(of_variant);
    }
    flows
}

fn incoming(case: Case, name: &str, client: &Peer) -> Option<Flow> {
    let asked = (!client.ports.is_empty()).then_some(client);
    Some(Flow { client: side(client)?, server: ours(name), ports: listening(case, name, asked) })
}

fn outgoing(case: Case, name: &str, workload: &Workload) -> Vec<Flow> {
    let mut flows = Vec::new();
    for peer in workload.egress.iter().flat_map(|it| it.iter()) {
        let Some(server) = side(peer) else { continue };
        let ports = match &server {
            Side::Workload(other) => listening(case, other, (!peer.ports.is_empty()).then_some(peer)),
            _ => peer.ports.iter().filter_map(|it| it.number).map(|it| tcp(it.get())).collect(),
        };
        flows.push(Flow { client: ours(name), server, ports });
    }
    // Whoever is told the address of a service may use it.
    for service in workload.programs().flat_map(|it| it.env.values()).filter_map(|it| it.service.as_ref()) {
        let ports = listening(case, service.as_str(), None);
        flows.push(Flow { client: ours(name), server: ours(service.as_str()), ports });
    }
    // Whoever waits for a service asks its first port.
    for service in workload.after.iter().filter(|it| case.spec().services.get(it.as_str()).is_some()) {
        let ports = listening(case, service.as_str(), None).into_iter().take(1).collect();
        flows.push(Flow { client: ours(name), server: ours(service.as_str()), ports });
    }
    flows
}

/// Who takes requests in for a service: the gateway of the cluster, or a controller whose namespace is said.
fn routed(case: Case, name: &str, service: &Workload) -> Option<Flow> {
    let route = service.route.as_ref()?;
    let gateway = case.spec().cluster.as_ref().and_then(|it| it.gateway.as_ref()?.namespace.as_ref());
    let namespace = if route.class.is_some() { route.from.as_ref() } else { gateway }?;
    let asked = route.port.as_ref().map(|it| Peer { ports: vec![it.clone()], ..Peer::default() });
    let ports = listening(case, name, asked.as_ref()).into_iter().take(1).collect();
    Some(Flow { client: Side::Namespace(namespace.as_str().to_owned()), server: ours(name), ports })
}

fn side(peer: &Peer) -> Option<Side> {
    if let Some(name) = peer.service.as_ref().or(peer.stage.as_ref()) {
        return Some(ours(name.as_str()));
    }
    let namespace = peer.namespace.as_ref().map(|it| Side::Namespace(it.as_str().to_owned()));
    namespace.or_else(|| peer.cidr.as_ref().map(|it| Side::Range(it.as_str().to_owned())))
}

/// The ports on which a workload listens, or those of them that are asked for.
fn listening(case: Case, name: &str, asked: Option<&Peer>) -> Vec<Ports> {
    let ports = case.plan().workloads.get(name).map(|it| it.ports.as_slice()).unwrap_or_default();
    let is_asked = |port: &&Port| {
        asked.is_none_or(|peer| {
            peer.ports.iter().any(|it| {
                it.name.as_ref().is_some_and(|name| name.as_str() == port.name.as_str())
                    || it.number.is_some_and(|number| number.get() == i64::from(*port.number))
            })
        })
    };
    ports.iter().filter(is_asked).map(|it| Ports { protocol: word(it.protocol), ..tcp((*it.number).into()) }).collect()
}

fn tcp(port: i64) -> Ports {
    let port = u16::try_from(port).expect("a port");
    Ports { protocol: "TCP", first: port, last: port }
}

fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
    }
}

fn ours(name: &str) -> Side {
    Side::Workload(name.to_owned())
}
