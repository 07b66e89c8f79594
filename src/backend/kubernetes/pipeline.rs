//! The script that runs the pipeline's Jobs in their order, for clusters without an engine.

use std::sync::Arc;

use crate::backend::{Emitted, Job, Text, path};
use crate::plan::{JOB_TURN, Plan, Run, Workload};
use crate::source::Origin;

pub(super) fn emit(job: &Job<'_>, emitted: &mut Emitted) {
    let plan = job.plan;
    let order = in_order(plan);
    if order.len() < 2 {
        return;
    }
    let steps = order.iter().map(|it| step(it)).collect::<String>();
    let text = format!("{}{steps}", HEAD.replace("NAMESPACE", &plan.identity.namespace));
    emitted
        .texts
        .push((path("kubernetes/run-pipeline.sh"), Text { text: Arc::from(text), origin: Origin::rule(JOB_TURN) }));
}

const HEAD: &str = "\
#!/bin/sh
# Runs the stages of the pipeline in their order: each starts when those before it have ended.
# Usage: run-pipeline.sh [kubectl options, such as --context NAME]
set -eu
cd \"$(dirname \"$0\")\"

# Makes the Job anew, starts it, and waits until it has ended.
run() {
  stage=$1 seconds=$2
  shift 2
  echo \"stage $stage\"
  kubectl \"$@\" --namespace NAMESPACE delete job \"$stage\" --ignore-not-found --wait
  kubectl \"$@\" apply --filename \"$stage.job.yaml\"
  kubectl \"$@\" --namespace NAMESPACE patch job \"$stage\" --patch '{\"spec\":{\"suspend\":false}}'
  kubectl \"$@\" --namespace NAMESPACE wait job \"$stage\" --for=condition=Complete --timeout=\"${seconds}s\"
}

";

/// Names are of letters, digits and `-` only, so they need no quotes.
fn step(workload: &Workload) -> String {
    let Run::Job(run) = &workload.run else { return String::new() };
    format!("run {} {} \"$@\"\n", workload.name, run.timeout.value)
}

/// The Jobs of the pipeline, each behind all that it waits for; in the order of the spec where that is open.
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
