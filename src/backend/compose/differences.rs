//! What is not the same on one machine, said in notes: at most one for each kind of difference and workload.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::environment::{field, host_variable, secret};
use super::layout::Layout;
use super::mounts::mounted;
use super::program::Program;
use super::{health, network, resources, stores};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot, in_words};
use crate::plan::{Component, EnvSource, FlowPeer, JobRun, ObjectPatch, ProbeCheck, Run, Turn, VolumeSource, Workload};
use crate::source::{At, Origin};

pub(super) static COMPOSE_DIFFERS: Code = Code {
    id: "compose-differs",
    severity: Severity::Note,
    explain: "\
### What it does
Names what `compose.yaml` cannot say as the cluster does: replicas, schedules, the parts of a job, the nodes of a
training, time limits, slices of GPUs, flows to addresses outside, claims that exist in the cluster only.

### Why it matters
Compose runs every program once, on one machine. A reader should know which behaviour is only to be seen in the
cluster, and what may connect to what although no flow says so. Some differences hold for every program and are said
once for all: volumes have no size; scratch space is memory and counts as such; a failing liveness probe restarts
nothing; a network opens all ports; ports are published on 127.0.0.1 as well; [quota], [access] and placement mean
nothing.

### Use instead
Nothing has to change. An environment whose `targets` are `kubernetes` alone gets no Compose file.
",
};

/// What differs, and where the spec says what the cluster does.
type Difference = Option<(String, Origin)>;

