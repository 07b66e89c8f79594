//! A real API server takes every object, without a warning, in whatever way it is applied; and doing it again changes
//! nothing.

use libtest_mimic::Failed;
use mlopsc::object::Object;
use serde_json::Value;

use crate::case::{Case, stored, title};
use crate::cluster::Cluster;

/// `kubectl apply --server-side -k`, in kustomize's order, into a namespace that is not there yet.
pub(crate) fn kustomized(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    let folder = case.write(cluster);
    let folder = folder.path().display().to_string();
    let apply = || {
        kubectl(
            case,
            cluster,
            &["apply", "--server-side", "--field-manager=mlopsc", "--validate=strict", "-k", &folder],
        )
    };
    apply()?;
    let objects = case.objects(cluster);
    let before = states(cluster, &objects);
    apply()?;
    unchanged(case, &objects, &before, &states(cluster, &objects))
}

/// `kubectl apply -k` as people have typed it for years.
pub(crate) fn client_side(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    let folder = case.write(cluster);
    let folder = folder.path().display().to_string();
    let apply = || kubectl(case, cluster, &["apply", "--validate=strict", "-k", &folder]);
    apply()?;
    let objects = case.objects(cluster);
    let before = states(cluster, &objects);
    apply()?;
    unchanged(case, &objects, &before, &states(cluster, &objects))
}

/// Every object by itself, in the order in which they were emitted.
pub(crate) fn one_by_one(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    let objects = case.objects(cluster);
    apply_all(case, cluster, &objects)?;
    let before = states(cluster, &objects);
    apply_all(case, cluster, &objects)?;
    unchanged(case, &objects, &before, &states(cluster, &objects))
}

pub(crate) fn apply_all(case: Case, cluster: &Cluster, objects: &[&Object]) -> Result<(), Failed> {
    let refused = objects.iter().filter_map(|object| {
        let reply = cluster.apply(&object.node.to_json());
        (!reply.is_ok() || !reply.warnings.is_empty()).then(|| case.refusal(object, &reply))
    });
    let refused: Vec<String> = refused.collect();
    if refused.is_empty() { Ok(()) } else { Err(refused.join("\n").into()) }
}

fn kubectl(case: Case, cluster: &Cluster, arguments: &[&str]) -> Result<(), Failed> {
    let said = cluster.kubectl(arguments);
    if said.code == 0 && said.stderr.is_empty() {
        return Ok(());
    }
    Err(format!("kubectl {}\n{}", arguments.join(" "), case.complaint(&said.stderr)).into())
}

/// What changes with every change. Controllers write too, so that in a cluster that has them only what users write
/// counts.
fn states(cluster: &Cluster, objects: &[&Object]) -> Vec<Value> {
    let state = if cluster.is_foreign { "generation" } else { "resourceVersion" };
    let state = |object: &&Object| {
        let mut stored = stored(cluster, object);
        if object.kind() == "PersistentVolumeClaim" && !cluster.is_foreign {
            // The API server (1.36) stores every claim once more when it is applied for the second time, unchanged in
            // every field and whatever the claim says; from then on no more.
            stored["metadata"]["resourceVersion"].take();
            return stored;
        }
        stored["metadata"][state].take()
    };
    objects.iter().map(state).collect()
}

fn unchanged(case: Case, objects: &[&Object], before: &[Value], after: &[Value]) -> Result<(), Failed> {
    let states = before.iter().zip(after);
    let changed = objects.iter().zip(states).filter(|(_, (before, after))| before != after);
    let changed: Vec<String> = changed
        .map(|(it, _)| format!("{} is changed by being applied again; made from {}", title(it), case.line_of(it)))
        .collect();
    if changed.is_empty() { Ok(()) } else { Err(changed.join("\n").into()) }
}
