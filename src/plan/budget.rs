//! What may run at once: the sum that the namespace's quota is held against.
//!
//! Services count with their greatest number of replicas, scheduled and manual stages as if they ran, helper pods too.
//! Of the stages of the pipeline those count that may run beside each other; which of them ask for most is found
//! exactly, as a heaviest antichain of the graph.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::{Claim, Plan, Run, Volume, Workload, pod_request};

/// An amount of each thing that a quota counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Thousandths of a core.
    pub cpu: u64,
    /// Bytes.
    pub memory: u64,
    /// Whole GPUs.
    pub gpu: u64,
    /// Bytes of volume claims.
    pub storage: u64,
}

/// The workloads that make up a demand, the largest first, each with its amount.
pub(crate) type Shares = Vec<(SmolStr, u64)>;

/// What the plan may use at once, and who uses it, for each of cpu, memory, GPUs and storage. What is more than a
/// number can hold is the largest number: more than any quota allows.
#[must_use]
pub fn budget(plan: &Plan) -> (Demand, [Shares; 4]) {
    budget_of(plan, &plan.identity.namespace)
}

/// The same of one namespace.
#[must_use]
pub fn budget_of(plan: &Plan, namespace: &str) -> (Demand, [Shares; 4]) {
    let here = |it: &Workload| u64::from(it.namespace.as_str() == namespace);
    let pods = |it: &Workload| here(it) * u64::from(it.run.most_pods());
    let cpu = sum(plan, &|it| pods(it).saturating_mul(pod_request(&it.pod).cpu));
    let memory = sum(plan, &|it| pods(it).saturating_mul(pod_request(&it.pod).memory));
    let gpu = sum(plan, &|it| here(it) * gpus(it));
    let storage = storage(plan, namespace);
    let total = |shares: &Shares| shares.iter().fold(0_u64, |sum, (_, amount)| sum.saturating_add(*amount));
    let demand = Demand { cpu: total(&cpu), memory: total(&memory), gpu: total(&gpu), storage: total(&storage) };
    (demand, [cpu, memory, gpu, storage])
}

fn gpus(workload: &Workload) -> u64 {
    let gpu = workload.pod.main.resources.gpu.as_ref().filter(|it| it.resource.as_str() == "nvidia.com/gpu");
    gpu.map_or(0, |it| u64::from(*it.count) * u64::from(workload.run.most_pods()))
}

fn storage(plan: &Plan, namespace: &str) -> Shares {
    let owns = |it: &Workload, volume: &Volume| match &it.run {
        _ if volume.claim == Claim::Run => it.pod.volumes.iter().any(|it| it.source.is_dataset(&volume.name)),
        Run::StatefulSet(run) => run.claims.contains(&volume.name),
        _ => false,
    };
    let replicas = |volume: &Volume| {
        let owner = plan.workloads.values().find(|it| owns(it, volume));
        owner.map_or(1, |it| u64::from(it.run.most_pods()))
    };
    let size = |text: &str| crate::spec::Quantity::parse(text).map_or(0, |it| it.bytes());
    let volumes = plan.volumes.values().filter(|it| it.namespace.as_str() == namespace);
    let claims = volumes.filter(|it| !matches!(it.claim, Claim::Existing | Claim::Url { .. } | Claim::Pod { .. }));
    sorted(claims.map(|it| (it.name.clone(), size(&it.size).saturating_mul(replicas(it)))).collect())
}

/// The pod of the workload that asks for most of something.
#[must_use]
pub fn largest_pod<'p>(plan: &'p Plan, amount: &dyn Fn(&Workload) -> u64) -> Option<&'p Workload> {
    plan.workloads.values().max_by_key(|it| amount(it))
}

/// What may run at once of `amount`, with the workloads that make it up.
fn sum(plan: &Plan, amount: &dyn Fn(&Workload) -> u64) -> Shares {
    let in_turn: Vec<&Workload> = plan.workloads.values().filter(|it| it.takes_turn()).collect();
    let others = plan.workloads.values().filter(|it| !it.takes_turn());
    let mut shares: Shares = others.map(|it| (it.name.value.clone(), amount(it))).collect();
    for group in connected(&in_turn) {
        shares.extend(heaviest(&group, amount));
    }
    sorted(shares)
}

fn sorted(mut shares: Shares) -> Shares {
    shares.retain(|(_, amount)| *amount > 0);
    shares.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    shares
}

/// The stages in groups between which there is no edge.
fn connected<'w>(stages: &[&'w Workload]) -> Vec<Vec<&'w Workload>> {
    let index: BTreeMap<&str, usize> = stages.iter().enumerate().map(|(at, it)| (it.name.as_str(), at)).collect();
    let mut group: Vec<usize> = (0..stages.len()).collect();
    for (at, stage) in stages.iter().enumerate() {
        for before in before(stage, stages, &index) {
            let (a, b) = (root(&mut group, at), root(&mut group, before));
            group[a] = b;
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Workload>> = BTreeMap::new();
    for (at, stage) in stages.iter().enumerate() {
        groups.entry(root(&mut group, at)).or_default().push(stage);
    }
    groups.into_values().collect()
}

/// The stages of the same run that must have ended before one.
fn before<'s>(
    stage: &'s Workload,
    stages: &'s [&Workload],
    index: &'s BTreeMap<&str, usize>,
) -> impl Iterator<Item = usize> + 's {
    let known = stage.after.iter().filter_map(|it| index.get(it.as_str()).copied());
    known.filter(|it| stage.waits_for(stages[*it]))
}

