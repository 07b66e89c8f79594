//! `[house]`: what a base says that the files on top of it cannot undo. Taken out of the layers before they are merged,
//! so that no layer takes the place of another one's rules.

use smol_str::SmolStr;

use super::layers::Layers;
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::{At, Node, Origin, Value, decode};
use crate::spec::{House, KeyPath};

pub(super) static FINAL_KEY: Code = Code {
    id: "final-key",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a key that a base file settles with `final` in its [house], in a file that builds on it, in an overlay of one,
or in `--set`; and rules of a house in an overlay.

### Why it matters
A platform team answers for what holds everywhere: which user programs run as, what a project may use. What each
project could change would hold nowhere.

### Use instead
What the base says. Who needs something else asks those who keep it.
",
};

/// The tables of workloads, and what is a workload in one.
const WORKLOADS: [&str; 7] = [
    "stages.*",
    "services.*",
    "stages.*.init.*",
    "services.*.init.*",
    "stages.*.sidecars.*",
    "services.*.sidecars.*",
    "services.*.variants.*",
];

/// Takes the rules out of all layers, and out of each what the rules of those below it settle.
pub(super) fn take_rules(layers: &mut Layers, sink: &mut Sink) -> Vec<House> {
    let mut houses: Vec<House> = Vec::new();
    for (tree, is_file) in layers.each_mut() {
        let map = tree.as_map_mut();
        let rules = map.filter(|_| is_file).and_then(|it| it.remove("house"));
        for path in ["house", "environments.*.house"] {
            for origin in take(tree, &steps(path)) {
                let diagnostic = Diagnostic::new(&FINAL_KEY, "rules of a house are no part of an environment");
                sink.report(diagnostic.at(Spot::key(origin), "").help("write [house] in a file that projects extend"));
            }
        }
        for settled in houses.iter().flat_map(|it| &it.settled) {
            for origin in places(settled).iter().flat_map(|it| take(tree, &steps(it))) {
                let diagnostic = Diagnostic::new(&FINAL_KEY, format!("`{settled}` is settled by the base"));
                sink.report(diagnostic.at(Spot::key(origin), "cannot be changed here").at(settled, "settled here"));
            }
        }
        houses.extend(rules.and_then(|it| decode(&it).ok()));
    }
    houses
}

fn steps(path: &str) -> Vec<&str> {
    path.split('.').collect()
}

/// Everywhere that a settled key could be said: itself, in overlays, and of the defaults in every workload.
fn places(settled: &At<KeyPath>) -> Vec<String> {
    let of_workloads = settled.strip_prefix("defaults.");
    let of_workloads = of_workloads.into_iter().flat_map(|key| WORKLOADS.map(|it| format!("{it}.{key}")));
    let mut places: Vec<String> = of_workloads.chain([settled.to_string()]).collect();
    places.extend(places.iter().map(|it| format!("environments.*.{it}")).collect::<Vec<_>>());
    places
}

/// Takes what stands at a path out of a tree: where it stood. What takes the place of the table that it would be in is
/// taken, too.
fn take(node: &mut Node, path: &[&str]) -> Vec<Origin> {
    let Some((step, rest)) = path.split_first() else { return Vec::new() };
    match &mut node.value {
        Value::Map(map) => {
            let keys: Vec<SmolStr> = map.iter().map(|(key, _)| key.clone()).filter(|it| is(step, it)).collect();
            let mut taken = Vec::new();
            for key in keys {
                let Some(below) = map.get_mut(&key) else { continue };
                let is_table = matches!(below.value, Value::Map(_) | Value::List(_));
                if rest.is_empty() || !is_table {
                    taken.extend(map.remove(&key).map(|it| it.origin));
                } else {
                    taken.extend(take(below, rest));
                }
            }
            taken
        }
        Value::List(items) if *step == "*" => items.iter_mut().flat_map(|it| take(it, rest)).collect(),
        _ => Vec::new(),
    }
}

fn is(step: &str, key: &str) -> bool {
    step == "*" || step == key
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_settled_is_taken_wherever_it_is_said() {
        let spec = json!({
            "defaults": {"user": {"uid": 1}, "proxy": false},
            "services": {"a": {"user": {"uid": 2}, "init": [{"user": {"gid": 3}}], "replicas": 1}},
            "environments": {"prod": {"services": {"a": {"user": {"uid": 4}}}, "user": 5}},
        });
        let mut tree = Node::from_json(&spec, Origin::NONE);
        let settled = At::new(KeyPath::parse("defaults.user").unwrap(), Origin::NONE);
        let taken: usize = places(&settled).iter().map(|it| take(&mut tree, &steps(it)).len()).sum();
        assert_eq!(taken, 4);
        let left = json!({
            "defaults": {"proxy": false},
            "services": {"a": {"init": [{}], "replicas": 1}},
            "environments": {"prod": {"services": {"a": {}}, "user": 5}},
        });
        assert_eq!(tree.to_json(), left);
    }

    #[test]
    fn what_takes_the_place_of_a_table_undoes_what_is_in_it() {
        let mut tree = Node::from_json(&json!({"services": {"a": {"proxy": false}}}), Origin::NONE);
        assert_eq!(take(&mut tree, &["services", "a", "proxy", "http"]).len(), 1);
        assert_eq!(tree.to_json(), json!({"services": {"a": {}}}));
    }
}
