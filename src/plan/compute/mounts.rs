//! What a pod mounts and where its containers see it.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::Parts;
use super::container::Program;
use crate::plan::context::Context;
use crate::plan::storage::{CONFIG_JSON, short_hash};
use crate::plan::{
    CONFIG_FILES, Claim, ConfigTable, DATA_PATH, PodVolume, READ_INPUTS, ResourcePlan, SCRATCH, SECRET_FILE, SHM,
    VolumeMount, VolumeSource,
};
use crate::source::{At, Origin};
use crate::spec::{ConfigUse, Mount, Name, Quantity, SecretUse, Short};

/// The volumes of a pod, each once, whichever containers mount it.
#[derive(Default)]
pub(super) struct PodVolumes(Vec<PodVolume>);

impl PodVolumes {
    pub(super) fn into_list(self) -> Vec<PodVolume> {
        self.0
    }

    fn add(&mut self, name: &SmolStr, source: VolumeSource, origin: Origin) {
        match self.0.iter_mut().find(|it| it.name == *name) {
            None => self.0.push(PodVolume { name: name.clone(), source, origin }),
            // One container that writes is enough to make the pod's volume writable.
            Some(known) => {
                if let (VolumeSource::Data { read_only, .. }, VolumeSource::Data { read_only: false, .. }) =
                    (&mut known.source, &source)
                {
                    *read_only = false;
                }
            }
        }
    }
}

pub(super) fn mounts(
    context: &Context<'_>,
    parts: &Parts<'_>,
    program: &Program<'_>,
    resources: &ResourcePlan,
    volumes: &mut PodVolumes,
) -> Vec<VolumeMount> {
    let mut mounts = Vec::new();
    scratch(program, resources, volumes, &mut mounts);
    datasets(context, parts, program, volumes, &mut mounts);
    for used in &program.workload.config {
        let Some(table) = used.name.as_ref().and_then(|it| parts.configs.get(it.as_str())) else { continue };
        if table.files.is_empty() {
            continue;
        }
        let name = format_smolstr!("config-{}", table.name);
        volumes.add(&name, VolumeSource::Config { table: table.name.clone() }, used.origin);
        let (path, sub_path) = config_place(used, table);
        mounts.push(VolumeMount { volume: name, path, sub_path, read_only: true });
    }
    for used in program.workload.secrets.iter().filter(|it| !it.is_env()) {
        let Some(secret) = used.name.as_ref().and_then(|it| parts.secrets.get(it.as_str())) else { continue };
        let name = format_smolstr!("secret-{}", secret.name);
        volumes.add(&name, VolumeSource::Secret { secret: secret.name.clone() }, used.origin);
        mounts.push(VolumeMount {
            volume: name,
            path: secret_path(used, &secret.name),
            sub_path: None,
            read_only: true,
        });
    }
    mounts
}

/// `/tmp`, the writable folders, and `/dev/shm`.
fn scratch(program: &Program<'_>, resources: &ResourcePlan, volumes: &mut PodVolumes, mounts: &mut Vec<VolumeMount>) {
    let size = resources.scratch.map(|it| Quantity::from_bytes(it).to_smolstr());
    let origin = program.origin.by(SCRATCH);
    let mut folder = |name: SmolStr, path: At<SmolStr>, source: VolumeSource, origin: Origin| {
        volumes.add(&name, source, origin);
        mounts.push(VolumeMount { volume: name, path, sub_path: None, read_only: false });
    };
    let disk = || VolumeSource::Scratch { size: size.clone() };
    folder("tmp".into(), At::new("/tmp".into(), origin), disk(), origin);
    for path in &program.workload.writable {
        folder(scratch_name(path), path.clone().map(|it| it.to_smolstr()), disk(), path.origin);
    }
    if let Some(size) = shm(program, resources) {
        let origin = size.origin;
        folder("shm".into(), At::new("/dev/shm".into(), origin), VolumeSource::Memory { size }, origin);
    }
}

/// The name of the volume of a writable folder: its path, and a hash where the path alone could be another's.
fn scratch_name(path: &str) -> SmolStr {
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '/';
    if path.chars().all(is_plain) && path.len() <= 50 {
        return format_smolstr!("scratch{}", path.replace('/', "-"));
    }
    format_smolstr!("scratch-{}", short_hash(path))
}

/// The size of `/dev/shm`: as written, or for GPU programs half of the memory.
fn shm(program: &Program<'_>, resources: &ResourcePlan) -> Option<At<SmolStr>> {
    if let Some(size) = &program.workload.shm {
        return Some(size.clone().map(|it| it.to_smolstr()));
    }
    resources.gpu.as_ref()?;
    let half = resources.memory.value / 2;
    let whole = half >> 20 << 20;
    // Less than one mebibyte is not rounded: a volume of no size is none.
    let size = if whole == 0 { half.max(1) } else { whole };
    Some(At::new(Quantity::from_bytes(size).to_smolstr(), resources.memory.origin.by(SHM)))
}

