//! Jobs and CronJobs.

use super::emission::Emission;
use super::meta::Meta;
use super::pod::{PodExtras, template};
use crate::object::fields;
use crate::plan::{CRON, CronRun, JOB_END, JobRun, KIND, Plan, RENDEZVOUS, Workload};
use crate::source::{At, Node};

pub(super) fn job(plan: &Plan, workload: &Workload, run: &JobRun, out: &mut Emission<'_>) {
    let spec = job_spec(plan, workload, run);
    out.add("batch/v1", "Job", Meta::of(workload), fields!(workload.origin; "spec" => spec));
}

pub(super) fn cron_job(plan: &Plan, workload: &Workload, run: &CronRun, out: &mut Emission<'_>) {
    let origin = workload.origin.by(CRON);
    let template = fields!(workload.origin; "spec" => job_spec(plan, workload, &run.job));
    let spec = fields!(origin;
        "schedule" => &run.schedule,
        "timeZone" => &run.time_zone,
        "concurrencyPolicy" => "Forbid",
        "startingDeadlineSeconds" => 600,
        "successfulJobsHistoryLimit" => 3,
        "failedJobsHistoryLimit" => 3,
        "suspend" => run.on_demand.map(|it| it.map(|()| true)),
        "jobTemplate" => template,
    );
    out.add("batch/v1", "CronJob", Meta::of(workload), fields!(workload.origin; "spec" => spec));
}

fn job_spec(plan: &Plan, workload: &Workload, run: &JobRun) -> Node {
    let origin = workload.origin.by(JOB_END);
    let indexed = *run.parts > 1 || run.distributed;
    // Parts of one piece of work fail one by one; parts of one training fail together.
    let per_index = indexed && !run.distributed;
    let extras = PodExtras {
        restart_policy: Some(At::new("Never", origin)),
        subdomain: workload.headless.as_ref().filter(|_| run.distributed).map(|it| it.clone().by(RENDEZVOUS)),
    };
    fields!(origin;
        "completionMode" => indexed.then(|| At::new("Indexed", run.parts.origin.by(KIND))),
        "completions" => indexed.then_some(run.parts),
        "parallelism" => indexed.then_some(run.parts),
        "backoffLimit" => (!per_index).then_some(run.retries),
        "backoffLimitPerIndex" => per_index.then_some(run.retries),
        "activeDeadlineSeconds" => run.timeout,
        "ttlSecondsAfterFinished" => run.kept,
        "podReplacementPolicy" => "Failed",
        "podFailurePolicy" => failure_policy(workload),
        "template" => template(plan, workload, extras),
    )
}

/// A pod that was taken away with its node has not failed.
fn failure_policy(workload: &Workload) -> Node {
    let origin = workload.origin.by(JOB_END);
    let disrupted = fields!(origin; "type" => "DisruptionTarget", "status" => "True");
    fields!(origin; "rules" => vec![fields!(origin; "action" => "Ignore", "onPodConditions" => vec![disrupted])])
}
