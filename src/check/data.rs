//! Datasets: who writes them, and whether all who use them can.

use smol_str::SmolStr;

use super::case::listed;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Claim, Run, Volume, Workload};
use crate::source::At;
use crate::spec::AccessMode;

pub(super) static CHECK: Check =
    Check { codes: &[&NOBODY_WRITES, &TWO_WRITERS, &ACCESS_TOO_NARROW, &PER_REPLICA_MISUSED, &TWO_SOURCES], run };

static NOBODY_WRITES: Code = Code {
    id: "nobody-writes",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a dataset that is read and that no stage or service of the spec writes. Where its writer is switched off with
`enabled = false` it is a warning: an earlier run may have filled it.

### Why it matters
The volume would stay empty, and the stage that reads it would fail or, worse, succeed on nothing.

### Use instead
An `outputs` that names it; `source = \"external\"` where somebody outside the project fills it; or `claim`, `nfs` or
`bucket` where it exists already.
",
};

static TWO_WRITERS: Code = Code {
    id: "two-writers",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a dataset of access mode ReadWriteOnce or ReadWriteOncePod that several stages or services write.

### Why it matters
Only one node at a time can mount it: whichever pod comes second waits for ever, or the two write over each other.

### Use instead
`access = \"ReadWriteMany\"`, or a dataset for each of them.
",
};

static ACCESS_TOO_NARROW: Code = Code {
    id: "access-too-narrow",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a dataset whose access mode does not allow as many pods as use it: replicas or parts of a Job that share a
ReadWriteOnce volume, a reader beside a ReadWriteOncePod one, a writer of a ReadOnlyMany one, a DaemonSet. Jobs,
CronJobs and the nightly purge may share a ReadWriteOnce volume: their pods are put on one node.

### Why it matters
The pods beyond the first stay Pending, on some days and not on others.

### Use instead
`access = \"ReadWriteMany\"`, one replica, or `per-replica = true` for a StatefulSet.
",
};

static PER_REPLICA_MISUSED: Code = Code {
    id: "per-replica-misused",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a dataset with `per-replica` that is not written by exactly one StatefulSet, or that others use.

### Why it matters
Its claims belong to the replicas of that StatefulSet; nobody else can name them.

### Use instead
`kind = \"StatefulSet\"` for the service that writes it, and nobody else; or no `per-replica`.
",
};

static TWO_SOURCES: Code = Code {
    id: "two-sources",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a dataset that says in two ways where its bytes are: `claim`, `nfs`, `bucket`,
`per-replica` and `lifetime` exclude each other.

### Use instead
One of them.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for volume in case.plan.volumes.values() {
        let written = case.spec().data.get(&volume.name);
        nobody_writes(case, volume, sink);
        two_sources(volume, written, sink);
        if volume.claim == Claim::PerReplica {
            per_replica(case, volume, sink);
        } else if volume.claim.is_shared() {
            two_writers(case, volume, sink);
            too_narrow(case, volume, sink);
        }
    }
}

fn nobody_writes(case: &Case<'_>, volume: &Volume, sink: &mut Sink) {
    let data = case.spec().data.get(&volume.name);
    let elsewhere =
        data.is_some_and(|it| it.source.is_some() || it.claim.is_some() || it.nfs.is_some() || it.bucket.is_some());
    let is_known = !case.resolved.incomplete.programs;
    if !volume.writers.is_empty() || volume.readers.is_empty() || elsewhere || !is_known {
        return;
    }
    let readers = listed(volume.readers.iter().map(|it| it.as_str()));
    let reads = format!("{readers} would read an empty volume");
    let diagnostic = match case.resolved.disabled.orphans.get(&volume.name) {
        Some((writer, place)) => {
            let message = format!("`{writer}`, which writes the dataset `{}`, is switched off", volume.name);
            let diagnostic = Diagnostic::new(&NOBODY_WRITES, message).weighing(Severity::Warning);
            diagnostic.at(Spot::key(*place), "switched off").at(Spot::key(volume.origin), reads)
        }
        None => {
            let message = format!("nobody writes the dataset `{}`", volume.name);
            Diagnostic::new(&NOBODY_WRITES, message).at(Spot::key(volume.origin), reads)
        }
    };
    sink.report(diagnostic.help("say `source = \"external\"` if it is filled by other means"));
}

