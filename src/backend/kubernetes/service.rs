//! Services: the address of a workload, and the names of its pods.

use smol_str::SmolStr;

use super::emission::Emission;
use super::meta::{Meta, family, selector};
use crate::object::{Pairs, fields};
use crate::plan::{Plan, Port, SERVICE_OBJECT, Workload};
use crate::source::{At, Node};
use crate::spec::Protocol;

pub(super) fn emit(workload: &Workload, out: &mut Emission<'_>) {
    let plan = out.plan;
    let is_one = workload.headless.as_ref().map(|it| &it.value) == workload.service.as_ref().map(|it| &it.name.value);
    if let Some(service) = workload.service.as_ref().filter(|_| !is_one) {
        let name = &service.name;
        let spec = fields!(name.origin;
            "type" => "ClusterIP",
            "clusterIP" => service.headless.map(|it| it.map(|()| "None")),
            "sessionAffinity" => service.sticky.map(|it| it.map(|()| "ClientIP")),
            "selector" => Pairs(answering(plan, workload)),
            "ports" => ports(workload),
        );
        out.add("v1", "Service", Meta::named(workload, name), fields!(name.origin; "spec" => spec));
    }
    if let Some(name) = &workload.headless {
        headless(plan, workload, name, out);
    }
}

/// The labels of the pods that answer for a workload: its own, and those of its variants where they share its Service.
pub(super) fn answering(plan: &Plan, workload: &Workload) -> Vec<(SmolStr, At<SmolStr>)> {
    match workload.service.as_ref().and_then(|it| it.shared) {
        Some(_) => family(&plan.identity, &workload.name),
        None => selector(&plan.identity, &workload.name),
    }
}

/// A Service without an address: the DNS gives the addresses of the pods, before they are ready too, because the parts
/// of a database or a training must find each other to become so.
fn headless(plan: &Plan, workload: &Workload, name: &At<SmolStr>, out: &mut Emission<'_>) {
    let origin = name.origin.by(SERVICE_OBJECT);
    let spec = fields!(origin;
        "type" => "ClusterIP",
        "clusterIP" => "None",
        "publishNotReadyAddresses" => true,
        "selector" => Pairs(selector(&plan.identity, &workload.name)),
        "ports" => ports(workload),
    );
    out.add("v1", "Service", Meta::named(workload, name), fields!(origin; "spec" => spec));
}

fn ports(workload: &Workload) -> Vec<Node> {
    workload.ports.iter().map(|it| port(it, None)).collect()
}

/// A port of a Service, and of every node where `node_port` says so.
pub(super) fn port(port: &Port, node_port: Option<At<i32>>) -> Node {
    fields!(port.number.origin;
        "name" => &port.name,
        "port" => port.service_port,
        "protocol" => protocol(port.protocol),
        "targetPort" => &port.name,
        "nodePort" => node_port.map(|it| it.map(i64::from)),
    )
}

/// As Kubernetes spells it.
pub(super) fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Sctp => "SCTP",
    }
}
