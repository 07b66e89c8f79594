//! NetworkPolicies: nothing may connect, then DNS, then exactly the declared flows.

use smol_str::{SmolStr, format_smolstr};

use super::emission::Emission;
use super::meta::{Meta, selector};
use super::service::protocol;
use crate::object::{Pairs, fields};
use crate::plan::{
    ALLOW_DNS, DENY_ALL, FLOW, Flow, FlowPeer, FlowPort, NAMESPACE_CLIENTS, OBJECT_NAME, Plan, Workload,
};
use crate::source::{At, Map, Node, Origin};

/// What holds for every pod of the namespace.
pub(super) fn emit_shared(plan: &Plan, out: &mut Emission<'_>) {
    plan.namespaces.iter().for_each(|it| shared(&it.name, out));
}

fn shared(namespace: &At<SmolStr>, out: &mut Emission<'_>) {
    let origin = Origin::rule(DENY_ALL);
    let spec = fields!(origin; "podSelector" => all(origin), "policyTypes" => vec!["Ingress", "Egress"]);
    policy(out, namespace, "deny-all", origin, spec);
    let origin = Origin::rule(ALLOW_DNS);
    let dns =
        peer_of(origin, Some("kube-system".into()), vec![(SmolStr::new_static("k8s-app"), at("kube-dns", origin))]);
    let port = |name: &'static str| fields!(origin; "protocol" => name, "port" => 53);
    let rule = fields!(origin; "to" => vec![dns], "ports" => vec![port("UDP"), port("TCP")]);
    let spec = fields!(origin; "podSelector" => all(origin), "policyTypes" => vec!["Egress"], "egress" => vec![rule]);
    policy(out, namespace, "allow-dns", origin, spec);
}

/// The flows of one workload, where it has any.
pub(super) fn emit(plan: &Plan, workload: &Workload, out: &mut Emission<'_>) {
    let types = [("Ingress", workload.ingress.is_empty()), ("Egress", workload.egress.is_empty())];
    let types: Vec<&str> = types.iter().filter(|(_, empty)| !empty).map(|(name, _)| *name).collect();
    if types.is_empty() {
        return;
    }
    let origin = workload.origin.by(FLOW);
    let rules =
        |flows: &[Flow], side: &'static str| flows.iter().map(|it| rule(plan, workload, it, side)).collect::<Vec<_>>();
    let spec = fields!(origin;
        "podSelector" => fields!(origin; "matchLabels" => Pairs(selector(&plan.identity, &workload.name))),
        "policyTypes" => types,
        "ingress" => rules(&workload.ingress, "from"),
        "egress" => rules(&workload.egress, "to"),
    );
    out.add("networking.k8s.io/v1", "NetworkPolicy", Meta::of(workload), fields!(origin; "spec" => spec));
    if let Some(open) = workload.ingress.iter().find(|it| it.peer == FlowPeer::Everyone) {
        everyone(plan, workload, open, out);
    }
}

/// The other side of a service that is open to its namespace: every pod of it may connect there.
fn everyone(plan: &Plan, workload: &Workload, open: &Flow, out: &mut Emission<'_>) {
    let origin = open.origin.by(NAMESPACE_CLIENTS);
    let name = At::new(format_smolstr!("{}-clients", workload.name), origin.by(OBJECT_NAME));
    let to = Flow { peer: FlowPeer::Workload(workload.name.value.clone()), ..open.clone() };
    let spec = fields!(origin;
        "podSelector" => all(origin),
        "policyTypes" => vec!["Egress"],
        "egress" => vec![rule(plan, workload, &to, "to")],
    );
    out.add("networking.k8s.io/v1", "NetworkPolicy", Meta::named(workload, &name), fields!(origin; "spec" => spec));
}

fn policy(out: &mut Emission<'_>, namespace: &At<SmolStr>, name: &'static str, origin: Origin, spec: Node) {
    let name = At::new(SmolStr::new_static(name), origin);
    out.add(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        Meta::shared(&name).within(namespace),
        fields!(origin; "spec" => spec),
    );
}

/// One peer and its ports. A rule without ports would open all of them, so a flow always has some.
fn rule(plan: &Plan, own: &Workload, flow: &Flow, side: &'static str) -> Node {
    let origin = flow.origin;
    let peers = vec![peer(plan, own, flow)];
    let ports: Vec<Node> = flow.ports.iter().map(|it| port(it, origin)).collect();
    if side == "from" {
        fields!(origin; "from" => peers, "ports" => ports)
    } else {
        fields!(origin; "to" => peers, "ports" => ports)
    }
}

fn peer(plan: &Plan, own: &Workload, flow: &Flow) -> Node {
    let origin = flow.origin;
    match &flow.peer {
        FlowPeer::Workload(name) => {
            let labels = selector(&plan.identity, &At::new(name.clone(), origin));
            // Without a namespace a selector means the policy's own.
            let other = plan.workloads.get(name).map(|it| &it.namespace.value);
            peer_of(origin, other.filter(|it| **it != own.namespace.value).cloned(), labels)
        }
        FlowPeer::Everyone => fields!(origin; "podSelector" => all(origin)),
        FlowPeer::Namespace(name) => peer_of(origin, Some(name.clone()), Vec::new()),
        FlowPeer::Cidr(cidr) => fields!(origin; "ipBlock" => fields!(origin; "cidr" => cidr)),
    }
}

/// Both selectors in one peer: in two peers either of them would be enough.
fn peer_of(origin: Origin, namespace: Option<SmolStr>, pods: Vec<(SmolStr, At<SmolStr>)>) -> Node {
    let namespace = namespace.map(|it| {
        let labels = vec![(SmolStr::new_static("kubernetes.io/metadata.name"), At::new(it, origin))];
        fields!(origin; "matchLabels" => Pairs(labels))
    });
    let pods = (!pods.is_empty()).then(|| fields!(origin; "matchLabels" => Pairs(pods)));
    fields!(origin; "namespaceSelector" => namespace, "podSelector" => pods)
}

fn port(port: &FlowPort, origin: Origin) -> Node {
    fields!(origin; "protocol" => protocol(port.protocol), "port" => port.number, "endPort" => port.end)
}

/// The selector of every pod.
fn all(origin: Origin) -> Node {
    Node::new(Map::new(), origin)
}

fn at(text: &'static str, origin: Origin) -> At<SmolStr> {
    At::new(SmolStr::new_static(text), origin)
}
