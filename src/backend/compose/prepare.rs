//! What the kubelet does to a claim before a pod mounts it: the pod's group may write, and sub-folders are there.
//!
//! A new volume of Docker gets the owner of the folder that it is mounted on, and the images of the project have the
//! folders that their programs write to. Where that is not enough (a ready-made image, writers with different users, a
//! part of a volume, which must be there before it is mounted), one program prepares the volume before the others
//! start. Its user is root, to whom the new volume belongs, in the groups that are to write; it has no capability, no
//! network and nothing but the volumes.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::build;
use super::layout::Layout;
use super::mounts::mounted;
use super::order;
use super::program::Program;
use super::resources;
use crate::backend::Job;
use crate::object::fields;
use crate::plan::{Claim, Component, DATA_CLAIM, DENY_ALL, Plan, RESTRICTED, VolumeMount, VolumeSource};
use crate::source::{At, Node, Origin};

/// The name of the Compose service; no name of the spec holds a `_`.
pub(super) const NAME: &str = "prepare_volumes";

/// What is done to which volume.
pub(super) struct Preparations<'p>(BTreeMap<&'p SmolStr, Preparation<'p>>);

/// What is done to one volume.
struct Preparation<'p> {
    /// The group of the first pod that writes to it.
    group: At<u32>,
    /// The parts of it that are mounted.
    folders: BTreeSet<&'p SmolStr>,
}

impl<'p> Preparations<'p> {
    pub(super) fn of(plan: &'p Plan) -> Self {
        let mut uses: BTreeMap<&SmolStr, Vec<Use<'p>>> = BTreeMap::new();
        for program in Program::all(plan) {
            for (volume, mount) in changed(plan, &program) {
                uses.entry(volume).or_default().push(Use { program, mount });
            }
        }
        let needed = uses.into_iter().filter(|(_, uses)| !is_ready(plan, uses));
        Self(needed.filter_map(|(volume, uses)| Some((volume, preparation(&uses)?))).collect())
    }

    /// Whether a volume is prepared.
    pub(super) fn has(&self, volume: &SmolStr) -> bool {
        self.0.contains_key(volume)
    }

    /// Whether a program needs a volume as it is prepared. Where none of those that always run does, all of them wait all
    /// the same: `up --wait` takes what has ended for a failure, unless something that runs waits for its end.
    pub(super) fn is_awaited_by(&self, plan: &Plan, program: &Program<'_>) -> bool {
        let needs = |it: &Program<'_>| changed(plan, it).any(|(volume, _)| self.has(volume));
        let always_runs = |it: &Program<'_>| order::profile(it).is_none();
        let is_for_all = || always_runs(program) && !Program::all(plan).any(|it| always_runs(&it) && needs(&it));
        needs(program) || (!self.0.is_empty() && is_for_all())
    }
}

/// A program that writes to a volume, or mounts a part of it.
struct Use<'p> {
    program: Program<'p>,
    mount: &'p VolumeMount,
}

/// The volumes that a program writes to, or mounts a part of. What rights an NFS server gives is its own matter.
fn changed<'p>(plan: &'p Plan, program: &Program<'p>) -> impl Iterator<Item = (&'p SmolStr, &'p VolumeMount)> {
    let workload = program.workload;
    let container = program.container;
    container.mounts.iter().filter_map(move |mount| {
        let VolumeSource::Data { volume, .. } = &mounted(workload, mount)?.source else { return None };
        let is_here = plan.volumes.get(volume).is_some_and(|it| !matches!(it.claim, Claim::Nfs { .. }));
        (is_here && (!mount.read_only || mount.sub_path.is_some())).then_some((volume, mount))
    })
}

/// Whether the image of a writer has the folder, and makes it belong to the one user that all writers have.
fn is_ready(plan: &Plan, uses: &[Use<'_>]) -> bool {
    let users: BTreeSet<u32> = uses.iter().map(|it| *it.program.container.user.uid).collect();
    let is_whole = uses.iter().all(|it| it.mount.sub_path.is_none());
    let has_folder = |it: &Use<'_>| {
        let image = it.program.container.image.built.as_ref().and_then(|name| plan.images.get(name));
        image.is_some_and(|image| image.folders.contains(&it.mount.path.value) && users.contains(&image.uid))
    };
    is_whole && users.len() == 1 && uses.iter().any(has_folder)
}

fn preparation<'p>(uses: &[Use<'p>]) -> Option<Preparation<'p>> {
    let group = uses.first()?.program.workload.pod.user.fs_group;
    let folders = uses.iter().filter_map(|it| it.mount.sub_path.as_ref()).map(|it| &it.value);
    Some(Preparation { group, folders: folders.collect() })
}

/// The Compose service, where any volume has to be prepared.
pub(super) fn service(job: &Job<'_>, layout: &Layout<'_>) -> Option<Node> {
    let plan = job.plan;
    let volumes = &layout.prepared.0;
    let groups: BTreeSet<u32> = volumes.values().map(|it| *it.group).collect();
    let (first, others) = groups.iter().next().zip(Some(groups.iter().skip(1)))?;
    let runner = runner(layout)?;
    let origin = Origin::rule(DATA_CLAIM);
    let mount = |name: &&SmolStr| {
        fields!(plan.volumes[*name].origin;
            "type" => "volume",
            "source" => *name,
            "target" => place(name),
            "volume" => fields!(origin; "nocopy" => true),
        )
    };
    Some(fields!(origin;
        "image" => build::reference(runner.container),
        "build" => build::build(job, runner.container),
        "pull_policy" => build::pull_policy(runner.container),
        "entrypoint" => vec!["sh", "-e", "-c"],
        "command" => vec![script(volumes)],
        "user" => format!("0:{first}"),
        "group_add" => others.map(ToSmolStr::to_smolstr).collect::<Vec<_>>(),
        "read_only" => true,
        "cap_drop" => vec![At::new("ALL", origin.by(RESTRICTED))],
        "security_opt" => vec![At::new("no-new-privileges:true", origin.by(RESTRICTED))],
        "init" => true,
        "volumes" => volumes.keys().map(mount).collect::<Vec<_>>(),
        "network_mode" => At::new("none", origin.by(DENY_ALL)),
        "deploy" => resources::of_helper(origin),
    ))
}

/// A volume that somebody restored may belong to another user, who then decides about it. Names and paths hold nothing
/// that a shell would read.
fn script(volumes: &BTreeMap<&SmolStr, Preparation<'_>>) -> String {
    let mut script = "umask 002\n".to_owned();
    for (name, it) in volumes {
        let (place, group) = (place(name), it.group);
        let otherwise = format!("echo \"{place} has another owner and stays as it is\"");
        script += &format!("chgrp {group} {place} && chmod 2775 {place} || {otherwise}\n");
        for folder in &it.folders {
            script += &format!("mkdir -p {place}/{folder}\n");
        }
    }
    script
}

fn place(volume: &SmolStr) -> SmolStr {
    format_smolstr!("/volumes/{volume}")
}

/// The program whose image is used: one that is built here has a shell, and a service's is needed anyway.
fn runner<'p>(layout: &Layout<'p>) -> Option<Program<'p>> {
    Program::all(layout.plan).min_by_key(|it| {
        let is_built = it.container.image.built.is_some();
        let is_service = it.workload.component == Component::Service;
        (!is_built, !is_service, !layout.prepared.is_awaited_by(layout.plan, it))
    })
}