/// The number of the group that a stage belongs to.
fn root(group: &mut [usize], mut at: usize) -> usize {
    while group[at] != at {
        group[at] = group[group[at]];
        at = group[at];
    }
    at
}

/// The set of stages, none of which waits for another, whose amounts add up to most.
///
/// By Dilworth's theorem with weights: the heaviest antichain weighs all stages less the largest flow from earlier to
/// later ones, and the stages of it are those that a smallest cut leaves whole.
fn heaviest(stages: &[&Workload], amount: &dyn Fn(&Workload) -> u64) -> Shares {
    if let [one] = stages {
        return vec![(one.name.value.clone(), amount(one))];
    }
    let weights: Vec<u64> = stages.iter().map(|it| amount(it)).collect();
    let later = closure(stages);
    let mut flow = Flow::new(&weights, &later);
    flow.fill();
    let (left, right) = flow.reachable();
    let chosen = (0..stages.len()).filter(|it| left[*it] && !right[*it]);
    chosen.map(|it| (stages[it].name.value.clone(), weights[it])).collect()
}

/// For each stage all stages that come after it, however far.
fn closure(stages: &[&Workload]) -> Vec<Vec<usize>> {
    let index: BTreeMap<&str, usize> = stages.iter().enumerate().map(|(at, it)| (it.name.as_str(), at)).collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); stages.len()];
    for (at, stage) in stages.iter().enumerate() {
        before(stage, stages, &index).for_each(|before| next[before].push(at));
    }
    let reach = |start: usize| {
        let mut seen = vec![false; stages.len()];
        let mut way = next[start].clone();
        while let Some(at) = way.pop() {
            if !std::mem::replace(&mut seen[at], true) {
                way.extend(&next[at]);
            }
        }
        (0..stages.len()).filter(|it| seen[*it] && *it != start).collect()
    };
    (0..stages.len()).map(reach).collect()
}

/// A flow through a graph of two sides: each stage as one that ends and as one that begins later.
struct Flow<'f> {
    later: &'f [Vec<usize>],
    /// What can still leave a stage, and still arrive at one.
    supply: Vec<u64>,
    demand: Vec<u64>,
    sent: BTreeMap<(usize, usize), u64>,
}

impl<'f> Flow<'f> {
    fn new(weights: &[u64], later: &'f [Vec<usize>]) -> Self {
        Self { later, supply: weights.to_vec(), demand: weights.to_vec(), sent: BTreeMap::new() }
    }

    /// Sends more along shortest ways, as long as there is one.
    fn fill(&mut self) {
        while let Some(way) = self.way() {
            let forward: Vec<(usize, usize)> = way.iter().step_by(2).copied().collect();
            let back: Vec<(usize, usize)> = way.iter().skip(1).step_by(2).copied().collect();
            let first = forward[0].0;
            let last = forward[forward.len() - 1].1;
            let taken_back = back.iter().map(|it| self.sent[it]).min().unwrap_or(u64::MAX);
            let more = self.supply[first].min(self.demand[last]).min(taken_back);
            self.supply[first] -= more;
            self.demand[last] -= more;
            forward.into_iter().for_each(|it| *self.sent.entry(it).or_default() += more);
            back.into_iter().for_each(|it| *self.sent.entry(it).or_default() -= more);
        }
    }

    /// The edges of a way from supply to demand: forward ones, with taken-back ones between them.
    fn way(&self) -> Option<Vec<(usize, usize)>> {
        let (came_from, end) = self.search();
        let mut at = end?;
        let mut way = Vec::new();
        loop {
            let from = came_from.right[at].expect("internal error: a way is connected");
            way.push((from, at));
            match came_from.left[from].expect("internal error: a way is connected") {
                Reached::Source => break,
                Reached::Back(right) => {
                    way.push((from, right));
                    at = right;
                }
            }
        }
        way.reverse();
        Some(way)
    }

    fn search(&self) -> (Tree, Option<usize>) {
        let count = self.supply.len();
        let mut tree = Tree { left: vec![None; count], right: vec![None; count] };
        let mut queue: std::collections::VecDeque<usize> = (0..count).filter(|it| self.supply[*it] > 0).collect();
        queue.iter().for_each(|it| tree.left[*it] = Some(Reached::Source));
        while let Some(left) = queue.pop_front() {
            for right in &self.later[left] {
                if tree.right[*right].is_some() {
                    continue;
                }
                tree.right[*right] = Some(left);
                if self.demand[*right] > 0 {
                    return (tree, Some(*right));
                }
                for other in 0..count {
                    let sent = self.sent.get(&(other, *right)).is_some_and(|it| *it > 0);
                    if sent && tree.left[other].is_none() {
                        tree.left[other] = Some(Reached::Back(*right));
                        queue.push_back(other);
                    }
                }
            }
        }
        (tree, None)
    }

    /// What can still be reached from the supply when nothing more can be sent: the left and the right halves.
    fn reachable(&self) -> (Vec<bool>, Vec<bool>) {
        let (tree, _) = self.search();
        (tree.left.iter().map(Option::is_some).collect(), tree.right.iter().map(Option::is_some).collect())
    }
}

#[derive(Clone, Copy)]
enum Reached {
    Source,
    Back(usize),
}

struct Tree {
    left: Vec<Option<Reached>>,
    right: Vec<Option<usize>>,
}
