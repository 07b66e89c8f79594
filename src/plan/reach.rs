//! Where protected health information gets to: every dataset's class, as it is declared and as it follows from what is
//! read to write it.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::resolve::Resolved;
use crate::source::{At, Origin};
use crate::spec::{Class, Mount, Short, StageRole, Workload};

/// The class of a dataset with the way on which it got it.
#[derive(Clone, Debug, PartialEq)]
pub struct Taint {
    /// The class that it must be treated as.
    pub class: Class,
    /// From the dataset that has the class by declaration (or for want of one) to this one: datasets and the stages
    /// between them, each with its place.
    pub path: Vec<At<SmolStr>>,
    /// Whether the first dataset of the path has no class.
    pub assumed: bool,
}

/// The class of every dataset that is declared or written.
#[must_use]
pub fn taints(resolved: &Resolved) -> BTreeMap<SmolStr, Taint> {
    let mut taints: BTreeMap<SmolStr, Taint> = BTreeMap::new();
    let mut written: BTreeMap<&str, Origin> = BTreeMap::new();
    for (_, workload) in programs(resolved) {
        for data in workload.outputs.iter().filter_map(|it| it.data.as_ref()) {
            written.entry(data.as_str()).or_insert(data.origin);
        }
    }
    for (name, data) in &resolved.spec.data {
        let derived = data.class.is_none() && written.contains_key(name.as_str());
        if !derived {
            let class = data.class.map_or(Class::Phi, |it| it.value);
            let origin = data.class.map_or(data.origin, |it| it.origin);
            let path = vec![At::new(name.as_str().into(), origin)];
            taints.insert(name.as_str().into(), Taint { class, path, assumed: data.class.is_none() });
        }
    }
    spread(resolved, &mut taints);
    // What is written from nothing, or read and written in a circle, has no class from anywhere.
    for (name, origin) in written {
        let path = vec![At::new(name.into(), origin)];
        taints.entry(name.into()).or_insert(Taint { class: Class::Phi, path, assumed: true });
    }
    spread(resolved, &mut taints);
    taints
}

/// Passes classes on from inputs to outputs until nothing changes. Classes only rise, so it ends.
fn spread(resolved: &Resolved, taints: &mut BTreeMap<SmolStr, Taint>) {
    let programs: Vec<_> = programs(resolved).collect();
    loop {
        let mut changed = false;
        for (name, workload) in &programs {
            if workload.role.is_some_and(|it| it.value == StageRole::Deidentify) {
                continue;
            }
            let inputs = workload.inputs.iter().filter_map(|it: &At<Short<Mount>>| it.data.as_ref());
            let Some(worst) = inputs.filter_map(|it| taints.get(it.as_str())).max_by_key(|it| it.class).cloned() else {
                continue;
            };
            for output in workload.outputs.iter().filter_map(|it| it.data.as_ref()) {
                let known = taints.get(output.as_str()).map(|it| it.class);
                if known.is_none_or(|it| it < worst.class) && worst.path.iter().all(|it| it.value != output.as_str()) {
                    let mut path = worst.path.clone();
                    path.push(At::new(name.clone(), workload.origin));
                    path.push(At::new(output.as_str().into(), output.origin));
                    taints.insert(output.as_str().into(), Taint { path, ..worst.clone() });
                    changed = true;
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// Every stage and service by its name, with the place of its table.
fn programs(resolved: &Resolved) -> impl Iterator<Item = (SmolStr, At<&Workload>)> {
    let stages = resolved.spec.stages.iter().map(|(name, it)| (name.as_str().into(), At::new(&***it, it.origin)));
    let services = resolved.spec.services.iter().map(|(name, it)| (name.as_str().into(), At::new(&***it, it.origin)));
    stages.chain(services)
}
