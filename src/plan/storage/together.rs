//! Pods that share a volume which one node at a time may mount: they run on one node.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::plan::{Index, RolloutPlan, Run, TOGETHER, Toleration, Volume, Workload};
use crate::source::At;
use crate::spec::AccessMode;

/// Ties the workloads that mount such a volume to one node. A pod whose turn comes when no other one runs goes where it
/// likes; what cannot be tied, such as replicas, is refused by a check.
pub(in crate::plan) fn tie(volumes: &Index<Volume>, workloads: &mut Index<Workload>) {
    let tied = volumes.values().filter(|it| it.claim.is_shared() && it.access.value == AccessMode::ReadWriteOnce);
    for volume in tied {
        let users: Vec<SmolStr> =
            workloads.values().filter(|it| mounts(it, &volume.name)).map(|it| it.name.value.clone()).collect();
        let is_alone = users.len() < 2 && !users.iter().any(|it| overlaps_itself(&workloads[it]));
        if is_alone {
            continue;
        }
        let tolerated = tolerated(&users, workloads);
        for user in users {
            let Some(workload) = workloads.get_mut(&user) else { continue };
            let origin = volume.access.origin.or(volume.origin).by(TOGETHER);
            workload.pod.placement.together.push(At::new(volume.name.clone(), origin));
            if workload.component == crate::plan::Component::Helper {
                let known = &mut workload.pod.placement.tolerations;
                for toleration in tolerated.values() {
                    if known.iter().all(|it| it.value != toleration.value) {
                        known.push(toleration.clone());
                    }
                }
            }
        }
    }
}

fn mounts(workload: &Workload, volume: &str) -> bool {
    workload.pod.volumes.iter().any(|it| it.source.is_dataset(volume))
}

/// A rolling update runs the old and the new pod side by side.
fn overlaps_itself(workload: &Workload) -> bool {
    matches!(&workload.run, Run::Deployment(run) if matches!(run.rollout, RolloutPlan::Rolling { .. }))
}

/// What the users tolerate: a helper must be able to follow them.
fn tolerated(users: &[SmolStr], workloads: &Index<Workload>) -> BTreeMap<String, At<Toleration>> {
    let all = users.iter().flat_map(|it| &workloads[it].pod.placement.tolerations);
    all.map(|it| (format!("{:?}", it.value), it.clone())).collect()
}