fn two_sources(volume: &Volume, data: Option<&At<crate::spec::Data>>, sink: &mut Sink) {
    let Some(data) = data else { return };
    let said = [
        ("claim", data.claim.as_ref().map(|it| it.origin)),
        ("nfs", data.nfs.as_ref().map(|it| it.origin)),
        ("bucket", data.bucket.as_ref().map(|it| it.origin)),
        ("lifetime", data.lifetime.map(|it| it.origin)),
        ("per-replica", data.per_replica.filter(|it| it.value).map(|it| it.origin)),
    ];
    let said: Vec<_> = said.into_iter().filter_map(|(key, it)| Some((key, it?))).collect();
    if let [(first, at), (second, also), ..] = said.as_slice() {
        let message = format!("the dataset `{}` has both `{first}` and `{second}`", volume.name);
        let diagnostic = Diagnostic::new(&TWO_SOURCES, message);
        sink.report(diagnostic.at(Spot::key(*at), "one place for its bytes").at(Spot::key(*also), "and another"));
    }
}

/// Whether one node at a time mounts it.
fn is_single(volume: &Volume) -> bool {
    matches!(volume.access.value, AccessMode::ReadWriteOnce | AccessMode::ReadWriteOncePod)
}

fn two_writers(case: &Case<'_>, volume: &Volume, sink: &mut Sink) {
    if !is_single(volume) || volume.writers.len() < 2 {
        return;
    }
    let who = if volume.access.value == AccessMode::ReadWriteOncePod { "pod" } else { "node" };
    let message = format!(
        "{} write the dataset `{}`, which one {who} at a time may mount",
        listed(volume.writers.iter().map(|it| it.as_str())),
        volume.name
    );
    let mut diagnostic = at_access(Diagnostic::new(&TWO_WRITERS, message), volume);
    for program in case.programs() {
        let writes =
            program.workload.outputs.iter().find(|it| it.data.as_ref().is_some_and(|it| it.as_str() == volume.name));
        if let Some(output) = writes {
            diagnostic = diagnostic.at(output, format!("written by `{}`", program.path));
        }
    }
    sink.report(diagnostic.help("use `access = \"ReadWriteMany\"`, or a dataset for each"));
}

/// With the access mode as the first place: where it is written, or what it is assumed for.
fn at_access(diagnostic: Diagnostic, volume: &Volume) -> Diagnostic {
    let origin = volume.access.origin;
    match origin.rule {
        Some(_) => diagnostic.at(Spot::key(origin), format!("{:?} is assumed", volume.access.value)),
        None => diagnostic.at(origin, ""),
    }
}

