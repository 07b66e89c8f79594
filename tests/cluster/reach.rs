//! Who can reach whom on which port: the emitted policies and the pods that were really created, against the flows that
//! the spec declares.
//!
//! Both ends are held against the spec by themselves. Together one of them could be open to everybody, and the other
//! would hide it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::case::Case;
use crate::flows::{Flow, Side, flows};
use crate::mutants::mutants;
use crate::policy::{Door, End, Labels, Pod, Policy, bits, may_enter, may_leave};

const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];

/// Somebody that a connection can begin or end at.
struct Party {
    title: String,
    end: End,
    /// The workload of the project that it is a pod of.
    workload: Option<String>,
}

/// Compares the matrix with the spec, and sees that no rule could be otherwise without changing the matrix.
pub(crate) fn matrix(case: Case, pods: &[Value]) -> Result<(), Failed> {
    let flows = flows(case);
    let parties = parties(case, pods, &flows);
    let doors = doors(&flows);
    let policies = policies(case);
    let declared = |client: &Party, server: &Party, door: Door| {
        flows.iter().any(|it| {
            it.ports.iter().any(|ports| ports.hold(door))
                && is(case, client, &it.client)
                && is(case, server, &it.server)
        })
    };
    let asked = connections(case, &parties, &doors);
    let expected: Vec<bool> = asked.iter().map(|it| declared(it.client, it.server, it.door)).collect();
    for (connection, expected) in asked.iter().zip(&expected) {
        let actual = connection.passes(&policies);
        if actual != *expected {
            let word =
                if actual { "passes, and no flow of the spec declares it" } else { "is declared, and does not pass" };
            return Err(format!("{}: {connection} {word}", case.name()).into());
        }
    }
    assert!(expected.iter().any(|it| *it), "nobody reaches anybody in {}", case.name());
    for (what, mutant) in mutants(&policies) {
        let is_seen = asked.iter().zip(&expected).any(|(it, expected)| it.passes(&mutant) != *expected);
        if !is_seen {
            return Err(format!("{}: {what} would not be seen", case.name()).into());
        }
    }
    Ok(())
}

/// One end of one connection.
struct Connection<'c> {
    client: &'c Party,
    server: &'c Party,
    door: Door,
    /// Whether the policies of the client are asked, or those of the server.
    leaves: bool,
}

impl Connection<'_> {
    fn passes(&self, policies: &[Policy]) -> bool {
        match (&self.client.end, &self.server.end) {
            (End::Pod(client), server) if self.leaves => may_leave(policies, client, server, self.door),
            (client, End::Pod(server)) => may_enter(policies, client, server, self.door),
            _ => true,
        }
    }
}

impl std::fmt::Display for Connection<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let way = if self.leaves { "out of the first" } else { "into the second" };
        let Door { protocol, port } = self.door;
        write!(f, "{} to {} on {protocol} {port}, {way},", self.client.title, self.server.title)
    }
}

/// Every question that the project's policies have to answer.
fn connections<'c>(case: Case, parties: &'c [Party], doors: &[Door]) -> Vec<Connection<'c>> {
    let mut asked = Vec::new();
    let is_ours = |it: &Party| matches!(&it.end, End::Pod(pod) if case.namespaces().any(|it| it == pod.namespace));
    for client in parties {
        for server in parties.iter().filter(|it| !std::ptr::eq(client, *it) || it.workload.is_some()) {
            for door in doors {
                let sides = [(true, is_ours(client)), (false, is_ours(server))];
                let sides = sides.into_iter().filter(|(_, is_ours)| *is_ours);
                asked.extend(sides.map(|(leaves, _)| Connection { client, server, door: *door, leaves }));
            }
        }
    }
    asked
}

fn is(case: Case, party: &Party, side: &Side) -> bool {
    match (side, &party.end) {
        (Side::Workload(name), _) => party.workload.as_deref() == Some(name),
        (Side::Namespace(name), End::Pod(pod)) => pod.namespace == *name,
        (Side::Everyone, End::Pod(pod)) => case.namespaces().any(|it| it == pod.namespace),
        (Side::Dns, End::Pod(pod)) => pod.labels == dns_labels() && pod.namespace == "kube-system",
        (Side::Range(cidr), End::Address(address)) => crate::policy::contains(cidr, *address),
        _ => false,
    }
}

