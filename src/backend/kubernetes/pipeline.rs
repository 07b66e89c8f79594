//! The scripts that run the stages that are Jobs in their order, for clusters without an engine: one for the pipeline,
//! one for an installation, one for an upgrade; and one that starts what only people start, where it takes parameters.

use std::sync::Arc;

use serde::Serialize;

use crate::backend::{Emitted, Job, Text, path};
use crate::plan::{JOB_TURN, ON_DEMAND, ParamPlan, Plan, Run, Turn, Workload};
use crate::source::{Origin, RuleId};

pub(super) fn emit(job: &Job<'_>, emitted: &mut Emitted) {
    for turn in Turn::ALL {
        let steps = in_order(job.plan, turn).into_iter().filter_map(step).collect();
        script(job, "run-stages.sh.j2", turn.word(), steps, JOB_TURN, emitted);
    }
    let is_manual = |it: &&Workload| matches!(&it.run, Run::CronJob(run) if run.on_demand.is_some());
    let asking = job.plan.workloads.values().filter(|it| !it.params.is_empty()).filter(is_manual);
    script(job, "run-manual.sh.j2", "manual", asking.filter_map(step).collect(), ON_DEMAND, emitted);
}

fn script(job: &Job<'_>, template: &str, turn: &str, steps: Vec<Step<'_>>, rule: RuleId, emitted: &mut Emitted) {
    if steps.is_empty() {
        return;
    }
    let params = steps.iter().any(|it| !it.params.is_empty());
    let results = steps.iter().any(|it| !it.results.is_empty());
    let values = Values { turn, namespace: &job.plan.identity.namespace, params, results, steps };
    match job.blueprints.render(&format!("kubernetes/{template}"), values) {
        Ok(text) => {
            let text = Text { text: Arc::from(text), origin: Origin::rule(rule) };
            emitted.texts.push((path(format!("kubernetes/run-{turn}.sh")), text));
        }
        Err(diagnostic) => emitted.sink.report(*diagnostic),
    }
}

/// The values of the template.
#[derive(Serialize)]
struct Values<'p> {
    turn: &'p str,
    namespace: &'p str,
    /// Whether a stage takes parameters, and whether one has results.
    params: bool,
    results: bool,
    steps: Vec<Step<'p>>,
}

/// A Job, and the seconds that it may take.
#[derive(Serialize)]
struct Step<'p> {
    stage: &'p str,
    seconds: i64,
    params: Vec<Param<'p>>,
    results: Vec<&'p str>,
    /// What selects the pod with the results among those of the Job.
    pods: &'static str,
}

#[derive(Serialize)]
struct Param<'p> {
    name: &'p str,
    caller: &'p str,
    kind: &'static str,
    default: Option<&'p str>,
}

fn step(workload: &Workload) -> Option<Step<'_>> {
    let (run, is_alone) = match &workload.run {
        Run::Job(run) => (run, !run.distributed && *run.parts == 1),
        Run::CronJob(run) => (&run.job, true),
        Run::Deployment(_) | Run::StatefulSet(_) | Run::DaemonSet(_) => return None,
    };
    Some(Step {
        stage: &workload.name,
        seconds: run.timeout.value,
        params: workload.params.iter().map(param).collect(),
        results: workload.results.iter().map(|it| it.as_str()).collect(),
        pods: if is_alone { "" } else { ",batch.kubernetes.io/job-completion-index=0" },
    })
}

fn param(it: &ParamPlan) -> Param<'_> {
    let default = it.default.as_ref().map(|it| it.as_str());
    Param { name: &it.name, caller: &it.caller, kind: it.kind.word(), default }
}

/// The Jobs of a run, each behind all that it waits for; in the order of their names where that is open.
fn in_order(plan: &Plan, turn: Turn) -> Vec<&Workload> {
    let is_of = |it: &&Workload| it.turn.is_some_and(|it| it.value == turn);
    let mut left: Vec<&Workload> = plan.workloads.values().filter(is_of).collect();
    let mut order: Vec<&Workload> = Vec::new();
    while !left.is_empty() {
        let waits = |it: &&Workload| left.iter().any(|other| it.waits_for(other));
        let (later, now): (Vec<&Workload>, Vec<&Workload>) = left.iter().partition(|it| waits(it));
        if now.is_empty() {
            // A circle, which is reported elsewhere.
            return order;
        }
        order.extend(now);
        left = later;
    }
    order
}
