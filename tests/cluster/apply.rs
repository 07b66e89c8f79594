//! A real API server takes every object, without a warning, in whatever way it is applied; and doing it again changes
//! nothing.

use libtest_mimic::Failed;
use mlopsc::object::Object;
use serde_json::Value;

use crate::case::{Case, title};
use crate::cluster::Cluster;

/// `kubectl apply --server-side`, in kustomize's order, into a namespace that is not there yet.
pub(crate) fn kustomized(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    twice(case, cluster, &["apply", "--server-side", "--field-manager=mlopsc", "--validate=strict"])
}

/// `kubectl apply` as people have typed it for years.
pub(crate) fn client_side(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    twice(case, cluster, &["apply", "--validate=strict"])
}

fn twice(case: Case, cluster: &Cluster, apply: &[&str]) -> Result<(), Failed> {
    let folder = case.write(cluster);
    let apply = || {
        let declared = kubectl(case, cluster, &[apply, &["-k", &folder.path().display().to_string()]].concat())?;
        if declared.lines().any(|it| it.starts_with("job.batch/")) {
            return Err(format!("applying what is declared starts a stage:\n{declared}").into());
        }
        // Stages begin when it is their turn, which `run-pipeline.sh` knows.
        let mut stages = case.files_of("Job").map(|it| folder.path().join(it).display().to_string());
        stages.try_for_each(|it| kubectl(case, cluster, &[apply, &["-f", &it]].concat()).map(drop))
    };
    apply()?;
    let objects = case.objects(cluster);
    let before = states(case, cluster, &objects)?;
    apply()?;
    unchanged(case, &objects, &before, &states(case, cluster, &objects)?)
}

/// Every object by itself, in the order in which they were emitted.
pub(crate) fn one_by_one(case: Case, cluster: &Cluster) -> Result<(), Failed> {
    let objects = case.objects(cluster);
    apply_all(case, cluster, &objects)?;
    let before = states(case, cluster, &objects)?;
    apply_all(case, cluster, &objects)?;
    unchanged(case, &objects, &before, &states(case, cluster, &objects)?)
}

pub(crate) fn apply_all(case: Case, cluster: &Cluster, objects: &[&Object]) -> Result<(), Failed> {
    let refused = objects.iter().filter_map(|object| {
        let reply = cluster.apply(&object.node.to_json());
        (!reply.is_ok() || !reply.warnings.is_empty()).then(|| case.refusal(object, &reply))
    });
    let refused: Vec<String> = refused.collect();
    if refused.is_empty() { Ok(()) } else { Err(refused.join("\n").into()) }
}

/// What kubectl says of what it did; it must not complain of anything.
fn kubectl(case: Case, cluster: &Cluster, arguments: &[&str]) -> Result<String, Failed> {
    let said = cluster.kubectl(arguments);
    if said.code == 0 && said.stderr.is_empty() {
        return Ok(said.stdout);
    }
    let mut lines = case.lines_named_in(&said.stderr);
    if lines.is_empty() {
        let each = apply_all(case, cluster, &case.objects(cluster)).err();
        lines = each.and_then(|it| Some(it.message()?.to_owned())).unwrap_or_default();
    }
    Err(format!("kubectl {}\n{}\n{lines}", arguments.join(" "), said.stderr.trim()).into())
}

/// What changes with every change. Controllers write too, so that in a cluster that has them only what users write
/// counts.
fn states(case: Case, cluster: &Cluster, objects: &[&Object]) -> Result<Vec<Value>, Failed> {
    let state = if cluster.is_foreign { "generation" } else { "resourceVersion" };
    let state = |object: &&Object| {
        let reply = cluster.get(&cluster.path_of(&object.node.to_json()));
        if !reply.is_ok() {
            return Err(Failed::from(case.refusal(object, &reply)));
        }
        let mut stored = reply.body;
        if object.kind() == "PersistentVolumeClaim" && !cluster.is_foreign {
            // The API server (1.36) stores every claim once more when it is applied for the second time, unchanged in
            // every field and whatever the claim says; from then on no more.
            stored["metadata"]["resourceVersion"].take();
            return Ok(stored);
        }
        let says = |field: &str| object.node.at(["spec", field]).is_some();
        if cluster.is_foreign && says("template") && !says("replicas") {
            // Its autoscaler says how many there are.
            stored["spec"]["replicas"].take();
            return Ok(stored["spec"].take());
        }
        Ok(stored["metadata"][state].take())
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
