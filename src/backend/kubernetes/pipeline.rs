//! The scripts that run the stages that are Jobs in their order, for clusters without an engine: one for the pipeline,
//! one for an installation, one for an upgrade.

use std::sync::Arc;

use serde::Serialize;

use crate::backend::{Emitted, Job, Text, path};
use crate::plan::{JOB_TURN, Plan, Run, Turn, Workload};
use crate::source::Origin;

pub(super) fn emit(job: &Job<'_>, emitted: &mut Emitted) {
    Turn::ALL.into_iter().for_each(|it| script(job, it, emitted));
}

fn script(job: &Job<'_>, turn: Turn, emitted: &mut Emitted) {
    let steps: Vec<Step<'_>> = in_order(job.plan, turn).into_iter().filter_map(step).collect();
    if steps.is_empty() {
        return;
    }
    let values = Values { turn: turn.word(), namespace: &job.plan.identity.namespace, steps };
    match job.blueprints.render("kubernetes/run-stages.sh.j2", values) {
        Ok(text) => {
            let text = Text { text: Arc::from(text), origin: Origin::rule(JOB_TURN) };
            emitted.texts.push((path(format!("kubernetes/run-{}.sh", turn.word())), text));
        }
        Err(diagnostic) => emitted.sink.report(*diagnostic),
    }
}

/// The values of the template.
#[derive(Serialize)]
struct Values<'p> {
    turn: &'static str,
    namespace: &'p str,
    steps: Vec<Step<'p>>,
}

/// A Job, and the seconds that it may take.
#[derive(Serialize)]
struct Step<'p> {
    stage: &'p str,
    seconds: i64,
}

fn step(workload: &Workload) -> Option<Step<'_>> {
    let Run::Job(run) = &workload.run else { return None };
    Some(Step { stage: &workload.name, seconds: run.timeout.value })
}

/// The Jobs of a run, each behind all that it waits for; in the order of the spec where that is open.
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
