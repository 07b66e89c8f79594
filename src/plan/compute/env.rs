//! How every value reaches the program: one rule, the same for Compose and Kubernetes.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::Parts;
use super::container::{Part, Program};
use super::exposure::service_host;
use super::handed::{param_variables, result_variables};
use super::mounts::{config_file, data_place, secret_path};
use crate::plan::context::Context;
use crate::plan::proxy::of_program;
use crate::plan::{
    BUCKET_VOLUME, CHECKPOINT_ENV, CONFIG_ENV, Claim, Component, DATA_PATH, EnvSource, EnvVar, HOME, PARALLEL_ENV,
    PORT_ENV, RENDEZVOUS, RESULTS, Run, SECRET_ENV, SECRET_FILE, env_word,
};
use crate::source::{At, Origin};
use crate::spec;

pub(super) fn environment(context: &Context<'_>, parts: &Parts<'_>, program: &Program<'_>, part: Part) -> Vec<EnvVar> {
    let mut vars = Vars::default();
    vars.text("HOME", "/tmp", program.origin.by(HOME));
    datasets(context, parts, program, &mut vars);
    settings(parts, program, &mut vars);
    secrets(parts, program, &mut vars);
    ports(program, &mut vars);
    if part == Part::Main {
        parts_of_a_job(program, &mut vars);
        checkpoint(context, parts, program, &mut vars);
    }
    if let Some((stage, written)) = program.stage {
        vars.0.extend(param_variables(stage, written, program.run));
        vars.0.extend(result_variables(context, program.workload));
        if let Some(first) = written.results.first().filter(|_| part == Part::Main) {
            vars.push("RESULTS_FILE", EnvSource::ResultsFile, first.origin.by(RESULTS));
        }
    }
    for (name, value) in of_program(context, program.workload) {
        let origin = value.origin;
        vars.push(name, EnvSource::Text(value), origin);
    }
    for (name, value) in &program.workload.env {
        if let Some(source) = own_value(context, parts, program, value) {
            vars.0.retain(|it| it.name != name.as_str());
            vars.0.push(EnvVar { name: name.to_smolstr(), value: source, origin: value.origin });
        }
    }
    vars.0
}

#[derive(Default)]
struct Vars(Vec<EnvVar>);

impl Vars {
    fn text(&mut self, name: impl Into<SmolStr>, value: impl Into<SmolStr>, origin: Origin) {
        self.push(name, EnvSource::Text(At::new(value.into(), origin)), origin);
    }

    fn push(&mut self, name: impl Into<SmolStr>, value: EnvSource, origin: Origin) {
        let name = name.into();
        if self.0.iter().all(|it| it.name != name) {
            self.0.push(EnvVar { name, value, origin });
        }
    }
}

fn datasets(context: &Context<'_>, parts: &Parts<'_>, program: &Program<'_>, vars: &mut Vars) {
    for mount in program.workload.inputs.iter().chain(&program.workload.outputs) {
        let Some(data) = mount.data.as_ref().filter(|it| !context.resolved.disabled.has("data", it)) else { continue };
        let place = data_place(context, parts, mount, data);
        vars.text(format!("DATA_{}", env_word(data)), place.value, mount.origin.by(DATA_PATH));
        let Some(Claim::Url { secret: Some(secret), .. }) = parts.volumes.get(data.as_str()).map(|it| &it.claim) else {
            continue;
        };
        keys_as_variables(parts, secret, secret.origin.by(BUCKET_VOLUME), vars);
    }
}

/// Each key of a secret as the variable of its name.
fn keys_as_variables(parts: &Parts<'_>, secret: &str, origin: Origin, vars: &mut Vars) {
    let Some(secret) = parts.secrets.get(secret) else { return };
    for variable in secret.keys.iter().filter_map(|it| it.variable()) {
        let source = EnvSource::Secret { secret: secret.name.clone(), key: At::new(variable.clone(), origin) };
        vars.push(variable.clone(), source, origin);
    }
}

fn settings(parts: &Parts<'_>, program: &Program<'_>, vars: &mut Vars) {
    for used in &program.workload.config {
        let Some(table) = used.name.as_ref().and_then(|it| parts.configs.get(it.as_str())) else { continue };
        if let Some(file) = config_file(used, table) {
            vars.text(format!("CONFIG_{}", env_word(&table.name)), file, used.origin.by(CONFIG_ENV));
        }
        for (name, value) in &table.values {
            vars.push(name.clone(), EnvSource::Text(value.clone()), value.origin.by(CONFIG_ENV));
        }
        for (name, value) in &table.variables {
            vars.push(name.clone(), EnvSource::Text(value.clone()), value.origin);
        }
    }
}

fn secrets(parts: &Parts<'_>, program: &Program<'_>, vars: &mut Vars) {
    for used in &program.workload.secrets {
        let Some(secret) = used.name.as_ref().and_then(|it| parts.secrets.get(it.as_str())) else { continue };
        if used.is_env() {
            keys_as_variables(parts, &secret.name, used.origin.by(SECRET_ENV), vars);
            continue;
        }
        let folder = secret_path(used, &secret.name);
        for entry in &secret.keys {
            let file = format_smolstr!("{}/{}", folder.value, entry.key);
            vars.text(entry.env.clone(), file, used.origin.by(SECRET_FILE));
        }
    }
}

