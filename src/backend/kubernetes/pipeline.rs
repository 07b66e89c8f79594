//! The script that runs the pipeline's Jobs in their order, for clusters without an engine.

use std::sync::Arc;

use serde::Serialize;

use crate::backend::{Emitted, Job, Text, path};
use crate::plan::{JOB_TURN, Plan, Run, Workload};
use crate::source::Origin;

pub(super) fn emit(job: &Job<'_>, emitted: &mut Emitted) {
    let plan = job.plan;
    let order = in_order(plan);
    if order.is_empty() {
        return;
    }
    let steps: Vec<Step> = order.into_iter().filter_map(step).collect();
    let values = Values { namespace: &plan.identity.namespace, steps };
    match job.blueprints.render("kubernetes/run-pipeline.sh.j2", values) {
        Ok(text) => {
            let text = Text { text: Arc::from(text), origin: Origin::rule(JOB_TURN) };
            emitted.texts.push((path("kubernetes/run-pipeline.sh"), text));
        }
        Err(diagnostic) => emitted.sink.report(*diagnostic),
    }
}

/// The values of the template.
#[derive(Serialize)]
struct Values<'p> {
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

/// The Jobs of the pipeline, each behind all that it waits for; in the order of their names where that is open.
fn in_order(plan: &Plan) -> Vec<&Workload> {
    let mut left: Vec<&Workload> = plan.workloads.values().filter(|it| matches!(it.run, Run::Job(_))).collect();
    let mut order: Vec<&Workload> = Vec::new();
    while !left.is_empty() {
        let waits = |it: &&Workload| it.after.iter().any(|before| left.iter().any(|it| it.name.value == before.value));
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
