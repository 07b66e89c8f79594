//! Policies with one thing wrong: each must be seen in the matrix of who reaches whom.

use crate::policy::{Labels, Opening, Policy, PortName, Rule, Selector, Spec};

/// Every policy left out, and every rule removed, widened, with another port and with another peer.
pub(crate) fn mutants(policies: &[Policy]) -> Vec<(String, Vec<Policy>)> {
    let mut mutants = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        let name = &policy.metadata.name;
        let mut without = policies.to_vec();
        without.remove(at);
        mutants.push((format!("{name} left out"), without));
        for side in [ingress, egress] {
            for number in 0..side(&mut policy.spec.clone()).len() {
                for (what, change) in CHANGES {
                    let mut changed = policies.to_vec();
                    let rules = side(&mut changed[at].spec);
                    if change(rules, number) {
                        mutants.push((format!("rule {number} of {name} {what}"), changed));
                    }
                }
            }
        }
    }
    mutants
}

fn ingress(spec: &mut Spec) -> &mut Vec<Rule> {
    spec.ingress.get_or_insert_default()
}

fn egress(spec: &mut Spec) -> &mut Vec<Rule> {
    spec.egress.get_or_insert_default()
}

/// Changes a rule; `false` where there is nothing to change.
type Change = fn(&mut Vec<Rule>, usize) -> bool;

const CHANGES: &[(&str, Change)] = &[
    ("removed", |rules, at| {
        rules.remove(at);
        true
    }),
    ("open to everybody", |rules, at| !std::mem::take(&mut rules[at].peers).is_empty()),
    ("open on every port", |rules, at| !std::mem::take(&mut rules[at].ports).is_empty()),
    ("for all pods of a namespace", |rules, at| {
        let peers = rules[at].peers.iter_mut().filter_map(|it| it.pod_selector.as_mut());
        let selectors = peers.filter(|it| !it.match_labels.is_empty());
        selectors.map(|it| it.match_labels.clear()).count() > 0
    }),
    ("for every instance of a name", |rules, at| {
        let peers = rules[at].peers.iter_mut().filter_map(|it| it.pod_selector.as_mut());
        peers.filter_map(|it| it.match_labels.remove("app.kubernetes.io/instance")).count() > 0
    }),
    ("for all namespaces", |rules, at| {
        let peers = rules[at].peers.iter_mut().filter_map(|it| it.namespace_selector.as_mut());
        peers.map(|it| it.match_labels.clear()).count() > 0
    }),
    ("for a range twice as wide", |rules, at| {
        let blocks = rules[at].peers.iter_mut().filter_map(|it| it.ip_block.as_mut());
        blocks.filter_map(|it| Some((wider(&it.cidr)?, it))).map(|(wider, it)| it.cidr = wider).count() > 0
    }),
    ("on the next port", |rules, at| rules[at].ports.iter_mut().map(next_port).count() > 0),
    ("in another protocol", |rules, at| {
        rules[at].ports.iter_mut().map(|it| it.protocol = Some("SCTP".to_owned())).count() > 0
    }),
    ("for one more port", |rules, at| rules[at].ports.iter_mut().map(one_more_port).filter(|it| *it).count() > 0),
    ("for another peer", |rules, at| {
        let labels = Labels::from([("app.kubernetes.io/name".to_owned(), "nobody".to_owned())]);
        rules[at].peers.iter_mut().for_each(|it| {
            it.ip_block = None;
            it.pod_selector = Some(Selector { match_labels: labels.clone(), match_expressions: Vec::new() });
        });
        !rules[at].peers.is_empty()
    }),
];

fn wider(cidr: &str) -> Option<String> {
    let (network, length) = cidr.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    Some(format!("{network}/{}", length.checked_sub(1)?))
}

fn next_port(port: &mut Opening) {
    if let Some(PortName::Number(number)) = &mut port.port {
        *number += 1;
    }
}

fn one_more_port(port: &mut Opening) -> bool {
    let Some(PortName::Number(first)) = port.port else { return false };
    let last = port.end_port.unwrap_or(first);
    port.end_port = last.checked_add(1);
    port.end_port.is_some()
}
