//! Datasets: claims, and volumes for NFS exports and buckets.

use smol_str::SmolStr;

use super::emission::Emission;
use super::meta::Meta;
use crate::object::{Pairs, fields};
use crate::plan::{BUCKET_VOLUME, BucketVolume, Claim, NFS_VOLUME, Plan, Volume};
use crate::source::{At, Node};
use crate::spec::AccessMode;

pub(super) fn emit(plan: &Plan, out: &mut Emission<'_>) {
    for volume in plan.volumes.values() {
        match &volume.claim {
            Claim::New => out.add("v1", "PersistentVolumeClaim", meta(volume, &volume.claim_name), claim(volume, None)),
            Claim::Nfs { server, path, options, volume: name } => {
                let name = At::new(name.clone(), volume.origin.by(NFS_VOLUME));
                let read_only = volume.read_only.map(|it| At::new(true, it.origin));
                let export = fields!(name.origin; "path" => path, "server" => server, "readOnly" => read_only);
                bound(volume, &name, options, Place::Nfs(export), out);
            }
            Claim::Bucket(it) => {
                let name = At::new(it.volume.clone(), volume.origin.by(BUCKET_VOLUME));
                bound(volume, &name, &[], Place::Csi(csi(volume, it, out.plan)), out);
            }
            Claim::Existing | Claim::PerReplica | Claim::Url { .. } | Claim::Run | Claim::Pod { .. } => {}
        }
    }
}

fn meta<'m>(volume: &Volume, name: &At<SmolStr>) -> Meta<'m> {
    Meta { annotations: keep(volume), ..Meta::shared(name).within(&volume.namespace) }
}

/// What keeps the tools that remove objects away from a claim: Argo CD, Flux and Helm.
pub(super) fn keep(volume: &Volume) -> Vec<(SmolStr, At<SmolStr>)> {
    let Some(keep) = volume.keep else { return Vec::new() };
    let words = [
        ("argocd.argoproj.io/sync-options", "Prune=false,Delete=false"),
        ("helm.sh/resource-policy", "keep"),
        ("kustomize.toolkit.fluxcd.io/prune", "disabled"),
    ];
    words.map(|(key, value)| (key.into(), At::new(value.into(), keep.origin))).to_vec()
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

/// Where the bytes of a volume are.
enum Place {
    Nfs(Node),
    Csi(Node),
}

/// A volume that is there already, and the claim that is bound to it.
fn bound(volume: &Volume, name: &At<SmolStr>, options: &[At<SmolStr>], place: Place, out: &mut Emission<'_>) {
    let origin = name.origin;
    let claim_ref = fields!(origin;
        "namespace" => &volume.namespace,
        "name" => &volume.claim_name,
    );
    let (nfs, csi) = match place {
        Place::Nfs(it) => (Some(it), None),
        Place::Csi(it) => (None, Some(it)),
    };
    let spec = fields!(origin;
        "accessModes" => vec![mode(volume)],
        "capacity" => fields!(origin; "storage" => &volume.size),
        "claimRef" => claim_ref,
        "mountOptions" => options.to_vec(),
        "nfs" => nfs,
        "csi" => csi,
        "persistentVolumeReclaimPolicy" => "Retain",
        "storageClassName" => volume.storage_class.clone().unwrap_or_else(|| At::new(SmolStr::default(), origin)),
    );
    out.add_cluster("v1", "PersistentVolume", meta(volume, name), fields!(origin; "spec" => spec));
    out.add("v1", "PersistentVolumeClaim", meta(volume, &volume.claim_name), claim(volume, Some(name)));
}

/// The handle must be one of the driver's that no other volume has; what to mount is among the attributes.
fn csi(volume: &Volume, bucket: &BucketVolume, plan: &Plan) -> Node {
    let origin = volume.origin.by(BUCKET_VOLUME);
    let mut attributes = bucket.options.clone();
    if attributes.iter().all(|(key, _)| key != "url") {
        attributes.push(("url".into(), bucket.url.clone()));
    }
    let secret = bucket.secret.as_ref().and_then(|it| Some((it.origin, &plan.secrets.get(&it.value)?.object)));
    let secret = secret.map(|(origin, object)| fields!(origin; "name" => object, "namespace" => &volume.namespace));
    fields!(origin;
        "driver" => &bucket.driver,
        "volumeHandle" => &bucket.volume,
        "volumeAttributes" => Pairs(attributes),
        "nodePublishSecretRef" => secret,
        "readOnly" => volume.read_only.map(|it| At::new(true, it.origin)),
    )
}
