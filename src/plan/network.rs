//! Who may connect to whom: every declared client and egress opens both sides, on the ports of the container.

use smol_str::{SmolStr, ToSmolStr};

use super::compute::{RENDEZVOUS_PORT, variants_of};
use super::context::Context;
use super::namespaces::{admits, namespace_called};
use super::{
    AWAIT, Component, FLOW, Flow, FlowPeer, FlowPort, HostPortPlan, Index, NAMESPACE_CLIENTS, Port, RENDEZVOUS, ROUTE,
    RouteBy, Workload,
};
use crate::source::{At, Origin};
use crate::spec::{self, Peer, PortRef, Protocol, Short};

/// A connection that the spec allows.
struct Connection {
    client: FlowPeer,
    server: FlowPeer,
    ports: Vec<FlowPort>,
    origin: Origin,
}

/// What both sides of a connection are looked up in.
#[derive(Clone, Copy)]
struct Known<'k> {
    context: &'k Context<'k>,
    workloads: &'k Index<Workload>,
}

/// Adds the flows of the spec to the workloads.
pub(super) fn connect(context: &Context<'_>, workloads: &mut Index<Workload>) {
    let mut connections = Vec::new();
    let known = Known { context, workloads };
    let stages = context.spec.stages.by_key().map(|(name, it)| (name, &***it));
    let services = context.spec.services.by_key().map(|(name, it)| (name, &***it));
    for (name, workload) in stages.chain(services) {
        egress(known, name.as_str(), workload, &mut connections);
        awaited(known, name.as_str(), workload, &mut connections);
        training(name.as_str(), workload, &mut connections);
    }
    for (name, service) in context.spec.services.by_key() {
        routed(name.as_str(), service, workloads, &mut connections);
    }
    for (name, service) in context.spec.services.by_key() {
        clients(known, name.as_str(), service, service.origin, &mut connections);
    }
    let mirrored: Vec<Connection> = connections.iter().flat_map(|it| of_variants(context, it)).collect();
    connections.into_iter().chain(mirrored).for_each(|it| apply(workloads, it));
    for workload in workloads.values_mut() {
        workload.ingress.sort_by(|a, b| a.peer.cmp(&b.peer));
        workload.egress.sort_by(|a, b| a.peer.cmp(&b.peer));
    }
}

/// The same connection for the variants of both sides: they talk to whom the service talks to.
fn of_variants(context: &Context<'_>, connection: &Connection) -> Vec<Connection> {
    let with_variants = |peer: &FlowPeer| {
        let names = peer.workload().map(|it| variants_of(context, it)).unwrap_or_default();
        let variants = names.into_iter().map(|it| FlowPeer::Workload(it.into()));
        std::iter::once(peer.clone()).chain(variants).collect::<Vec<_>>()
    };
    let servers = with_variants(&connection.server);
    let of_client = |client: FlowPeer| {
        let to = |server: &FlowPeer| Connection {
            client: client.clone(),
            server: server.clone(),
            ports: connection.ports.clone(),
            origin: connection.origin,
        };
        servers.iter().map(to).collect::<Vec<_>>()
    };
    // The first is the connection itself.
    with_variants(&connection.client).into_iter().flat_map(of_client).skip(1).collect()
}

/// Who may reach a service: those that it names. One that names nobody is open to those that name it, and where nobody
/// does to everyone in its namespace.
fn clients(known: Known<'_>, name: &str, service: &spec::Workload, of: Origin, connections: &mut Vec<Connection>) {
    let Known { context, workloads, .. } = known;
    let Some(workload) = workloads.get(name).filter(|it| !it.ports.is_empty()) else { return };
    let server = FlowPeer::Workload(name.into());
    let Some(clients) = &service.clients else {
        if connections.iter().any(|it| it.server == server) {
            return;
        }
        context.note(of, format!("`{name}` names no clients: every pod of its namespace may connect to it"));
        let ports = flow_ports(&workload.ports, &[]);
        connections.push(Connection { client: FlowPeer::Everyone, server, ports, origin: of.by(NAMESPACE_CLIENTS) });
        return;
    };
    for client in clients.iter() {
        let Some(peer) = peer(context, client, workloads) else { continue };
        let ports = flow_ports(&workload.ports, &client.ports);
        connections.push(Connection { client: peer, server: server.clone(), ports, origin: client.origin.by(FLOW) });
    }
}

