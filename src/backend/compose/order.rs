//! What a program waits for, and under which profile it runs.

use smol_str::{SmolStr, format_smolstr};

use super::layout::Layout;
use super::prepare;
use super::program::{Part, Program};
use super::{health, network};
use crate::object::{Pairs, fields};
use crate::plan::{Component, JOB_TURN, KIND, ON_DEMAND, PREPARED, PROBES, Run, SPLIT, Workload};
use crate::source::{At, Node, Origin};

/// The profile of what does not run all the time.
pub(super) fn profile(program: &Program<'_>) -> Option<At<SmolStr>> {
    let workload = program.workload;
    if workload.component == Component::Service {
        let profile = || At::new(format_smolstr!("variant-{}", workload.name), workload.origin.by(SPLIT));
        return workload.is_variant().then(profile);
    }
    // Not the bare name: a stage that is called `pipeline` would join the pipeline.
    let own = || At::new(format_smolstr!("job-{}", workload.name), workload.origin.by(ON_DEMAND));
    Some(workload.turn.map_or_else(own, |it| it.map(|it| it.word().into())))
}

/// What must have started, be healthy or have ended before a program starts.
pub(super) fn depends_on(layout: &Layout<'_>, program: &Program<'_>) -> Pairs<Node> {
    let workload = program.workload;
    let mut before: Vec<(SmolStr, Node)> = Vec::new();
    if program.part == Part::Beside {
        // It shares the network of the main container, which must be there for that.
        let started = fields!(program.container.name.origin; "condition" => "service_started");
        return Pairs(vec![(workload.name.value.clone(), started)]);
    }
    if prepare::is_awaited_by(layout.plan, program) {
        before.push((prepare::NAME.into(), completed(workload.origin.by(PREPARED))));
    }
    for (stage, origin) in stages_before(layout, workload) {
        before.push((stage.clone(), completed(origin)));
    }
    for service in layout.waits(workload) {
        before.push(((*service).clone(), running(layout, workload, service)));
    }
    if let Some(step) = program.step_before() {
        before.push((step.name(), completed(step.container.name.origin)));
    }
    Pairs(before)
}

/// The stages of the same run that must have ended. As in the cluster, what runs by the clock or on demand is not waited
/// for, and does not wait.
fn stages_before<'w>(layout: &Layout<'_>, workload: &'w Workload) -> impl Iterator<Item = (&'w SmolStr, Origin)> {
    let is_before = |it: &&At<SmolStr>| layout.plan.workloads.get(&it.value).is_some_and(|it| workload.waits_for(it));
    workload.after.iter().filter(is_before).map(|it| (&it.value, it.origin.by(JOB_TURN)))
}

fn completed(origin: Origin) -> Node {
    fields!(origin; "condition" => "service_completed_successfully")
}

/// A service whose health is asked is waited for until it is well, another one until it has started.
fn running(layout: &Layout<'_>, client: &Workload, service: &SmolStr) -> Node {
    let container = &layout.plan.workloads[service].pod.main;
    let is_asked = health::healthcheck(layout.plan, container).is_some();
    let condition = if is_asked { "service_healthy" } else { "service_started" };
    fields!(network::flow_origin(client, service).by(PROBES); "condition" => condition)
}

/// How often a program is started again: what the cluster does for pods.
pub(super) fn restart(program: &Program<'_>) -> Option<At<SmolStr>> {
    let job = match &program.workload.run {
        Run::Job(job) => job,
        Run::CronJob(cron) => &cron.job,
        Run::Deployment(_) | Run::StatefulSet(_) | Run::DaemonSet(_) => {
            let policy = if program.part == Part::Step { "on-failure" } else { "unless-stopped" };
            return Some(At::new(policy.into(), program.workload.origin.by(KIND)));
        }
    };
    (*job.retries > 0).then(|| job.retries.map(|it| format_smolstr!("on-failure:{it}")))
}
