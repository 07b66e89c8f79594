//! Datasets as claims.

use std::collections::BTreeMap;

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use crate::plan::context::Context;
use crate::plan::identity::pairs;
use crate::plan::{BUCKET_VOLUME, BucketVolume, Claim, DATA_ACCESS, DATA_CLAIM, DATA_SIZE, Index, KEEP, Volume};
use crate::source::{At, Origin};
use crate::spec::{AccessMode, Bucket, BucketMount, Data, Lifetime, Medium, Mount, Quantity, Short, Workload};

/// Who uses a dataset.
#[derive(Default)]
struct Users {
    writers: Vec<SmolStr>,
    readers: Vec<SmolStr>,
    /// The greatest number of pods that mount it at once.
    pods: u64,
    /// The namespace of the first service that mounts it; that of the stages is the home.
    namespace: Option<At<SmolStr>>,
    /// The place that first writes it.
    written_at: Option<Origin>,
}

/// The datasets of the spec, and those that come to be by being written.
pub(in crate::plan) fn volumes(context: &Context<'_>, instance: &str) -> Index<Volume> {
    let mut users = users(context);
    let mut volumes = Index::new();
    for (name, data) in context.spec.data.by_key() {
        let users = users.remove(name.as_str()).unwrap_or_default();
        volumes.insert(name.as_str().into(), volume(context, instance, name.as_str(), data, users));
    }
    for (name, users) in users {
        let Some(origin) = users.written_at else { continue };
        let off = context.resolved.disabled.has("data", &name);
        if !off {
            let undeclared = At::new(Data::default(), origin);
            volumes.insert(name.clone(), volume(context, instance, &name, &undeclared, users));
        }
    }
    volumes
}

fn users(context: &Context<'_>) -> BTreeMap<SmolStr, Users> {
    let mut users: BTreeMap<SmolStr, Users> = BTreeMap::new();
    let stages = context.spec.stages.by_key().map(|(name, it)| (name, &***it));
    let services = context.spec.services.by_key().map(|(name, it)| (name, &***it));
    let variants = context.spec.variants.by_key().map(|(name, it)| (name, &***it));
    for (name, workload) in stages.chain(services).chain(variants) {
        let mut seen: Vec<&str> = Vec::new();
        let parts = workload.programs();
        for (mount, writes) in parts.flat_map(mounts) {
            let Some(data) = &mount.data else { continue };
            let entry = users.entry(data.to_smolstr()).or_default();
            let side = if writes { &mut entry.writers } else { &mut entry.readers };
            if !side.iter().any(|it| it == name.as_str()) {
                side.push(name.to_smolstr());
            }
            entry.namespace.get_or_insert_with(|| context.namespace_of(workload));
            if writes {
                entry.written_at.get_or_insert(mount.origin);
            }
            if !seen.contains(&data.as_str()) {
                entry.pods += most_pods(workload);
                seen.push(data.as_str());
            }
        }
    }
    users
}

fn mounts(workload: &Workload) -> impl Iterator<Item = (&At<Short<Mount>>, bool)> {
    workload.inputs.iter().map(|it| (it, false)).chain(workload.outputs.iter().map(|it| (it, true)))
}

/// The greatest number of pods of a workload.
fn most_pods(workload: &Workload) -> u64 {
    let count = |it: i64| u64::try_from(it).unwrap_or(1).max(1);
    if let Some(scale) = &workload.autoscale {
        return scale.max.map_or(2, |it| count(it.get()));
    }
    let nodes = workload.distributed.as_ref().and_then(|it| it.nodes);
    let parts = nodes.or(workload.parallelism).map(|it| it.get());
    count(parts.or(workload.replicas.map(|it| it.get())).unwrap_or(1))
}

