//! Datasets: claims, and volumes for NFS exports.

use smol_str::SmolStr;

use super::emission::Emission;
use super::meta::Meta;
use crate::object::fields;
use crate::plan::{Claim, NFS_VOLUME, Plan, Volume};
use crate::source::{At, Node};
use crate::spec::AccessMode;

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for volume in plan.volumes.values() {
        match &volume.claim {
            Claim::New => out.add("v1", "PersistentVolumeClaim", Meta::shared(&volume.claim_name), claim(volume, None)),
            Claim::Nfs { server, path, options, volume: name } => {
                let name = At::new(name.clone(), volume.origin.by(NFS_VOLUME));
                nfs(volume, &name, server, path, options, out);
                out.add("v1", "PersistentVolumeClaim", Meta::shared(&volume.claim_name), claim(volume, Some(&name)));
            }
            Claim::Existing | Claim::PerReplica => {}
        }
    }
}

/// The fields of a claim, or of a claim template, below `metadata`.
pub(super) fn claim(volume: &Volume, bound_to: Option<&At<SmolStr>>) -> Node {
    // An empty class keeps the default one from making another volume.
    let no_class = bound_to.map(|it| At::new(SmolStr::default(), it.origin));
    let spec = fields!(volume.origin;
        "accessModes" => vec![mode(volume)],
        "resources" => fields!(volume.origin;
            "requests" => fields!(volume.origin; "storage" => &volume.size),
        ),
        "storageClassName" => volume.storage_class.clone().or(no_class),
        "volumeName" => bound_to.cloned(),
    );
    fields!(volume.origin; "spec" => spec)
}

fn mode(volume: &Volume) -> At<&'static str> {
    volume.access.map(|it| match it {
        AccessMode::ReadWriteOnce => "ReadWriteOnce",
        AccessMode::ReadWriteOncePod => "ReadWriteOncePod",
        AccessMode::ReadOnlyMany => "ReadOnlyMany",
        AccessMode::ReadWriteMany => "ReadWriteMany",
    })
}

fn nfs(
    volume: &Volume,
    name: &At<SmolStr>,
    server: &At<SmolStr>,
    path: &At<SmolStr>,
    options: &[At<SmolStr>],
    out: &mut Emission<'_>,
) {
    let origin = volume.origin.by(NFS_VOLUME);
    let claim_ref = fields!(origin;
        "namespace" => &out.plan.identity.namespace,
        "name" => &volume.claim_name,
    );
    let spec = fields!(origin;
        "accessModes" => vec![mode(volume)],
        "capacity" => fields!(origin; "storage" => &volume.size),
        "claimRef" => claim_ref,
        "mountOptions" => options.to_vec(),
        "nfs" => fields!(origin; "path" => path, "server" => server),
        "persistentVolumeReclaimPolicy" => "Retain",
        "storageClassName" => volume.storage_class.clone().unwrap_or_else(|| At::new(SmolStr::default(), origin)),
    );
    out.add_cluster("v1", "PersistentVolume", Meta::shared(name), fields!(origin; "spec" => spec));
}