fn ports(program: &Program<'_>, vars: &mut Vars) {
    for (index, port) in program.ports.iter().enumerate() {
        let origin = port.number.origin.by(PORT_ENV);
        let name = if index == 0 { "PORT".to_owned() } else { format!("PORT_{}", env_word(&port.name)) };
        vars.text(name, port.number.value.to_smolstr(), origin);
    }
}

fn parts_of_a_job(program: &Program<'_>, vars: &mut Vars) {
    let (job, stateful) = match program.run {
        Run::Job(job) => (Some(job), false),
        Run::CronJob(cron) => (Some(&cron.job), false),
        Run::StatefulSet(_) => (None, program.component == Component::Stage),
        Run::Deployment(_) | Run::DaemonSet(_) => return,
    };
    if let Some(distributed) = &program.workload.distributed {
        let nodes = distributed.nodes.map_or(1, |it| it.get());
        let port = distributed.port.map_or(RENDEZVOUS_PORT, |it| it.get());
        let origin = distributed.origin.by(RENDEZVOUS);
        let name = &program.name;
        for prefix in ["", "PET_"] {
            vars.text(format!("{prefix}MASTER_ADDR"), format!("{name}-0.{name}"), origin);
            vars.text(format!("{prefix}MASTER_PORT"), port.to_string(), origin);
            vars.text(format!("{prefix}NNODES"), nodes.to_string(), origin);
            vars.push(format!("{prefix}NODE_RANK"), EnvSource::Rank { stateful }, origin);
        }
    } else if let Some(job) = job.filter(|it| *it.parts > 1) {
        vars.text("JOB_COMPLETIONS", job.parts.value.to_smolstr(), job.parts.origin.by(PARALLEL_ENV));
    }
}

/// The port on which the pods of a training meet, torchrun's own default.
pub(in crate::plan) const RENDEZVOUS_PORT: i64 = 29500;

fn checkpoint(context: &Context<'_>, parts: &Parts<'_>, program: &Program<'_>, vars: &mut Vars) {
    let Some(checkpoint) = &program.workload.checkpoint else { return };
    let Some(data) = &checkpoint.data else { return };
    let mount = program.workload.outputs.iter().find(|it| it.data.as_ref() == Some(data));
    let Some(mount) = mount else { return };
    let origin = checkpoint.origin.by(CHECKPOINT_ENV);
    vars.text("CHECKPOINT_DIR", data_place(context, parts, mount, data).value, origin);
    let every = checkpoint.every.as_ref().map_or(1800, |it| it.seconds());
    vars.text("CHECKPOINT_EVERY", every.to_smolstr(), origin);
}

/// What the spec says a variable holds; `None` where it refers to something that is switched off or missing.
fn own_value(
    context: &Context<'_>,
    parts: &Parts<'_>,
    program: &Program<'_>,
    value: &At<spec::Short<spec::EnvValue>>,
) -> Option<EnvSource> {
    if let Some(text) = &value.value.value {
        let phrase = super::container::phrase(program, text);
        return Some(match phrase.known().cloned() {
            Some(known) => EnvSource::Text(At::new(known, text.origin)),
            None => EnvSource::Phrase(At::new(phrase, text.origin)),
        });
    }
    if let Some(field) = &value.field {
        return Some(EnvSource::Field(field.clone().map(|it| it.to_smolstr())));
    }
    if let Some(resource) = &value.resource {
        return Some(EnvSource::Resource(resource.clone().map(|it| it.to_smolstr())));
    }
    if let Some(service) = &value.service {
        return Some(EnvSource::Text(At::new(service_host(context, service)?, service.origin)));
    }
    if let Some(data) = &value.data {
        let all = program.workload.inputs.iter().chain(&program.workload.outputs);
        let mount = { all }.find(|it| it.data.as_ref() == Some(data))?;
        let path = data_place(context, parts, mount, data);
        return Some(EnvSource::Text(At::new(path.value, data.origin)));
    }
    let key = value.key.as_ref();
    if let Some(secret) = &value.secret {
        let known = parts.secrets.get(secret.as_str())?;
        let only = known.keys.first().map(|it| it.key.clone());
        let key = key.map(|it| it.clone().map(|it| it.to_smolstr())).or(only)?;
        if value.file.is_some_and(|it| it.value) {
            let used = program
                .workload
                .secrets
                .iter()
                .find(|it| it.name.as_ref().is_some_and(|it| it.value == secret.value))?;
            let folder = secret_path(used, &known.name);
            return Some(EnvSource::Text(At::new(
                format_smolstr!("{}/{key}", folder.value),
                value.origin.by(SECRET_FILE),
            )));
        }
        return Some(EnvSource::Secret { secret: known.name.clone(), key });
    }
    let table = parts.configs.get(value.config.as_ref()?.as_str())?;
    let variable = format!("CONFIG_{}_{}", env_word(&table.name), env_word(key?.as_str()));
    table.values.iter().find(|(it, _)| *it == variable).map(|(_, it)| EnvSource::Text(it.clone()))
}