fn too_narrow(case: &Case<'_>, volume: &Volume, sink: &mut Sink) {
    let report = |why: String, users: &[&Workload], sink: &mut Sink| {
        let message = format!("the access mode of the dataset `{}` is too narrow: {why}", volume.name);
        let diagnostic = at_access(Diagnostic::new(&ACCESS_TOO_NARROW, message), volume);
        let diagnostic = users.iter().fold(diagnostic, |it, user| it.at(Spot::key(user.origin), "uses it"));
        sink.report(diagnostic.help("use `access = \"ReadWriteMany\"`"));
    };
    let users = volume.writers.iter().chain(volume.readers.iter().filter(|it| !volume.writers.contains(it)));
    let users: Vec<_> = users.filter_map(|it| case.plan.workloads.get(it)).collect();
    // What `read-only` says is said elsewhere.
    let is_asked = volume.read_only.is_none();
    if volume.access.value == AccessMode::ReadOnlyMany && !volume.writers.is_empty() && is_asked {
        let writers: Vec<_> = volume.writers.iter().filter_map(|it| case.plan.workloads.get(it)).collect();
        return report(
            format!("{} would write it", listed(volume.writers.iter().map(|it| it.as_str()))),
            &writers,
            sink,
        );
    }
    let pods: u32 = users.iter().map(|it| it.run.most_pods()).fold(0, u32::saturating_add);
    if volume.claim == Claim::Existing && volume.access.origin.rule.is_some() && is_asked && pods > 1 {
        let message =
            format!("{pods} pods mount the claim of the dataset `{}`, and nothing says that they may", volume.name);
        let diagnostic = Diagnostic::new(&ACCESS_TOO_NARROW, message).at(Spot::key(volume.origin), "made by others");
        let diagnostic = users.iter().fold(diagnostic, |it, user| it.at(Spot::key(user.origin), "uses it"));
        return sink.report(diagnostic.help("say with `access` what the claim was made with"));
    }
    if !is_single(volume) {
        return;
    }
    if let Some(many) = users.iter().find(|it| it.run.most_pods() > 1) {
        return report(format!("`{}` has up to {} pods", many.name, many.run.most_pods()), &[*many], sink);
    }
    if let Some(daemon) = users.iter().find(|it| matches!(it.run, Run::DaemonSet(_))) {
        return report(format!("`{}` has a pod on every node", daemon.name), &[*daemon], sink);
    }
    // A rolling update runs the old and the new pod side by side.
    let rolling = users.iter().find(
        |it| matches!(&it.run, Run::Deployment(run) if matches!(run.rollout, crate::plan::RolloutPlan::Rolling { .. })),
    );
    if let Some(rolling) = rolling.filter(|_| volume.access.value == AccessMode::ReadWriteOncePod) {
        return report(format!("while `{}` is rolled out, two of its pods run", rolling.name), &[*rolling], sink);
    }
    let long_running: Vec<_> =
        users.iter().filter(|it| matches!(it.run, Run::Deployment(_) | Run::StatefulSet(_))).collect();
    if !long_running.is_empty() && users.len() > 1 {
        let names = users.iter().map(|it| it.name.as_str());
        report(format!("{} use it at the same time, on nodes of their own", listed(names)), &users, sink);
    }
}

fn per_replica(case: &Case<'_>, volume: &Volume, sink: &mut Sink) {
    let report = |why: String, users: &[&SmolStr], sink: &mut Sink| {
        let origin =
            case.spec().data.get(&volume.name).and_then(|it| it.per_replica).map_or(volume.origin, |it| it.origin);
        let message = format!("the dataset `{}` cannot be one for each replica: {why}", volume.name);
        let diagnostic = Diagnostic::new(&PER_REPLICA_MISUSED, message).at(Spot::key(origin), "");
        let users = users.iter().filter_map(|it| case.plan.workloads.get(*it));
        sink.report(users.fold(diagnostic, |it, user| it.at(Spot::key(user.origin), "uses it")));
    };
    let [writer] = volume.writers.as_slice() else {
        let writers: Vec<&SmolStr> = volume.writers.iter().collect();
        let who = if writers.is_empty() {
            "nobody writes".to_owned()
        } else {
            listed(volume.writers.iter().map(|it| it.as_str())) + " write"
        };
        return report(format!("{who} it"), &writers, sink);
    };
    let is_stateful = case.plan.workloads.get(writer).is_some_and(|it| matches!(it.run, Run::StatefulSet(_)));
    if !is_stateful {
        return report(format!("`{writer}` is no StatefulSet"), &[writer], sink);
    }
    if volume.retention.is_some() || volume.max_size.is_some() {
        return report("its claims belong to the replicas, and no purge could mount them".to_owned(), &[], sink);
    }
    let others: Vec<&SmolStr> = volume.readers.iter().filter(|it| *it != writer).collect();
    if !others.is_empty() {
        report(format!("{} would read it as well", listed(others.iter().map(|it| it.as_str()))), &others, sink);
    }
}
