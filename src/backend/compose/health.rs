//! Health checks, from the probes of the plan.
//!
//! Compose can only run a command in the container. An image that the project builds for Python has one that can ask;
//! of any other image nothing is known, and only a probe that is a command itself can be kept.

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::text::seconds;
use crate::catalogue::{ASK_HTTP, ASK_TCP};
use crate::object::fields;
use crate::plan::{Container, Plan, ProbeCheck, ProbePlan};
use crate::source::{At, Node};
use crate::spec::Language;

/// The health check of a container; `None` where it has no probe, or nothing in the image could ask.
pub(super) fn healthcheck(plan: &Plan, container: &Container) -> Option<Node> {
    let probe = asked(container)?;
    let origin = probe.origin;
    let startup = container.probes.startup.as_ref();
    let start_period = startup.map(|it| it.failures.map(|failures| seconds(*it.every * i64::from(failures))));
    Some(fields!(origin;
        "test" => test(plan, container, probe)?,
        "interval" => probe.every.map(seconds),
        "timeout" => probe.timeout.map(seconds),
        "retries" => probe.failures,
        "start_period" => start_period,
        "start_interval" => startup.map(|it| it.every.map(seconds)),
    ))
}

/// The probe that the health check stands for: what decides about traffic, or else about a restart.
pub(super) fn asked(container: &Container) -> Option<&ProbePlan> {
    container.probes.ready.as_ref().or(container.probes.live.as_ref())
}

fn test(plan: &Plan, container: &Container, probe: &ProbePlan) -> Option<Vec<At<SmolStr>>> {
    let at = |text: SmolStr| At::new(text, probe.origin);
    let mut test = vec![at("CMD".into())];
    if let ProbeCheck::Exec(command) = &probe.check {
        test.extend(command.iter().cloned());
        return Some(test);
    }
    if !has_python(plan, container) {
        return None;
    }
    let (script, argument) = match &probe.check {
        ProbeCheck::Http { path, number, .. } => (ASK_HTTP, format_smolstr!("http://127.0.0.1:{number}{path}")),
        ProbeCheck::Tcp { number, .. } => (ASK_TCP, number.to_smolstr()),
        ProbeCheck::Grpc { number } => (ASK_TCP, number.to_smolstr()),
        ProbeCheck::Exec(_) => return None,
    };
    test.extend(["python".into(), "-c".into(), SmolStr::new_static(script), argument].map(at));
    Some(test)
}

fn has_python(plan: &Plan, container: &Container) -> bool {
    let image = container.image.built.as_ref().and_then(|it| plan.images.get(it));
    image.and_then(|it| it.recipe()).is_some_and(|it| it.language == Language::Python)
}
