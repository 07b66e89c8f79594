//! Environment variables: as in the cluster, with the values that one machine has for what a pod would say.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::program::Program;
use crate::object::Pairs;
use crate::plan::{
    Container, EnvSource, EnvVar, Given, PARALLEL_ENV, Phrase, Plan, RENDEZVOUS, ResourcePlan, Run, SecretEntry,
    Workload,
};
use crate::source::{At, Node, Value};

/// The variables of a program. Those that Compose takes from its own environment are empty here: see [`taken`].
pub(super) fn environment(plan: &Plan, program: &Program<'_>) -> Pairs<Node> {
    let workload = program.workload;
    let all = program.container.env.iter();
    let mut vars: Vec<(SmolStr, Node)> =
        all.filter_map(|it| Some((it.name.clone(), value(plan, workload, program.container, it)?))).collect();
    let index = SmolStr::new_static("JOB_COMPLETION_INDEX");
    if let Some(parts) = indexed(&workload.run).filter(|_| vars.iter().all(|(name, _)| *name != index)) {
        vars.push((index, Node::new("0", parts.origin.by(PARALLEL_ENV))));
    }
    Pairs(vars)
}

/// The number of parts of a Job whose pods Kubernetes numbers.
fn indexed(run: &Run) -> Option<At<u32>> {
    let job = match run {
        Run::Job(job) => job,
        Run::CronJob(cron) => &cron.job,
        Run::Deployment(_) | Run::StatefulSet(_) | Run::DaemonSet(_) => return None,
    };
    (*job.parts > 1 || job.distributed).then_some(job.parts)
}

/// The value of a variable; `None` where one machine has nothing to say.
fn value(plan: &Plan, workload: &Workload, container: &Container, var: &EnvVar) -> Option<Node> {
    let text = match &var.value {
        EnvSource::Text(text) => At::new(of_one_part(workload, var).unwrap_or_else(|| text.value.clone()), text.origin),
        EnvSource::Secret { key, .. } => return secret(plan, var).map(|_| Node::new(Value::Null, key.origin)),
        EnvSource::Phrase(_) | EnvSource::Given(_) => return Some(Node::new(Value::Null, var.origin)),
        // What a stage has written is to be seen in its log.
        EnvSource::ResultsFile => At::new("/dev/stdout".into(), var.origin),
        EnvSource::Field(path) => At::new(field(plan, workload, path)?.value, path.origin),
        EnvSource::Resource(resource) => At::new(amount(&container.resources, resource), resource.origin),
        EnvSource::Rank { .. } => At::new("0".into(), var.origin),
    };
    Some(Node::new(text.value, text.origin.or(var.origin)))
}

/// What the compiler tells the parts of a Job, as it is for the one part that runs here.
fn of_one_part(workload: &Workload, var: &EnvVar) -> Option<SmolStr> {
    let rule = var.origin.rule?;
    match var.name.trim_start_matches("PET_") {
        "MASTER_ADDR" if rule == RENDEZVOUS => Some(workload.name.value.clone()),
        "NNODES" if rule == RENDEZVOUS => Some("1".into()),
        "JOB_COMPLETIONS" if rule == PARALLEL_ENV => Some("1".into()),
        _ => None,
    }
}

/// What a field of the pod says here.
pub(super) struct PodField {
    pub(super) value: SmolStr,
    /// Whether it says the same in the cluster.
    pub(super) is_same: bool,
}