fn datasets(
    context: &Context<'_>,
    parts: &Parts<'_>,
    program: &Program<'_>,
    volumes: &mut PodVolumes,
    mounts: &mut Vec<VolumeMount>,
) {
    let inputs = program.workload.inputs.iter().map(|it| (it, true));
    let outputs = program.workload.outputs.iter().map(|it| (it, false));
    let is_written =
        |data: &str| program.workload.outputs.iter().any(|it| it.data.as_ref().is_some_and(|it| it.as_str() == data));
    for (mount, read_only) in inputs.chain(outputs) {
        let Some(volume) = mount.data.as_ref().and_then(|it| parts.volumes.get(it.as_str())) else { continue };
        let Some(data) = &mount.data else { continue };
        let path = data_path(context, mount, data);
        if read_only && is_written(data) && mount.path.is_none() {
            // Read and written at the same place: the output's mount serves both.
            continue;
        }
        let name = format_smolstr!("data-{}", volume.name);
        let source = match volume.claim {
            Claim::Url { .. } => continue,
            Claim::Pod { memory: true } => VolumeSource::Memory { size: volume.size.clone() },
            _ => VolumeSource::Data { volume: volume.name.clone(), read_only },
        };
        volumes.add(&name, source, mount.origin.by(READ_INPUTS));
        let sub_path = mount.sub_path.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
        mounts.push(VolumeMount { volume: name, path, sub_path, read_only });
    }
}

/// Where a workload sees a dataset.
pub(in crate::plan) fn data_path(context: &Context<'_>, mount: &At<Short<Mount>>, data: &At<Name>) -> At<SmolStr> {
    let of_mount = mount.path.as_ref();
    let path = of_mount.or_else(|| context.spec.data.get(data.as_str())?.path.as_ref());
    path.map_or_else(
        || At::new(format_smolstr!("/data/{data}"), data.origin.by(DATA_PATH)),
        |it| it.clone().map(|it| it.to_smolstr()),
    )
}

/// How a program finds a dataset: its path, or the URL of a bucket that is not mounted.
pub(super) fn data_place(
    context: &Context<'_>,
    parts: &Parts<'_>,
    mount: &At<Short<Mount>>,
    data: &At<Name>,
) -> At<SmolStr> {
    match parts.volumes.get(data.as_str()).map(|it| &it.claim) {
        Some(Claim::Url { url, .. }) => url.clone(),
        _ => data_path(context, mount, data),
    }
}

/// Disk space of the node that a pod's own datasets may take.
pub(super) fn own_disk(parts: &Parts<'_>, volumes: &PodVolumes) -> u64 {
    let size = |it: &PodVolume| match &it.source {
        VolumeSource::Data { volume, .. } => {
            let volume = parts.volumes.get(volume).filter(|it| it.claim == Claim::Pod { memory: false })?;
            Quantity::parse(&volume.size).ok().map(|it| it.bytes())
        }
        _ => None,
    };
    volumes.0.iter().filter_map(size).fold(0, u64::saturating_add)
}

/// Where a program sees the files of a table: their folder, or a path and the one file that is there.
pub(super) fn config_place(used: &At<Short<ConfigUse>>, table: &ConfigTable) -> (At<SmolStr>, Option<At<SmolStr>>) {
    let Some(path) = &used.path else {
        return (At::new(format_smolstr!("/etc/config/{}", table.name), used.origin.by(CONFIG_FILES)), None);
    };
    let last = path.rsplit('/').next().unwrap_or_default();
    let file = table.files.iter().find(|it| it.name == last);
    (path.clone().map(|it| it.to_smolstr()), file.map(|it| At::new(it.name.clone(), path.origin.by(CONFIG_FILES))))
}

/// What the variable of a table says: its settings, its one file, or the folder of several.
pub(super) fn config_file(used: &At<Short<ConfigUse>>, table: &ConfigTable) -> Option<SmolStr> {
    let (place, file) = config_place(used, table);
    let settings = table.files.iter().find(|it| it.name == CONFIG_JSON);
    let path = match (file, settings, table.files.as_slice()) {
        (None, Some(file), _) | (None, None, [file]) => format_smolstr!("{place}/{}", file.name),
        (None, None, []) => return None,
        (Some(_), ..) | (None, None, _) => place.value,
    };
    Some(path)
}

pub(in crate::plan) fn secret_path(used: &At<Short<SecretUse>>, name: &str) -> At<SmolStr> {
    used.path.as_ref().map_or_else(
        || At::new(format_smolstr!("/run/secrets/{name}"), used.origin.by(SECRET_FILE)),
        |it| it.clone().map(|it| it.to_smolstr()),
    )
}
