//! What lies outside of containers: volumes, tables of settings, and secrets.
//!
//! Settings are files beside `compose.yaml`, not written into it: Compose copies what is written in it into the
//! container, and refuses to where the root is read-only. A secret's key is a file of the project, which its
//! owner makes and git must ignore.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::mounts::mounted;
use super::program::Program;
use super::text::words;
use crate::backend::{Job, Text, path};
use crate::object::{Pairs, fields};
use crate::plan::{Claim, ConfigFile, ConfigTable, LOCAL_SECRET, Plan, SecretEntry, Volume, VolumeSource};
use crate::source::{At, Map, Node, Origin, RelPath};

/// The datasets that are mounted.
pub(super) fn volumes(plan: &Plan) -> Pairs<Node> {
    let used: BTreeSet<&SmolStr> = used(plan, |it| match it {
        VolumeSource::Data { volume, .. } => Some(volume),
        _ => None,
    });
    let volumes = plan.volumes.values().filter(|it| used.contains(&it.name));
    Pairs(volumes.map(|it| (it.name.clone(), volume(plan, it))).collect())
}

fn volume(plan: &Plan, volume: &Volume) -> Node {
    let origin = volume.origin;
    let labels = words(&plan.identity.labels);
    let Claim::Nfs { server, path, options, .. } = &volume.claim else {
        let mut node = Node::new(Map::new(), origin);
        if let Some(map) = node.as_map_mut() {
            crate::object::put(map, "labels".into(), labels, origin);
        }
        return node;
    };
    let mut mount_options = vec![format_smolstr!("addr={server}")];
    mount_options.extend(options.iter().map(|it| it.value.clone()));
    mount_options.extend(volume.read_only.map(|_| "ro".into()));
    let nfs = fields!(server.origin;
        "type" => "nfs",
        "o" => mount_options.join(","),
        "device" => path.clone().map(|it| format_smolstr!(":{it}")),
    );
    fields!(origin; "driver" => "local", "driver_opts" => nfs, "labels" => labels)
}

/// What is not the same about a dataset here: its bytes, or how long they stay.
pub(super) fn differences(plan: &Plan) -> Vec<(String, Origin)> {
    let mut found = Vec::new();
    for volume in plan.volumes.values() {
        let name = &volume.name;
        let own = |what: &str| format!("with Compose the dataset `{name}` is a volume of its own, not {what}");
        match &volume.claim {
            Claim::Existing => {
                found.push((own(&format!("the claim `{}`", volume.claim_name)), volume.claim_name.origin));
            }
            Claim::Bucket(it) => found.push((own(&format!("the bucket `{}`", it.url)), it.url.origin)),
            Claim::Run | Claim::Pod { memory: false } => {
                let message =
                    format!("with Compose the dataset `{name}` stays when the program that uses it has ended");
                found.push((message, volume.origin));
            }
            Claim::New | Claim::PerReplica | Claim::Nfs { .. } | Claim::Url { .. } | Claim::Pod { .. } => {}
        }
        if let Some(keep) = volume.keep {
            let message = format!("with Compose `docker compose down --volumes` removes the dataset `{name}`");
            found.push((message, keep.origin));
        }
    }
    found
}

/// The files of the tables of settings that are mounted.
pub(super) fn configs(plan: &Plan) -> Pairs<Node> {
    let file = |(table, file): (&ConfigTable, &ConfigFile)| {
        let place = format!("./{}", config_file(table, file));
        (config_source(&table.name, &file.name), fields!(file.text.origin; "file" => place))
    };
    Pairs(used_configs(plan).map(file).collect())
}

/// The same files as they are written.
pub(super) fn config_files(plan: &Plan) -> Vec<(RelPath, Text)> {
    let file = |(table, file): (&ConfigTable, &ConfigFile)| {
        let text = Text { text: Arc::from(file.text.as_str()), origin: file.text.origin };
        (path(config_file(table, file)), text)
    };
    used_configs(plan).map(file).collect()
}

fn config_file(table: &ConfigTable, file: &ConfigFile) -> SmolStr {
    format_smolstr!("compose/config/{}/{}", table.name, file.name)
}

/// The name of a file among the configs of the Compose file.
pub(super) fn config_source(table: &SmolStr, file: &SmolStr) -> SmolStr {
    format_smolstr!("{table}_{file}")
}

fn used_configs(plan: &Plan) -> impl Iterator<Item = (&ConfigTable, &ConfigFile)> {
    let used = used(plan, |it| match it {
        VolumeSource::Config { table } => Some(table),
        _ => None,
    });
    let tables = plan.configs.values().filter(move |it| used.contains(&it.name));
    tables.flat_map(|table| table.files.iter().map(move |it| (table, it)))
}

/// The secrets that are mounted or that a build needs.
pub(super) fn secrets(job: &Job<'_>) -> Pairs<Node> {
    let plan = job.plan;
    let used = used(plan, |it| match it {
        VolumeSource::Secret { secret } => Some(secret),
        _ => None,
    });
    let files =
        plan.secrets.values().filter(|it| used.contains(&it.name)).flat_map(|secret| {
            secret.keys.iter().map(|it| (secret_source(&secret.name, &it.key), secret_file(job, it)))
        });
    let mut secrets: Vec<(SmolStr, Node)> = files.collect();
    for (id, variable) in built_images(plan).flat_map(|it| it.build_secrets()) {
        if secrets.iter().all(|(name, _)| *name != id.value) {
            secrets.push((id.value.clone(), fields!(id.origin; "environment" => variable)));
        }
    }
    Pairs(secrets)
}

fn secret_file(job: &Job<'_>, entry: &SecretEntry) -> Node {
    let file = format!("{}/{}", job.project_root, entry.place);
    fields!(entry.key.origin.by(LOCAL_SECRET); "file" => file)
}

/// The name of a secret's key among the secrets of the Compose file.
pub(super) fn secret_source(secret: &SmolStr, key: &At<SmolStr>) -> SmolStr {
    format_smolstr!("{secret}_{key}")
}

fn built_images(plan: &Plan) -> impl Iterator<Item = &crate::plan::Image> {
    let built: BTreeSet<&SmolStr> = Program::all(plan).filter_map(|it| it.container.image.built.as_ref()).collect();
    plan.images.values().filter(move |it| built.contains(&it.name.value))
}

/// What `name` says of every volume that a container mounts.
fn used<'p>(plan: &'p Plan, name: impl Fn(&'p VolumeSource) -> Option<&'p SmolStr>) -> BTreeSet<&'p SmolStr> {
    let mounts = Program::all(plan).flat_map(|it| it.container.mounts.iter().map(move |mount| (it.workload, mount)));
    mounts.filter_map(|(workload, mount)| name(&mounted(workload, mount)?.source)).collect()
}
