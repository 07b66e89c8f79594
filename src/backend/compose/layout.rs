//! What follows from all workloads together: who shares a network, whose port is published, who waits for whom.

use core::net::Ipv4Addr;
use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::program::Program;
use crate::plan::{Component, EnvSource, FlowPeer, HostPortPlan, Index, Plan, Port, ServicePlan, Workload};
use crate::spec::Protocol;

/// An environment as Compose sees it.
pub(super) struct Layout<'p> {
    pub(super) plan: &'p Plan,
    /// The services that every workload reaches.
    open: Vec<&'p Workload>,
    /// By any other workload that is reached: the workloads that reach it.
    clients: Index<Vec<&'p SmolStr>>,
    /// By the workload that reaches others: the workloads that it reaches.
    servers: Index<Vec<&'p SmolStr>>,
    /// The workload that has a port of this machine, where the environment does not say.
    published: BTreeMap<(u16, Protocol), &'p SmolStr>,
    /// By the workload that waits: the services that it waits for.
    waits: Index<Vec<&'p SmolStr>>,
    /// Services that name each other: the first does not wait for the second, which waits for the first.
    circles: Vec<(&'p SmolStr, &'p SmolStr)>,
}

impl<'p> Layout<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        let mut layout = Self {
            plan,
            open: Vec::new(),
            clients: Index::new(),
            servers: Index::new(),
            published: BTreeMap::new(),
            waits: Index::new(),
            circles: Vec::new(),
        };
        for workload in plan.workloads.values() {
            layout.connect(workload);
            let assumed = if plan.host_ports.contains_key(&workload.name.value) { &[] } else { &*workload.ports };
            for port in assumed {
                layout.published.entry(key(port)).or_insert(&workload.name);
            }
        }
        for workload in plan.workloads.values() {
            layout.wait(workload);
        }
        layout
    }

    /// The workloads whose networks a program joins: its own, if anybody reaches it, and those that it reaches. Nobody
    /// calls an init step: it joins as a client only.
    pub(super) fn servers(&self, program: &Program<'_>) -> impl Iterator<Item = &SmolStr> {
        let name = &program.workload.name.value;
        let own = self.clients.get_key_value(name).map(|(name, _)| name).filter(|_| program.is_main());
        let others = self.servers.get(name).into_iter().flatten().copied().filter(move |it| *it != name);
        own.into_iter().chain(others)
    }

    /// A service that every workload reaches, where there is one, and a workload beside it.
    pub(super) fn open_service(&self) -> Option<&'p Workload> {
        self.open.first().filter(|_| self.plan.workloads.len() > 1).copied()
    }

    /// The workloads that have a network of their own.
    pub(super) fn networks(&self) -> impl Iterator<Item = &Workload> {
        self.clients.keys().map(|it| &self.plan.workloads[it])
    }

    /// The workloads that share the network of a service with one that listens, though no flow leads from them to it.
    pub(super) fn neighbours(&self, listener: &Workload) -> BTreeSet<&SmolStr> {
        let name = &listener.name.value;
        let allowed = self.clients.get(name);
        let shared = self.servers.get(name).into_iter().flatten().filter(|it| **it != name);
        let members = shared.flat_map(|server| self.clients[*server].iter().chain([server]));
        let is_stranger = |it: &&SmolStr| *it != name && allowed.is_none_or(|allowed| !allowed.contains(it));
        members.copied().filter(is_stranger).collect()
    }

    /// Another workload that has the port of this machine that a port would be published on.
    pub(super) fn publisher(&self, workload: &Workload, port: &Port) -> Option<&SmolStr> {
        self.published.get(&key(port)).copied().filter(|it| **it != workload.name.value)
    }

    /// The ports of this machine that lead to a workload: those that the environment gives it, or its own.
    pub(super) fn published(&self, workload: &Workload) -> Vec<HostPortPlan> {
        let own = workload.ports.iter().filter(|it| self.publisher(workload, it).is_none());
        let assumed = own.map(|it| HostPortPlan {
            address: Ipv4Addr::LOCALHOST.into(),
            number: it.service_port,
            target: (it.number.value, it.protocol),
        });
        self.plan.host_ports.get(&workload.name.value).cloned().unwrap_or_else(|| assumed.collect())
    }

    /// The services that a workload waits for.
    pub(super) fn waits(&self, workload: &Workload) -> &[&'p SmolStr] {
        self.waits.get(&workload.name.value).map_or(&[], Vec::as_slice)
    }

    /// The services that a workload would wait for, if they did not wait for it.
    pub(super) fn unawaited(&self, workload: &Workload) -> impl Iterator<Item = &SmolStr> {
        self.circles.iter().filter(|(from, _)| **from == workload.name.value).map(|(_, to)| *to)
    }

    /// Takes in who reaches a workload.
    fn connect(&mut self, server: &'p Workload) {
        if server.ingress.iter().any(|it| it.peer == FlowPeer::Everyone) {
            self.open.push(server);
            return;
        }
        let name = &server.name.value;
        for client in server.ingress.iter().filter_map(|it| it.peer.workload()) {
            let known = self.clients.entry(name.clone()).or_default();
            if !known.contains(&client) {
                known.push(client);
                self.servers.entry(client.clone()).or_default().push(name);
            }
        }
    }

    /// Lets a workload wait for the services that its environment names, unless they wait for it.
    fn wait(&mut self, workload: &'p Workload) {
        let name = &workload.name.value;
        for service in named_services(self.plan, workload) {
            if self.is_behind(service, name) {
                self.circles.push((name, service));
            } else {
                self.waits.entry(name.clone()).or_default().push(service);
            }
        }
    }

    /// Whether `later` waits for `earlier`, directly or not.
    fn is_behind(&self, later: &SmolStr, earlier: &SmolStr) -> bool {
        let mut open = vec![later];
        // There are more ways through services that name each other than anybody can go.
        let mut seen = BTreeSet::new();
        while let Some(it) = open.pop() {
            if it == earlier {
                return true;
            }
            if seen.insert(it) {
                open.extend(self.waits.get(it).into_iter().flatten());
            }
        }
        false
    }
}

fn key(port: &Port) -> (u16, Protocol) {
    (*port.service_port, port.protocol)
}

/// The other services that a workload may connect to and waits for, or whose names stand in its environment.
fn named_services<'p>(plan: &'p Plan, workload: &'p Workload) -> BTreeSet<&'p SmolStr> {
    let values = Program::of(workload).flat_map(|it| &it.container.env).filter_map(|it| match &it.value {
        EnvSource::Text(text) => Some(&text.value),
        _ => None,
    });
    let values: BTreeSet<&str> = values.map(SmolStr::as_str).collect();
    let awaited: Vec<&SmolStr> =
        workload.pod.init.iter().filter_map(|it| it.awaits.as_ref()).map(|it| &it.value).collect();
    let is_service = |name: &SmolStr| {
        plan.workloads.get(name).is_some_and(|it| it.component == Component::Service && !it.is_variant())
    };
    let reached = workload.egress.iter().filter_map(|it| it.peer.workload());
    let is_named = |name: &SmolStr| {
        let called = plan.workloads.get(name).and_then(|it| it.service.as_ref()).map(ServicePlan::host);
        called.is_some_and(|it| values.contains(it)) || awaited.contains(&name)
    };
    reached.filter(|it| is_named(it) && is_service(it) && **it != workload.name.value).collect()
}
