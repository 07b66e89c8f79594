//! What a NetworkPolicy lets through, before and after.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Scene, listed, word};
use crate::diff::model::{Effect, Impact};

/// One way that a policy opens: `in from pods with app=web to TCP 8080`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::diff) struct Flow {
    direction: &'static str,
    peer: String,
    port: String,
}

/// What stands for everybody.
const ANYBODY: &str = "anybody";

/// A direction that a policy does not speak of, so that it holds nothing back.
const UNHELD: &str = "anybody, as far as no other policy holds it back";

pub(super) fn effects(scene: &Scene<'_>) -> Vec<Effect> {
    if scene.live.is_null() {
        return vec![Effect::new(
            Impact::ClosesPaths,
            "the pods that it is for get through what policies list, and no more",
        )];
    }
    if !scene.touches(&["spec"]) {
        return Vec::new();
    }
    let [before, after] = [scene.live, scene.wanted].map(flows);
    let said = |impact: Impact, more: &BTreeSet<Flow>, less: &BTreeSet<Flow>| {
        let found: Vec<String> = more.difference(less).map(Flow::words).collect();
        (!found.is_empty()).then(|| Effect::new(impact, listed(&found)))
    };
    let mut found: Vec<Effect> =
        [said(Impact::OpensPaths, &after, &before), said(Impact::ClosesPaths, &before, &after)]
            .into_iter()
            .flatten()
            .collect();
    if scene.touches(&["spec", "podSelector"]) {
        found.push(Effect::new(Impact::ClosesPaths, "for other pods than before"));
    }
    found
}

/// Whether a way is open to whoever has an address.
pub(in crate::diff) fn is_open_to_all(flow: &Flow) -> bool {
    [ANYBODY, UNHELD, "0.0.0.0/0", "::/0"].contains(&flow.peer.as_str()) || flow.peer == "pods of all namespaces"
}

impl Flow {
    pub(in crate::diff) fn words(&self) -> String {
        let (preposition, port) = (if self.direction == "in" { "from" } else { "to" }, &self.port);
        format!("{} {preposition} {}{port}", self.direction, self.peer)
    }
}

/// All ways that a policy opens.
pub(in crate::diff) fn flows(policy: &Value) -> BTreeSet<Flow> {
    let spec = &policy["spec"];
    let types = spec["policyTypes"].as_array();
    let speaks = |name: &str, rules: &str| match types {
        Some(types) => types.iter().any(|it| it == name),
        // The server's default: Ingress always, Egress where there are rules.
        None => name == "Ingress" || spec[rules].is_array(),
    };
    let mut found = BTreeSet::new();
    for (direction, name, rules, peers) in [("in", "Ingress", "ingress", "from"), ("out", "Egress", "egress", "to")] {
        if !speaks(name, rules) {
            found.insert(Flow { direction, peer: UNHELD.to_owned(), port: String::new() });
            continue;
        }
        for rule in spec[rules].as_array().into_iter().flatten() {
            for peer in each(&rule[peers], peer) {
                let ports = each(&rule["ports"], port).into_iter();
                found.extend(ports.map(|port| Flow { direction, peer: peer.clone(), port }));
            }
        }
    }
    found
}

/// Each item of a list in words; an empty list means all of them.
fn each(list: &Value, words: fn(&Value) -> String) -> Vec<String> {
    match list.as_array() {
        Some(items) if !items.is_empty() => items.iter().map(words).collect(),
        _ => vec![words(&Value::Null)],
    }
}

fn peer(peer: &Value) -> String {
    if peer.is_null() {
        return ANYBODY.to_owned();
    }
    if let Some(range) = peer["ipBlock"]["cidr"].as_str() {
        let except =
            peer["ipBlock"]["except"].as_array().into_iter().flatten().map(word).collect::<Vec<_>>().join(", ");
        return if except.is_empty() { range.to_owned() } else { format!("{range} without {except}") };
    }
    let pods = match selector(&peer["podSelector"]) {
        Some(labels) if !labels.is_empty() => format!("pods with {labels}"),
        _ => "pods".to_owned(),
    };
    match selector(&peer["namespaceSelector"]) {
        None => format!("{pods} of this namespace"),
        Some(labels) if labels.is_empty() => format!("{pods} of all namespaces"),
        Some(labels) => format!("{pods} of namespaces with {labels}"),
    }
}

/// A selector in words: nothing where there is none, an empty text where it takes everything.
fn selector(selector: &Value) -> Option<String> {
    let map = selector.as_object()?;
    let labels = map.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let mut parts: Vec<String> = labels.map(|(key, it)| format!("{key}={}", word(it))).collect();
    for it in map.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
        let values = it["values"].as_array().into_iter().flatten().map(word).collect::<Vec<_>>().join("|");
        parts.push(format!("{} {} {values}", word(&it["key"]), word(&it["operator"])).trim_end().to_owned());
    }
    Some(parts.join(","))
}

fn port(port: &Value) -> String {
    if port.is_null() {
        return String::new();
    }
    let protocol = port["protocol"].as_str().unwrap_or("TCP");
    match (&port["port"], &port["endPort"]) {
        (Value::Null, _) => format!(" on {protocol}"),
        (first, Value::Null) => format!(" on {protocol} {}", word(first)),
        (first, last) => format!(" on {protocol} {} to {}", word(first), word(last)),
    }
}