/// Whom a workload may reach: what it names, and the services whose names its environment holds.
fn egress(known: Known<'_>, name: &str, workload: &spec::Workload, connections: &mut Vec<Connection>) {
    let workloads = known.workloads;
    let client = FlowPeer::Workload(name.into());
    for target in workload.egress.iter().flat_map(|it| it.iter()) {
        let Some(server) = peer(known.context, target, workloads) else { continue };
        let ports = match &server {
            FlowPeer::Workload(other) => {
                workloads.get(other).map(|it| admitted(known, name, it, flow_ports(&it.ports, &target.ports)))
            }
            _ => Some(target.ports.iter().filter_map(|it| numbered(it)).collect()),
        };
        let ports = ports.unwrap_or_default();
        connections.push(Connection { client: client.clone(), server, ports, origin: target.origin.by(FLOW) });
    }
    for service in workload.programs().flat_map(|it| it.env.values()).filter_map(|it| it.service.as_ref()) {
        let Some(other) = workloads.get(service.as_str()).filter(|it| !it.ports.is_empty()) else { continue };
        let server = FlowPeer::Workload(service.to_smolstr());
        let ports = admitted(known, name, other, flow_ports(&other.ports, &[]));
        connections.push(Connection { client: client.clone(), server, ports, origin: service.origin.by(FLOW) });
    }
}

/// A service reaches those that it waits for.
fn awaited(known: Known<'_>, name: &str, workload: &spec::Workload, connections: &mut Vec<Connection>) {
    let workloads = known.workloads;
    for service in &workload.after {
        let other = workloads.get(service.as_str()).filter(|it| it.component == Component::Service);
        let Some((other, port)) = other.and_then(|it| Some((it, it.ports.first()?))) else { continue };
        let ports = admitted(known, name, other, flow_ports(std::slice::from_ref(port), &[]));
        let (client, server) = (FlowPeer::Workload(name.into()), FlowPeer::Workload(service.to_smolstr()));
        connections.push(Connection { client, server, ports, origin: service.origin.by(AWAIT) });
    }
}

/// The ports that the server's `clients` leave to a workload of this project; all of them where it names no clients.
fn admitted(known: Known<'_>, client: &str, server: &Workload, ports: Vec<FlowPort>) -> Vec<FlowPort> {
    let spec = known.context.spec;
    let Some(clients) = spec.services.get(server.name.as_str()).and_then(|it| it.clients.as_ref()) else {
        return ports;
    };
    let Some(client) = known.workloads.get(client) else { return Vec::new() };
    let theirs = clients.iter().filter(|it| admits(spec, &known.context.namespaces, it, client));
    let theirs: Vec<FlowPort> = theirs.flat_map(|it| flow_ports(&server.ports, &it.ports)).collect();
    ports.into_iter().filter(|it| theirs.contains(it)).collect()
}

/// The pods that take requests in for a route may pass them on.
fn routed(name: &str, service: &spec::Workload, workloads: &Index<Workload>, connections: &mut Vec<Connection>) {
    let Some((workload, route)) = workloads.get(name).and_then(|it| Some((it, it.route.as_ref()?))) else { return };
    let from = match &route.by {
        RouteBy::Gateway { namespace, .. } => Some(namespace.clone()),
        RouteBy::Ingress { .. } => {
            service.route.as_ref().and_then(|it| it.from.as_ref()).map(|it| it.clone().map(|it| it.to_smolstr()))
        }
    };
    let Some(namespace) = from else { return };
    let port = workload.ports.iter().filter(|it| it.name.value == route.port.0.value);
    let ports = flow_ports(&port.cloned().collect::<Vec<_>>(), &[]);
    let origin = namespace.origin.by(ROUTE);
    let client = FlowPeer::Namespace(namespace.value);
    connections.push(Connection { client, server: FlowPeer::Workload(name.into()), ports, origin });
}

