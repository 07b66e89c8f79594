//! What lies outside of containers: volumes, tables of settings, and secrets.
//!
//! Settings are files beside `compose.yaml`, not written into it: Compose copies what is written in it into the
//! container, and refuses to where the root is read-only. A secret's key is the file `.secrets/<secret>/<key>` of the
//! project, which its owner makes and git must ignore.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::layout::Layout;
use super::mounts::mounted;
use super::program::Program;
use super::text::words;
use crate::backend::{Job, Text, path};
use crate::object::{Pairs, fields};
use crate::plan::{Claim, Plan, SECRET_FILE, SecretEntry, Volume, VolumeSource};
use crate::source::{At, Map, Node, RelPath};

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
    let nfs = fields!(server.origin;
        "type" => "nfs",
        "o" => mount_options.join(","),
        "device" => path.clone().map(|it| format_smolstr!(":{it}")),
    );
    fields!(origin; "driver" => "local", "driver_opts" => nfs, "labels" => labels)
}

/// The tables of settings that are mounted, each with its file.
pub(super) fn configs(plan: &Plan) -> Pairs<Node> {
    let file = |name: &SmolStr| {
        let origin = plan.configs[name].json.origin;
        (name.clone(), fields!(origin; "file" => format!("./{}", config_file(name))))
    };
    Pairs(used_configs(plan).iter().map(|it| file(it)).collect())
}

/// The files of the tables that are mounted.
pub(super) fn config_files(layout: &Layout<'_>) -> Vec<(RelPath, Text)> {
    let file = |name: &SmolStr| {
        let json = &layout.plan.configs[name].json;
        (path(config_file(name)), Text { text: Arc::from(json.as_str()), origin: json.origin })
    };
    used_configs(layout.plan).iter().map(|it| file(it)).collect()
}

fn config_file(name: &SmolStr) -> SmolStr {
    format_smolstr!("compose/config/{name}.json")
}

/// The file of a table in a container that mounts it in `folder`.
pub(super) fn config_target(folder: &At<SmolStr>) -> At<SmolStr> {
    folder.clone().map(|it| format_smolstr!("{it}/config.json"))
}

fn used_configs(plan: &Plan) -> Vec<&SmolStr> {
    let used = used(plan, |it| match it {
        VolumeSource::Config { table } => Some(table),
        _ => None,
    });
    plan.configs.keys().filter(|it| used.contains(it)).collect()
}

/// The secrets that are mounted or that a build needs.
pub(super) fn secrets(job: &Job<'_>) -> Pairs<Node> {
    let plan = job.plan;
    let used = used(plan, |it| match it {
        VolumeSource::Secret { secret } => Some(secret),
        _ => None,
    });
    let files = plan.secrets.values().filter(|it| used.contains(&it.name)).flat_map(|secret| {
        secret.keys.iter().map(|it| (secret_source(&secret.name, &it.key), secret_file(job, &secret.name, it)))
    });
    let mut secrets: Vec<(SmolStr, Node)> = files.collect();
    for (id, variable) in built_images(plan).flat_map(|it| it.build_secrets()) {
        if secrets.iter().all(|(name, _)| *name != id.value) {
            secrets.push((id.value.clone(), fields!(id.origin; "environment" => variable)));
        }
    }
    Pairs(secrets)
}

fn secret_file(job: &Job<'_>, secret: &SmolStr, entry: &SecretEntry) -> Node {
    let file = format!("{}/.secrets/{secret}/{}", job.project_root, entry.key);
    fields!(entry.key.origin.by(SECRET_FILE); "file" => file)
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
