//! What the kubelet does to a claim before a pod mounts it, for an engine without one: the pod's group may write, and
//! sub-folders are there.
//!
//! A new volume of Docker takes after the folder that it is mounted on, and the images of the project have the folders
//! that their programs write to. Where that is not enough (a ready-made image, writers with different users, a part of a
//! volume, which must be there before it is mounted), an image of its own has the folder, and is the first to mount the
//! volume. None of the project's images has that folder: which volumes need one differs between environments, and the
//! digest of an image is handed from one to another.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::Parts;
use super::container::user_ids;
use super::helpers::{busybox, defaults};
use crate::plan::context::Context;
use crate::plan::{Claim, Container, Index, PREPARED, Preparation, PreparedVolume, VolumeMount, Workload};

/// A program that writes to a volume, or mounts a part of it.
struct Use<'p> {
    workload: &'p Workload,
    container: &'p Container,
    mount: &'p VolumeMount,
}

pub(in crate::plan) fn preparation(
    context: &Context<'_>,
    parts: &Parts<'_>,
    workloads: &Index<Workload>,
) -> Option<Preparation> {
    let mut uses: BTreeMap<&SmolStr, Vec<Use<'_>>> = BTreeMap::new();
    for workload in workloads.values() {
        for container in workload.pod.containers() {
            for (volume, mount) in workload.pod.changed(container).filter(|(volume, _)| is_here(parts, volume)) {
                uses.entry(volume).or_default().push(Use { workload, container, mount });
            }
        }
    }
    let needed = uses.into_iter().filter(|(_, uses)| !is_ready(parts, uses));
    let volumes: Index<PreparedVolume> =
        needed.filter_map(|(volume, uses)| Some((volume.clone(), prepared(&uses)?))).collect();
    let of = parts.volumes[volumes.keys().next()?].origin.by(PREPARED);
    Some(Preparation { base: busybox(context, of), user: user_ids(&defaults(context), None, of), volumes, origin: of })
}

/// What rights an NFS server gives is its own matter.
fn is_here(parts: &Parts<'_>, volume: &SmolStr) -> bool {
    parts.volumes.get(volume).is_some_and(|it| !matches!(it.claim, Claim::Nfs { .. }))
}

/// Whether the images of all writers have the folder, whichever comes first, and make it belong to the one user that
/// they have.
fn is_ready(parts: &Parts<'_>, uses: &[Use<'_>]) -> bool {
    let users: BTreeSet<u32> = uses.iter().map(|it| *it.container.user.uid).collect();
    let is_whole = uses.iter().all(|it| it.mount.sub_path.is_none());
    let has_folder = |it: &Use<'_>| {
        let image = it.container.image.built.as_ref().and_then(|name| parts.images.index.get(name));
        image.is_some_and(|image| image.folders.contains(&it.mount.path.value) && users.contains(&image.uid))
    };
    is_whole && users.len() == 1 && uses.iter().all(has_folder)
}

fn prepared(uses: &[Use<'_>]) -> Option<PreparedVolume> {
    let writer = uses.iter().find(|it| !it.mount.read_only).or(uses.first())?;
    let group = writer.workload.pod.user.fs_group;
    let parts = uses.iter().filter_map(|it| it.mount.sub_path.as_ref()).map(|it| it.value.clone());
    Some(PreparedVolume { group, parts: parts.collect() })
}