/// The pods of a training meet on one port, and pass data between each other on ports that the system hands out.
fn training(name: &str, workload: &spec::Workload, connections: &mut Vec<Connection>) {
    let Some(distributed) = &workload.distributed else { return };
    let pods = FlowPeer::Workload(name.into());
    let meeting = distributed.port.map_or(RENDEZVOUS_PORT, |it| it.get());
    let meeting = u16::try_from(meeting).unwrap_or_default().min(1024);
    let ports = vec![FlowPort { number: meeting, end: Some(65_535), protocol: Protocol::Tcp }];
    connections.push(Connection {
        client: pods.clone(),
        server: pods,
        ports,
        origin: distributed.origin.by(RENDEZVOUS),
    });
}

/// The other side, if it is one that a policy can name and that exists.
fn peer(context: &Context<'_>, peer: &Peer, workloads: &Index<Workload>) -> Option<FlowPeer> {
    let workload =
        |name: &At<spec::Name>| workloads.contains_key(name.as_str()).then(|| FlowPeer::Workload(name.to_smolstr()));
    if let Some(name) = peer.service.as_ref().or(peer.stage.as_ref()) {
        return workload(name);
    }
    if let Some(namespace) = &peer.namespace {
        return Some(FlowPeer::Namespace(namespace_called(context.spec, &context.namespaces, namespace)));
    }
    peer.cidr.as_ref().map(|it| FlowPeer::Cidr(it.to_smolstr()))
}

/// The ports of a listening workload that are asked for; all of them where none is.
fn flow_ports(ports: &[Port], asked: &[At<Short<PortRef>>]) -> Vec<FlowPort> {
    let is_asked = |port: &&Port| asked.is_empty() || asked.iter().any(|it| it.is(&port.name, port.number.value));
    let flow = |port: &Port| FlowPort { number: *port.number, end: None, protocol: port.protocol };
    ports.iter().filter(is_asked).map(flow).collect()
}

fn numbered(port: &PortRef) -> Option<FlowPort> {
    let number = u16::try_from(port.number?.get()).ok()?;
    Some(FlowPort { number, end: None, protocol: Protocol::Tcp })
}

fn apply(workloads: &mut Index<Workload>, connection: Connection) {
    // Without a port a policy would open all of them.
    if connection.ports.is_empty() {
        return;
    }
    let Connection { client, server, ports, origin } = connection;
    if let FlowPeer::Workload(name) = &server
        && let Some(workload) = workloads.get_mut(name.as_str())
    {
        add(&mut workload.ingress, &client, &ports, origin);
    }
    if let FlowPeer::Workload(name) = &client
        && let Some(workload) = workloads.get_mut(name.as_str())
    {
        add(&mut workload.egress, &server, &ports, origin);
    }
}

/// One flow for each peer and origin; ports that are open already are not said again.
fn add(flows: &mut Vec<Flow>, peer: &FlowPeer, ports: &[FlowPort], origin: Origin) {
    let open: Vec<&FlowPort> = flows.iter().filter(|it| it.peer == *peer).flat_map(|it| &it.ports).collect();
    let new: Vec<FlowPort> = ports.iter().filter(|it| !open.contains(it)).cloned().collect();
    if !new.is_empty() {
        flows.push(Flow { peer: peer.clone(), ports: new, origin });
    }
}

/// The ports of the machine that an environment gives to services; one that leads nowhere is reported elsewhere.
pub(super) fn host_ports(context: &Context<'_>, workloads: &Index<Workload>) -> Index<Vec<HostPortPlan>> {
    let compose = context.resolved.environment.compose.as_ref();
    let services = compose.into_iter().flat_map(|it| &it.ports).filter_map(|(name, asked)| {
        let workload = workloads.get(name.as_str())?;
        let plan = |it: &spec::HostPort| {
            let (address, number, target) = it.parts();
            let port = workload.ports.iter().find(|it| target.is_none_or(|target| it.is_called(target)))?;
            let target = (port.number.value, port.protocol);
            Some(HostPortPlan { address, number: At::new(number, asked.origin), target })
        };
        Some((name.to_smolstr(), asked.value.0.iter().filter_map(plan).collect()))
    });
    services.collect()
}

impl Port {
    /// Whether this is its name or its number.
    #[must_use]
    pub fn is_called(&self, text: &str) -> bool {
        self.name.as_str() == text || text.parse() == Ok(self.number.value)
    }
}

/// The peer's name, where it is a workload of this project.
impl FlowPeer {
    #[must_use]
    pub fn workload(&self) -> Option<&SmolStr> {
        match self {
            Self::Workload(name) => Some(name),
            _ => None,
        }
    }
}
