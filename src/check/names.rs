//! Names under which two things would be one.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::case::Program;
use super::env::is_given_out;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Workload, caller_variable, env_word, result_variable};
use crate::source::Origin;

pub(super) static CHECK: Check = Check { codes: &[&NAME_TAKEN], run };

pub(super) static NAME_TAKEN: Code = Code {
    id: "name-taken",
    severity: Severity::Error,
    explain: "\
### What it does
Reports two things of the spec that would become the same Kubernetes object, the same container of a pod, or the same
environment variable of a program.

### Why it matters
The second would replace the first.

### Example
A stage and a service that are both called `train`; a stage `purge-raw` beside the purge of the dataset `raw`; the
tables `[config.train-data]` and `[config.train]` with a key `data`, which both become `CONFIG_TRAIN_DATA`. A dataset
called `api` beside a NetworkPolicy of that name is no clash, because an object is told from others by its kind and its
name.

### Use instead
Another name for one of them.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let spec = case.spec();
    for (name, service) in &spec.services {
        if let Some(stage) = spec.stages.get(name.as_str()) {
            let message = format!("a stage and a service are called `{name}`");
            sink.report(taken(message, service.origin, stage.origin));
        }
    }
    for (name, data) in &spec.data {
        let Some(age) = &data.retention else { continue };
        let helper = format!("purge-{name}");
        if let Some(other) = case.workloads().find(|it| it.name == helper) {
            let message = format!("`{}` has the name of the purge of the dataset `{name}`", other.path);
            let diagnostic = Diagnostic::new(&NAME_TAKEN, message).at(Spot::key(other.origin), "choose another name");
            sink.report(diagnostic.at(Spot::key(age.origin), "is purged because of this"));
        }
    }
    case.plan.workloads.values().for_each(|it| containers(it, sink));
    case.programs().for_each(|it| variables(case, &it, sink));
    handed(case, sink);
}

/// The containers of a pod, which the API server tells apart by their names.
fn containers(workload: &Workload, sink: &mut Sink) {
    let mut seen: BTreeMap<&str, Origin> = BTreeMap::new();
    for container in workload.pod.containers() {
        if let Some(first) = seen.insert(&container.name, container.name.origin) {
            let message = format!("two containers of `{}` are called `{}`", workload.name, container.name);
            sink.report(taken(message, container.name.origin, first));
        }
    }
}

/// The variables that the parameters and results of all stages become, each of which must mean one thing.
fn handed(case: &Case<'_>, sink: &mut Sink) {
    let mut seen: BTreeMap<SmolStr, Origin> = BTreeMap::new();
    for (stage, it) in &case.spec().stages {
        let params = it.params.iter().map(|(name, it)| (caller_variable(stage, name), it.origin));
        let results = it.results.iter().map(|it| (result_variable(stage, it), it.origin));
        for (variable, origin) in params.chain(results) {
            if let Some(first) = seen.get(&variable) {
                sink.report(taken(format!("two things become the variable `{variable}`"), origin, *first));
            }
            seen.insert(variable, origin);
        }
    }
}

/// The variables that settings and secrets become, each of which must mean one thing.
fn variables(case: &Case<'_>, program: &Program<'_>, sink: &mut Sink) {
    let mut seen: BTreeMap<String, Origin> = BTreeMap::new();
    let mut add = |variable: String, origin: Origin| {
        if let Some(first) = seen.get(&variable).copied().filter(|it| *it != origin) {
            let message = format!("two things become the variable `{variable}` of `{}`", program.path);
            sink.report(taken(message, origin, first));
        }
        seen.insert(variable, origin);
    };
    for used in program.workload.config.iter().filter_map(|it| it.name.as_ref()) {
        let Some(table) = case.spec().config.get(used.as_str()) else { continue };
        let prefix = format!("CONFIG_{}", env_word(used));
        for (key, value) in &table.values {
            add(format!("{prefix}_{}", env_word(key)), value.origin);
        }
        add(prefix, table.origin);
        let attached = case.resolved.attachments.get(used.as_str());
        for variable in attached.into_iter().flat_map(|it| &it.variables) {
            add(variable.name.to_string(), table.env_file.as_ref().map_or(table.origin, |it| it.origin));
        }
    }
    for used in &program.workload.secrets {
        let secret = used.name.as_ref().and_then(|it| case.plan.secrets.get(it.as_str()));
        for key in secret.into_iter().flat_map(|it| &it.keys) {
            let variable = if used.is_env() { key.variable() } else { Some(&key.env) };
            variable.into_iter().for_each(|it| add(it.to_string(), key.key.origin));
        }
    }
    // The names that the compiler gives out are no names for others.
    let own = program.workload.env.iter().filter(|(name, _)| !is_given_out(name));
    own.for_each(|(name, value)| add(name.to_string(), value.origin));
}

fn taken(message: String, second: Origin, first: Origin) -> Diagnostic {
    let diagnostic = Diagnostic::new(&NAME_TAKEN, message);
    diagnostic.at(Spot::key(second), "this one").at(Spot::key(first), "and this one")
}
