//! Networks: programs share one exactly where a flow connects them.
//!
//! A workload that others reach has a network, `to_<name>`, which its clients join; services that everyone reaches have
//! one network with everyone, `everyone`. Such networks are `internal`: they lead nowhere else. Docker publishes no port
//! of a container that is on internal networks only, so that what has a published port, or may reach addresses outside, has a second network to itself, `edge_<name>`. It is not shared,
//! because all that share a network may connect to each other. Where it is there for publishing alone, it does not
//! masquerade: answers find their way back, and nothing else finds its way out.

use smol_str::{SmolStr, format_smolstr};

use super::layout::Layout;
use super::program::{Part, Program};
use crate::object::{Emit, Pairs, fields};
use crate::plan::{DENY_ALL, FLOW, Flow, FlowPeer, HostPortPlan, NAMESPACE_CLIENTS, SERVICE_OBJECT, Workload};
use crate::source::{At, Map, Node, Origin};

/// The network of the services that everyone reaches. The others hold a `_`, so that none of them is called so.
const EVERYONE: &str = "everyone";

/// The networks that a program joins; without any, it has `network_mode: none`.
pub(super) fn joined(layout: &Layout<'_>, program: &Program<'_>) -> Vec<At<SmolStr>> {
    if program.part == Part::Beside {
        return Vec::new();
    }
    let workload = program.workload;
    let open = layout.open_service().map(|it| At::new(EVERYONE.into(), it.origin.by(NAMESPACE_CLIENTS)));
    let servers = layout.servers(program).map(|it| At::new(way_to(it), flow_origin(workload, it)));
    let mut joined: Vec<At<SmolStr>> = open.into_iter().chain(servers).collect();
    let publishes = program.is_main() && !layout.published(workload).is_empty();
    if let Some(origin) = way_out(workload).or(publishes.then(|| workload.origin.by(SERVICE_OBJECT))) {
        joined.push(At::new(edge(workload), origin));
    }
    joined
}

/// The networks as Compose takes them: a list, or with each the other name by which the workload is called there.
pub(super) fn named(program: &Program<'_>, networks: Vec<At<SmolStr>>) -> Option<Node> {
    let first = networks.first()?.origin;
    let workload = program.workload;
    let service = workload.service.as_ref().filter(|_| program.is_main());
    let other = service.map(|it| it.name.clone()).filter(|it| it.value != workload.name.value);
    let full = service.and_then(|it| Some(At::new(it.full_name.clone()?, it.name.origin)));
    let aliases: Vec<_> = other.into_iter().chain(full).collect();
    if aliases.is_empty() {
        return networks.emit(first);
    }
    let network = |it: At<SmolStr>| (it.value, fields!(it.origin; "aliases" => aliases.clone()));
    Pairs(networks.into_iter().map(network).collect()).emit(first)
}

/// The mode of a program without networks of its own.
pub(super) fn mode(program: &Program<'_>) -> At<SmolStr> {
    let workload = program.workload;
    if program.part == Part::Beside {
        return At::new(format_smolstr!("service:{}", workload.name), program.container.name.origin);
    }
    At::new("none".into(), workload.origin.by(DENY_ALL))
}

/// The flow that lets a workload reach another, or lets others reach it.
pub(super) fn flow_origin(workload: &Workload, server: &SmolStr) -> Origin {
    let flow = workload.egress.iter().find(|it| it.peer.workload() == Some(server));
    flow.map_or_else(|| workload.origin.by(FLOW), |it| it.origin)
}

/// The ports that a service has on this machine, for its own users only.
pub(super) fn ports(layout: &Layout<'_>, program: &Program<'_>) -> Vec<Node> {
    let ports = program.is_main().then(|| layout.published(program.workload));
    ports.into_iter().flatten().map(|it| published(&it)).collect()
}

fn published(port: &HostPortPlan) -> Node {
    fields!(port.number.origin.by(SERVICE_OBJECT);
        "target" => port.target.0,
        "host_ip" => port.address.to_string(),
        "published" => port.number.map(|it| it.to_string()),
        "protocol" => port.target.1.lower(),
    )
}

/// All networks of the environment.
pub(super) fn networks(layout: &Layout<'_>) -> Pairs<Node> {
    let open = layout.open_service().map(|it| (EVERYONE.into(), internal(it.origin.by(NAMESPACE_CLIENTS))));
    let servers = layout.networks().map(|it| (way_to(&it.name), internal(it.origin.by(FLOW))));
    let edges = layout.plan.workloads.values().filter_map(|workload| {
        let node = match way_out(workload) {
            Some(origin) => Node::new(Map::new(), origin),
            None => layout.published(workload).first().map(|it| publishing_only(it.number.origin))?,
        };
        Some((edge(workload), node))
    });
    Pairs(open.into_iter().chain(servers).chain(edges).collect())
}

fn internal(origin: Origin) -> Node {
    fields!(origin; "internal" => At::new(true, origin.by(DENY_ALL)))
}

fn publishing_only(origin: Origin) -> Node {
    let options =
        vec![("com.docker.network.bridge.enable_ip_masquerade".into(), At::new("false", origin.by(DENY_ALL)))];
    fields!(origin.by(SERVICE_OBJECT); "driver_opts" => Pairs(options))
}

fn edge(workload: &Workload) -> SmolStr {
    format_smolstr!("edge_{}", workload.name)
}

/// The network that leads to a workload. It is never the bare name: Compose takes a key that begins with `x-`, as
/// `x-ray` does, for an extension.
fn way_to(server: &SmolStr) -> SmolStr {
    format_smolstr!("to_{server}")
}

/// The flow to addresses or namespaces outside the project, if there is one.
pub(super) fn way_out(workload: &Workload) -> Option<Origin> {
    let is_outside = |it: &&Flow| matches!(it.peer, FlowPeer::Namespace(_) | FlowPeer::Cidr(_));
    workload.egress.iter().find(is_outside).map(|it| it.origin)
}