fn volume(context: &Context<'_>, instance: &str, name: &str, data: &At<Data>, users: Users) -> Volume {
    let of = data.origin;
    let claim = claim(instance, name, data);
    let is_own = claim == Claim::PerReplica || claim.is_of_pod();
    let is_new = claim == Claim::New || is_own;
    let size = match (&data.size, is_new) {
        (Some(size), _) => size.clone(),
        (None, false) => At::new(Quantity::from_bytes(10 << 30), of.by(DATA_SIZE)),
        (None, true) => context.or_assume(None, of, DATA_SIZE, Quantity::from_bytes(10 << 30), |it| {
            format!("dataset `{name}` has no size: {it} is assumed")
        }),
    };
    let read_only = data.read_only.filter(|it| it.value).map(|it| it.map(drop));
    let access = data.access.unwrap_or_else(|| {
        let mode = match read_only {
            _ if is_own || (users.pods <= 1 && is_new) => AccessMode::ReadWriteOnce,
            Some(_) => AccessMode::ReadOnlyMany,
            None => AccessMode::ReadWriteMany,
        };
        if claim == Claim::New {
            context.note(of, format!("dataset `{name}` has no access mode: {mode:?} is assumed"));
        }
        At::new(mode, read_only.map_or(of, |it| it.origin).by(DATA_ACCESS))
    });
    if data.class.is_none() {
        context.note(of, format!("dataset `{name}` has no class: it is treated as phi where that matters"));
    }
    let existing = data.claim.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    Volume {
        name: name.into(),
        namespace: users.namespace.clone().unwrap_or_else(|| context.namespaces[0].name.clone()),
        class: data.class,
        claim,
        claim_name: existing.unwrap_or_else(|| At::new(name.into(), of.by(DATA_CLAIM))),
        size: size.map(|it| it.to_smolstr()),
        access,
        storage_class: data.storage_class.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())),
        retention: data.retention.as_ref().and_then(|it| it.age.as_ref()).map(|it| At::new(it.seconds(), it.origin)),
        max_size: data.retention.as_ref().and_then(|it| it.max_size.as_ref()).map(|it| At::new(it.bytes(), it.origin)),
        read_only,
        keep: data.keep.filter(|it| it.value).map(|it| At::new((), it.origin.by(KEEP))),
        writers: users.writers,
        readers: users.readers,
        origin: of,
    }
}

fn claim(instance: &str, name: &str, data: &Data) -> Claim {
    if data.claim.is_some() {
        return Claim::Existing;
    }
    if let Some(nfs) = &data.nfs {
        let text = |it: SmolStr| At::new(it, nfs.origin);
        let server = nfs.server.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
        let path = nfs.path.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
        return Claim::Nfs {
            server: server.unwrap_or_else(|| text("".into())),
            path: path.unwrap_or_else(|| text("/".into())),
            options: nfs.options.iter().map(|it| it.clone().map(|it| it.to_smolstr())).collect(),
            volume: format_smolstr!("{instance}-{name}"),
        };
    }
    if let Some(bucket) = &data.bucket {
        return of_bucket(instance, name, bucket);
    }
    if let Some(lifetime) = data.lifetime {
        return match lifetime.value {
            Lifetime::Run => Claim::Run,
            Lifetime::Pod => Claim::Pod { memory: data.medium.is_some_and(|it| it.value == Medium::Memory) },
        };
    }
    if data.per_replica.is_some_and(|it| it.value) { Claim::PerReplica } else { Claim::New }
}

fn of_bucket(instance: &str, name: &str, bucket: &At<Bucket>) -> Claim {
    let text = |it: SmolStr| At::new(it, bucket.origin.by(BUCKET_VOLUME));
    let url = bucket.url.as_ref().map_or_else(|| text("".into()), |it| it.clone().map(|it| it.to_smolstr()));
    let secret = bucket.secret.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    if bucket.reached_by() == BucketMount::Url {
        return Claim::Url { url, secret };
    }
    let driver = bucket.driver.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    Claim::Bucket(BucketVolume {
        driver: driver.unwrap_or_else(|| text("".into())),
        url,
        options: pairs(&bucket.options),
        secret,
        volume: format_smolstr!("{instance}-{name}"),
    })
}