/// The pods that were made, strangers in every namespace that matters, and addresses in and beside every range.
fn parties(case: Case, pods: &[Value], flows: &[Flow]) -> Vec<Party> {
    let mut parties = Vec::new();
    let mut seen = BTreeSet::new();
    for pod in pods {
        let labels: Labels = serde_json::from_value(pod["metadata"]["labels"].clone()).expect("labels are texts");
        let workload = labels.get("app.kubernetes.io/name").cloned().unwrap_or_default();
        // One pod of a workload is as good as another.
        if seen.insert(workload.clone()) {
            let namespace = pod["metadata"]["namespace"].as_str().expect("a pod is in a namespace");
            let end = pod_in(namespace, labels);
            let made_from = case.plan().workloads.get(workload.as_str()).map(|it| case.line_of_origin(it.origin));
            let line = made_from.map(|it| format!(" ({it})")).unwrap_or_default();
            parties.push(Party { title: format!("a pod of {workload}{line}"), end, workload: Some(workload) });
        }
    }
    assert_eq!(seen.len(), case.plan().workloads.len(), "every workload of {} has pods", case.name());
    let stranger = || Labels::from([("app.kubernetes.io/name".to_owned(), "stranger".to_owned())]);
    let mut add = |title: String, end: End| parties.push(Party { title, end, workload: None });
    for namespace in namespaces(case, flows) {
        add(format!("a stranger in {namespace}"), pod_in(&namespace, stranger()));
    }
    let other = Labels::from([("k8s-app".to_owned(), "other".to_owned())]);
    add("what is beside the DNS".to_owned(), pod_in("kube-system", other));
    add("the DNS".to_owned(), pod_in("kube-system", dns_labels()));
    add("what calls itself the DNS elsewhere".to_owned(), pod_in("elsewhere", dns_labels()));
    // Pods with the names of ours where they are not ours.
    for name in case.plan().workloads.keys() {
        let mut labels = stranger();
        labels.insert("app.kubernetes.io/name".to_owned(), name.to_string());
        add(format!("another project's {name}"), pod_in(case.namespace(), labels));
    }
    for address in addresses(flows) {
        add(address.to_string(), End::Address(address));
    }
    parties
}

fn namespaces(case: Case, flows: &[Flow]) -> BTreeSet<String> {
    let sides = flows.iter().flat_map(|it| [&it.client, &it.server]);
    let named = sides.filter_map(|it| if let Side::Namespace(name) = it { Some(name.clone()) } else { None });
    named.chain(case.namespaces().chain(["elsewhere"]).map(str::to_owned)).collect()
}

/// Of every range one address in it, and the nearest beside it; and one that nobody names.
fn addresses(flows: &[Flow]) -> BTreeSet<IpAddr> {
    let sides = flows.iter().flat_map(|it| [&it.client, &it.server]);
    let ranges = sides.filter_map(|it| if let Side::Range(cidr) = it { cidr.split_once('/') } else { None });
    let mut found = BTreeSet::from([IpAddr::V4(Ipv4Addr::new(192, 0, 2, 77))]);
    for (network, length) in ranges {
        let network: IpAddr = network.parse().expect("an address");
        let (number, width) = bits(network);
        let length: u32 = length.parse().expect("a length");
        found.insert(network);
        if length > 0 {
            let beside = number ^ (1 << (width - length));
            found.insert(match network {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from(u32::try_from(beside).expect("32 bits"))),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(beside)),
            });
        }
    }
    found
}

/// Every port that a flow names, and those beside it, in every protocol.
fn doors(flows: &[Flow]) -> Vec<Door> {
    let ports = flows.iter().flat_map(|it| &it.ports);
    let near = ports.flat_map(|it| {
        [
            it.first.saturating_sub(1),
            it.first,
            it.first.saturating_add(1),
            it.last.saturating_sub(1),
            it.last,
            it.last.saturating_add(1),
        ]
    });
    let numbers: BTreeSet<u16> = near.chain([443]).collect();
    numbers.into_iter().flat_map(|port| PROTOCOLS.map(|protocol| Door { protocol, port })).collect()
}

fn policies(case: Case) -> Vec<Policy> {
    let policies = case.emitted().filter(|it| it.kind() == "NetworkPolicy");
    policies.map(|it| serde_json::from_value(it.node.to_json()).expect("a policy is one")).collect()
}

fn dns_labels() -> Labels {
    BTreeMap::from([("k8s-app".to_owned(), "kube-dns".to_owned())])
}

/// Every namespace has its name as a label: the API server sees to it.
fn pod_in(namespace: &str, labels: Labels) -> End {
    let namespace_labels = Labels::from([("kubernetes.io/metadata.name".to_owned(), namespace.to_owned())]);
    End::Pod(Pod { namespace: namespace.to_owned(), namespace_labels, labels, ports: Vec::new() })
}