/// What a field of the pod says here; `None` for what there is none of, such as the pod's address.
pub(super) fn field(plan: &Plan, workload: &Workload, path: &str) -> Option<PodField> {
    let same = |value: &SmolStr| Some(PodField { value: value.clone(), is_same: true });
    let near = |value: &SmolStr| Some(PodField { value: value.clone(), is_same: false });
    let keyed = |start: &str| path.strip_prefix(start).and_then(|it| it.strip_suffix("']"));
    if let Some(key) = keyed("metadata.labels['") {
        return labels(plan, workload).find(|(it, _)| it == key).and_then(|(_, it)| same(it));
    }
    if let Some(key) = keyed("metadata.annotations['") {
        return workload.annotations.iter().find(|(it, _)| it == key).and_then(|(_, it)| same(it));
    }
    match path {
        "metadata.namespace" => same(&workload.namespace),
        "spec.serviceAccountName" => same(&workload.name),
        "metadata.name" => near(&workload.name),
        "spec.nodeName" => near(&SmolStr::new_static("localhost")),
        _ => None,
    }
}

/// The user's labels: the project's, then the workload's own.
pub(super) fn labels<'l>(plan: &'l Plan, workload: &'l Workload) -> impl Iterator<Item = &'l (SmolStr, At<SmolStr>)> {
    let shared = &plan.identity.labels;
    let own = workload.labels.iter().filter(|(key, _)| shared.iter().all(|(it, _)| it != key));
    shared.iter().chain(own)
}

/// An amount that the container asks for, in whole units as the kubelet rounds it.
fn amount(resources: &ResourcePlan, name: &str) -> SmolStr {
    let amount = match name {
        "limits.cpu" => resources.cpu_limit.div_ceil(1000),
        "requests.cpu" => resources.cpu.div_ceil(1000),
        "limits.memory" => *resources.memory_limit,
        "requests.memory" => *resources.memory,
        _ => *resources.scratch,
    };
    amount.to_smolstr()
}

/// The variables of a program that are taken from whoever runs Compose: those that hold secrets, and what is given to
/// stages. Without a secret Compose refuses to start: an empty password may be worse than none.
pub(super) fn taken(plan: &Plan, container: &Container) -> Vec<(SmolStr, Node)> {
    let reference = |var: &EnvVar| {
        let (text, origin) = match &var.value {
            EnvSource::Given(given) => (from_caller(given), given.key.origin),
            EnvSource::Phrase(phrase) => (replaced(container, phrase).into(), phrase.origin),
            _ => {
                let (secret, entry) = secret(plan, var)?;
                let why = format!("the key {} of the secret {secret} is not set", entry.key);
                (format!("${{{}:?{why}}}", host_variable(entry)), entry.key.origin)
            }
        };
        Some((var.name.clone(), Node::new(text, origin.or(var.origin))))
    };
    container.env.iter().filter_map(reference).collect()
}

/// A text in which Compose puts the values of the container's variables: every other dollar is doubled.
pub(super) fn replaced(container: &Container, phrase: &Phrase) -> SmolStr {
    let value = |name: &str| {
        let var = container.env.iter().find(|it| it.name == name);
        match var.map(|it| &it.value) {
            Some(EnvSource::Given(given)) => from_caller(given),
            Some(EnvSource::Text(text)) => text.replace('$', "$$"),
            _ => String::new(),
        }
    };
    phrase.spelled(|text| text.replace('$', "$$"), value)
}

fn from_caller(given: &Given) -> String {
    match &given.default {
        Some(default) => format!("${{{}:-{default}}}", given.caller),
        // Compose reads the whole file for every command: what is asked for here would keep all others from starting.
        None => format!("${{{}:-}}", given.caller),
    }
}

/// The secret that a variable holds, and its key.
pub(super) fn secret<'p>(plan: &'p Plan, var: &'p EnvVar) -> Option<(&'p SmolStr, &'p SecretEntry)> {
    let EnvSource::Secret { secret, key } = &var.value else { return None };
    let entry = plan.secrets.get(secret)?.keys.iter().find(|it| it.key.value == key.value)?;
    Some((secret, entry))
}

/// The variable of whoever runs Compose that holds a key of a secret: `SECRET_<NAME>_<KEY>`.
pub(super) fn host_variable(entry: &SecretEntry) -> SmolStr {
    entry.env.strip_suffix("_FILE").map_or_else(|| format_smolstr!("{}_VALUE", entry.env), SmolStr::new)
}