/// One function for each kind of difference.
const KINDS: &[fn(&Layout<'_>, &Workload) -> Difference] = &[
    replicas,
    schedule,
    once,
    parts,
    gpu,
    pod_fields,
    secret_variables,
    given_variables,
    results,
    secret_files,
    taken_ports,
    moved_ports,
    open_egress,
    neighbours,
    absent_clients,
    unasked_health,
    scratch_of_steps,
    pull_secret,
    circle,
    token,
    outside_names,
    outside_ports,
    variants,
    metrics,
];

pub(super) fn report(layout: &Layout<'_>, sink: &mut Sink) {
    let mut note = |(message, origin): (String, Origin)| {
        sink.report(Diagnostic::new(&COMPOSE_DIFFERS, message).at(Spot::key(origin), ""));
    };
    for workload in layout.plan.workloads.values() {
        KINDS.iter().filter_map(|it| it(layout, workload)).for_each(&mut note);
    }
    let shared = time_limits(layout).into_iter().chain(stores::differences(layout.plan)).chain(patches(layout));
    shared.chain([everywhere(layout)]).for_each(note);
}

fn replicas(_: &Layout<'_>, workload: &Workload) -> Difference {
    if workload.component != Component::Service {
        return None;
    }
    let (least, most) = (workload.run.least_pods(), workload.run.most_pods());
    let origin = match (&workload.run, workload.run.autoscale()) {
        (_, Some(scale)) => scale.max.origin,
        (Run::Deployment(it), None) => it.replicas.origin,
        (Run::StatefulSet(it), None) => it.replicas.origin,
        (Run::DaemonSet(it), None) => it.nodes.origin,
        _ => workload.origin,
    };
    let there = if least == most { most.to_string() } else { format!("{least} to {most}") };
    (least != 1 || most != 1)
        .then(|| (format!("`{}` runs once with Compose, and {there} times in the cluster", workload.name), origin))
}

fn schedule(_: &Layout<'_>, workload: &Workload) -> Difference {
    let Run::CronJob(run) = &workload.run else { return None };
    let message = format!(
        "Compose has no clock: `docker compose run --rm {0}` runs `{0}`, in the cluster it runs at `{1}`",
        workload.name, run.schedule
    );
    run.on_demand.is_none().then_some((message, run.schedule.origin))
}

fn once(_: &Layout<'_>, workload: &Workload) -> Difference {
    let turn = workload.turn.filter(|it| it.value == Turn::Install)?;
    let message = format!("with Compose `{}` runs each time that the profile `install` does", workload.name);
    Some((message, turn.origin))
}

fn parts(_: &Layout<'_>, workload: &Workload) -> Difference {
    let (parts, is_training) = match &workload.run {
        Run::Job(job) => (job.parts, job.distributed),
        Run::CronJob(cron) => (cron.job.parts, cron.job.distributed),
        Run::StatefulSet(set) if workload.component == Component::Stage => (set.replicas, true),
        Run::Deployment(_) | Run::StatefulSet(_) | Run::DaemonSet(_) => return None,
    };
    let message = if is_training {
        format!("`{}` trains on one node with Compose, and on {parts} in the cluster", workload.name)
    } else {
        format!("`{}` runs as part 0 of 1 with Compose, and in {parts} parts in the cluster", workload.name)
    };
    (*parts > 1).then_some((message, parts.origin))
}

fn job(workload: &Workload) -> Option<&JobRun> {
    match &workload.run {
        Run::Job(job) => Some(job),
        Run::CronJob(cron) => Some(&cron.job),
        Run::Deployment(_) | Run::StatefulSet(_) | Run::DaemonSet(_) => None,
    }
}

fn gpu(_: &Layout<'_>, workload: &Workload) -> Difference {
    let gpu = workload.pod.main.resources.gpu.as_ref()?;
    let name = &workload.name;
    if let Some(slice) = resources::slice(gpu) {
        return Some((format!("`{name}` gets whole GPUs with Compose, not slices of {slice}"), gpu.resource.origin));
    }
    let least = gpu.min_memory?;
    Some((format!("Compose gives `{name}` any GPU, not one with {} MiB of memory", *least), least.origin))
}

fn pod_fields(layout: &Layout<'_>, workload: &Workload) -> Difference {
    let mut said: Vec<String> = Vec::new();
    let mut first = None;
    for var in Program::of(workload).flat_map(|it| &it.container.env) {
        let EnvSource::Field(path) = &var.value else { continue };
        let what = match field(layout.plan, workload, path) {
            Some(it) if it.is_same => continue,
            Some(it) => format!("`{}` is `{}`", var.name, it.value),
            None => format!("`{}` is not set", var.name),
        };
        first.get_or_insert(path.origin);
        if !said.contains(&what) {
            said.push(what);
        }
    }
    Some((format!("with Compose there is no pod that `{}` could ask: {}", workload.name, in_words(said)), first?))
}

fn secret_variables(layout: &Layout<'_>, workload: &Workload) -> Difference {
    let vars = Program::of(workload).flat_map(|it| &it.container.env);
    let secrets: Vec<_> = vars.filter_map(|it| Some((it.origin, secret(layout.plan, it)?.1))).collect();
    let names: BTreeSet<String> = secrets.iter().map(|(_, it)| format!("`{}`", host_variable(it))).collect();
    let message =
        format!("Compose takes secrets of `{}` from its own environment: set {} there", workload.name, in_words(names));
    Some((message, secrets.first()?.0))
}

fn given_variables(_: &Layout<'_>, workload: &Workload) -> Difference {
    let vars = Program::of(workload).flat_map(|it| &it.container.env).filter_map(|it| match &it.value {
        EnvSource::Given(given) => Some((it.origin, &given.caller)),
        _ => None,
    });
    let vars: Vec<(Origin, &SmolStr)> = vars.collect();
    let names: BTreeSet<String> = vars.iter().map(|(_, name)| format!("`{name}`")).collect();
    let message = format!(
        "Compose takes what is given to `{}` from its own environment: set {} there, what is not set is empty",
        workload.name,
        in_words(names)
    );
    Some((message, vars.first()?.0))
}

fn results(_: &Layout<'_>, workload: &Workload) -> Difference {
    let first = workload.results.first()?;
    let message = format!("Compose hands no results on: those of `{}` stand in its log", workload.name);
    Some((message, first.origin))
}

fn secret_files(layout: &Layout<'_>, workload: &Workload) -> Difference {
    let mounts = Program::of(workload).flat_map(|it| it.container.mounts.iter().map(move |mount| (it, mount)));
    let secrets = mounts.filter_map(|(program, mount)| match &mounted(workload, mount)?.source {
        VolumeSource::Secret { secret } => Some((program.container.user.uid, secret, mount.path.origin)),
        _ => None,
    });
    let secrets: Vec<_> = secrets.collect();
    let entries = secrets.iter().filter_map(|(_, secret, _)| layout.plan.secrets.get(*secret)).flat_map(|it| &it.keys);
    let folders: BTreeSet<String> = entries.map(|it| format!("`{}`", folder(&it.place))).collect();
    let users: BTreeSet<String> = secrets.iter().map(|(uid, _, _)| uid.to_string()).collect();
    let message = format!(
        "Compose mounts the files of {} of the project for `{}` as they are: user {} must be able to read them",
        in_words(folders),
        workload.name,
        in_words(users)
    );
    Some((message, secrets.first()?.2))
}

fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

fn taken_ports(layout: &Layout<'_>, workload: &Workload) -> Difference {
    if layout.plan.host_ports.contains_key(&workload.name.value) {
        return None;
    }
    let (port, other) = workload.ports.iter().find_map(|it| Some((it, layout.publisher(workload, it)?)))?;
    let message = format!(
        "port {} of `{}` is not published on this machine: `{other}` has it",
        port.service_port, workload.name,
    );
    Some((message, port.service_port.origin))
}

fn moved_ports(_: &Layout<'_>, workload: &Workload) -> Difference {
    let port = workload.ports.iter().find(|it| it.service_port.value != it.number.value)?;
    let message = format!(
        "with Compose others reach `{}` on port {}, in the cluster on {}",
        workload.name, port.number, port.service_port
    );
    Some((message, port.service_port.origin))
}

fn open_egress(_: &Layout<'_>, workload: &Workload) -> Difference {
    let names = workload.egress.iter().filter_map(|it| outside(&it.peer));
    let message =
        format!("with Compose `{}` may connect to every address, not only to {}", workload.name, in_words(names));
    Some((message, network::way_out(workload)?))
}

/// A network of Docker has no direction: all that are on it may connect to each other.
fn neighbours(layout: &Layout<'_>, workload: &Workload) -> Difference {
    if workload.ports.is_empty() || workload.ingress.iter().any(|it| it.peer == FlowPeer::Everyone) {
        return None;
    }
    let name = &workload.name;
    if let Some(open) = layout.open_service() {
        let message =
            format!("with Compose every program may connect to `{name}`, because `{}` is open to all", open.name);
        return Some((message, workload.origin));
    }
    let names: Vec<String> = layout.neighbours(workload).into_iter().map(|it| format!("`{it}`")).collect();
    let is_none = names.is_empty();
    let message =
        format!("with Compose {} may also connect to `{name}`, because they share a network with it", in_words(names));
    (!is_none).then_some((message, workload.origin))
}

fn absent_clients(_: &Layout<'_>, workload: &Workload) -> Difference {
    let clients = workload.ingress.iter().filter_map(|it| Some((outside(&it.peer)?, it.origin)));
    let clients: Vec<(String, Origin)> = clients.collect();
    let names = clients.iter().map(|(name, _)| name.clone());
    let message = format!("with Compose `{}` is open to this machine, not to {}", workload.name, in_words(names));
    Some((message, clients.first()?.1))
}

fn outside(peer: &FlowPeer) -> Option<String> {
    match peer {
        FlowPeer::Namespace(name) => Some(format!("namespace `{name}`")),
        FlowPeer::Cidr(cidr) => Some(format!("`{cidr}`")),
        FlowPeer::Workload(_) | FlowPeer::Everyone => None,
    }
}

fn unasked_health(layout: &Layout<'_>, workload: &Workload) -> Difference {
    let container = &workload.pod.main;
    let probe = health::asked(container)?;
    let name = &workload.name;
    let why = match (health::healthcheck(layout.plan, container), &probe.check) {
        (None, _) => {
            format!("Compose does not ask after the health of `{name}`: nothing in its image is known to do it")
        }
        (Some(_), ProbeCheck::Grpc { .. }) => {
            format!("with Compose `{name}` is healthy when its port opens: nothing in its image is known to speak gRPC")
        }
        (Some(_), _) => return None,
    };
    Some((why, probe.origin))
}

fn scratch_of_steps(_: &Layout<'_>, workload: &Workload) -> Difference {
    let first = Program::of(workload).find(|it| !it.is_main())?;
    let message = format!(
        "with Compose every container of `{}` has a `/tmp` and `writable` folders of its own, which no other one sees",
        workload.name
    );
    Some((message, first.container.name.origin))
}

fn token(_: &Layout<'_>, workload: &Workload) -> Difference {
    let identity = workload.identity.first().map(|(_, it)| it.origin);
    let message = format!("with Compose there is neither an API server nor a cloud that knows `{}`", workload.name);
    Some((message, workload.permissions.first().map(|it| it.origin).or(identity)?))
}

fn outside_names(_: &Layout<'_>, workload: &Workload) -> Difference {
    let route = workload.route.as_ref()?;
    let message = format!("with Compose `{}` has no route: `{}` does not lead to it", workload.name, route.host);
    Some((message, route.host.origin))
}

fn outside_ports(_: &Layout<'_>, workload: &Workload) -> Difference {
    let expose = workload.expose.as_ref()?;
    Some((format!("with Compose `{}` is open to this machine only", workload.name), expose.origin))
}

fn variants(_: &Layout<'_>, workload: &Workload) -> Difference {
    let variant = workload.variant.as_ref().filter(|it| it.name.is_some())?;
    let message = format!(
        "with Compose `{0}` runs with the profile `variant-{0}` and gets no share of the requests of `{1}`",
        workload.name, variant.service
    );
    Some((message, workload.origin))
}

fn metrics(_: &Layout<'_>, workload: &Workload) -> Difference {
    let metrics = workload.metrics.as_ref()?;
    Some((format!("with Compose nobody reads the metrics of `{}`", workload.name), metrics.origin))
}

fn pull_secret(_: &Layout<'_>, workload: &Workload) -> Difference {
    let secret = workload.pod.pull_secret.as_ref()?;
    let message = format!("Compose pulls the images of `{}` with what `docker login` knows", workload.name);
    Some((message, secret.origin))
}

fn circle(layout: &Layout<'_>, workload: &Workload) -> Difference {
    let names: Vec<String> = layout.unawaited(workload).map(|it: &SmolStr| format!("`{it}`")).collect();
    let is_none = names.is_empty();
    let message =
        format!("with Compose `{0}` does not wait for {1}, which waits for `{0}`", workload.name, in_words(names));
    (!is_none).then_some((message, workload.origin))
}

/// Time limits that somebody wrote, each once for all that it holds for. The one that is assumed is there to end what
/// hangs in a cluster.
fn time_limits(layout: &Layout<'_>) -> Vec<(String, Origin)> {
    let mut limits: Vec<(At<i64>, Vec<String>)> = Vec::new();
    for workload in layout.plan.workloads.values() {
        let Some(limit) = job(workload).map(|it| it.timeout).filter(|it| it.origin.rule.is_none()) else { continue };
        let name = format!("`{}`", workload.name);
        match limits.iter_mut().find(|(known, _)| known.origin == limit.origin) {
            Some((_, names)) => names.push(name),
            None => limits.push((limit, vec![name])),
        }
    }
    let message = |limit: At<i64>, names: &[String]| {
        format!("Compose does not stop {} after {} seconds, as the cluster does", in_words(names.to_vec()), *limit)
    };
    limits.into_iter().map(|(limit, names)| (message(limit, &names), limit.origin)).collect()
}

fn patches(layout: &Layout<'_>) -> impl Iterator<Item = (String, Origin)> {
    let message = |it: &ObjectPatch| format!("with Compose the patch of the {} `{}` changes nothing", it.kind, it.name);
    layout.plan.patches.iter().map(move |it| (message(it), it.origin))
}

/// What holds for every program.
fn everywhere(layout: &Layout<'_>) -> (String, Origin) {
    let message =
        "with Compose volumes have no size, scratch space is memory, and a failing liveness probe restarts nothing";
    (message.to_owned(), layout.plan.identity.project.origin)
}
