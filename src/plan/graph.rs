//! The pipeline's graph: which stage must have ended before which, from inputs, outputs, results and `after`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use smol_str::SmolStr;

use crate::resolve::Resolved;
use crate::source::At;
use crate::spec::{Mount, Short};

/// For every stage the stages that must have ended before it, each with the place that says so.
pub(crate) type Edges = BTreeMap<SmolStr, Vec<At<SmolStr>>>;

/// The edges between stages. A stage that reads and writes the same dataset does not wait for the others that do: its
/// order must be given with `after`.
#[must_use]
pub fn stage_edges(resolved: &Resolved) -> Edges {
    let mut writers: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, stage) in resolved.spec.stages.by_key() {
        for data in stage.outputs.iter().filter_map(|it| it.data.as_ref()) {
            writers.entry(data.as_str()).or_default().push(name.as_str());
        }
    }
    let mut edges = Edges::new();
    for (name, stage) in resolved.spec.stages.by_key() {
        let writes: BTreeSet<&str> = stage.outputs.iter().filter_map(|it| Some(it.data.as_ref()?.as_str())).collect();
        let mut before: Vec<At<SmolStr>> = Vec::new();
        let mut add = |stage: SmolStr, origin| {
            if stage != name.as_str() && before.iter().all(|it| it.value != stage) {
                before.push(At::new(stage, origin));
            }
        };
        for data in stage.inputs.iter().filter_map(|it: &At<Short<Mount>>| it.data.as_ref()) {
            if !writes.contains(data.as_str()) {
                let from = writers.get(data.as_str()).into_iter().flatten();
                from.for_each(|writer| add((*writer).into(), data.origin));
            }
        }
        for (other, origin) in stage.results_of().filter(|(it, _)| resolved.spec.stages.contains(it)) {
            add(other.into(), origin);
        }
        for other in stage.after.iter().filter(|it| resolved.spec.stages.contains(it.as_str())) {
            add(other.as_str().into(), other.origin);
        }
        edges.insert(name.as_str().into(), before);
    }
    edges
}

/// Every circle of the graph, each as its stages in order; empty for a proper graph.
#[must_use]
pub fn cycles(edges: &Edges) -> Vec<Vec<SmolStr>> {
    let mut found: Vec<Vec<SmolStr>> = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for start in edges.keys() {
        let mut way: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((stage, next)) = way.pop() {
            if done.contains(stage) {
                continue;
            }
            let Some(before) = edges.get(stage).and_then(|it| it.get(next)) else {
                done.insert(stage);
                continue;
            };
            way.push((stage, next + 1));
            let before = before.as_str();
            if let Some(at) = way.iter().position(|(it, _)| *it == before) {
                found.push(way[at..].iter().map(|(it, _)| SmolStr::new(it)).collect());
            } else if !done.contains(before) {
                way.push((before, 0));
            }
        }
    }
    found
}
