//! What one program mounts, and where.

use smol_str::{SmolStr, format_smolstr};

use super::layout::Layout;
use super::prepare;
use super::program::Program;
use super::stores::{config_source, secret_source};
use super::text::{bytes, quantity, short_bytes};
use crate::object::fields;
use crate::plan::{Claim, PREPARED, Plan, PodVolume, VolumeMount, VolumeSource, Workload};
use crate::source::{At, Node};

/// The mounts of a program, by the key of Compose that they go under.
#[derive(Default)]
pub(super) struct Mounts {
    pub(super) volumes: Vec<Node>,
    pub(super) tmpfs: Vec<At<SmolStr>>,
    pub(super) shm_size: Option<At<SmolStr>>,
    pub(super) configs: Vec<Node>,
    pub(super) secrets: Vec<Node>,
}

pub(super) fn mounts(layout: &Layout<'_>, program: &Program<'_>) -> Mounts {
    let mut mounts = Mounts::default();
    for mount in &program.container.mounts {
        let Some(volume) = mounted(program.workload, mount) else { continue };
        match &volume.source {
            VolumeSource::Data { volume, .. } => mounts.volumes.push(dataset(layout, volume, mount)),
            VolumeSource::Memory { size } if mount.path.value == SHM => {
                mounts.shm_size = Some(size.clone().map(|it| bytes(quantity(&it))));
            }
            VolumeSource::Scratch { size } | VolumeSource::Memory { size } => {
                mounts.tmpfs.push(scratch(program, size, mount));
            }
            VolumeSource::Config { table } => mounts.configs.extend(configs(layout.plan, table, mount)),
            VolumeSource::Secret { secret } => mounts.secrets.extend(secrets(layout.plan, secret, mount)),
        }
    }
    mounts
}

const SHM: &str = "/dev/shm";

/// The volume of the pod that a mount names.
pub(super) fn mounted<'w>(workload: &'w Workload, mount: &VolumeMount) -> Option<&'w PodVolume> {
    workload.pod.volumes.iter().find(|it| it.name == mount.volume)
}

/// A volume that is prepared takes after nothing else, and an NFS server's is left alone; any other gets the owner of the
/// image's folder.
fn dataset(layout: &Layout<'_>, name: &SmolStr, mount: &VolumeMount) -> Node {
    let origin = mount.path.origin;
    let is_nfs = layout.plan.volumes.get(name).is_some_and(|it| matches!(it.claim, Claim::Nfs { .. }));
    let nocopy = (is_nfs || prepare::is_prepared(layout.plan, name)).then(|| At::new(true, origin.by(PREPARED)));
    let has_options = nocopy.is_some() || mount.sub_path.is_some();
    fields!(origin;
        "type" => "volume",
        "source" => name,
        "target" => &mount.path,
        "read_only" => mount.read_only.then_some(true),
        "volume" => has_options.then(|| fields!(origin; "nocopy" => nocopy, "subpath" => mount.sub_path.clone())),
    )
}

/// A folder in memory that any user may write to and run programs from, as on the node's disk.
fn scratch(program: &Program<'_>, size: &At<SmolStr>, mount: &VolumeMount) -> At<SmolStr> {
    let user = &program.container.user;
    let size = short_bytes(quantity(size));
    mount
        .path
        .clone()
        .map(|path| format_smolstr!("{path}:size={size},mode=1777,uid={},gid={},exec", user.uid, user.gid))
}

/// Each file of a table in the folder, or the one that is asked for.
fn configs(plan: &Plan, table: &SmolStr, mount: &VolumeMount) -> Vec<Node> {
    let files = plan.configs.get(table).map(|it| it.files.as_slice()).unwrap_or_default();
    let target = |file: &SmolStr| match &mount.sub_path {
        Some(only) => (*file == only.value).then(|| mount.path.value.clone()),
        None => Some(format_smolstr!("{}/{file}", mount.path)),
    };
    let config = |file: &SmolStr| {
        let target = target(file)?;
        Some(fields!(mount.path.origin; "source" => config_source(table, file), "target" => target))
    };
    files.iter().filter_map(|it| config(&it.name)).collect()
}

/// One file for each key. Compose mounts it as it lies in the project: owner and mode of its own would be ignored.
fn secrets(plan: &Plan, secret: &SmolStr, mount: &VolumeMount) -> Vec<Node> {
    let origin = mount.path.origin;
    let keys = plan.secrets.get(secret).map(|it| it.keys.as_slice()).unwrap_or_default();
    let file = |key: &At<SmolStr>| {
        fields!(origin;
            "source" => secret_source(secret, key),
            "target" => format!("{}/{key}", mount.path),
        )
    };
    keys.iter().map(|it| file(&it.key)).collect()
}
