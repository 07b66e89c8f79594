//! What a stage or service becomes, and how it runs.

use smol_str::ToSmolStr;

use super::Parts;
use crate::plan::context::Context;
use crate::plan::identity::pairs;
use crate::plan::{
    AUTOSCALE, Autoscaler, CRON, CronRun, DISRUPTION, DaemonRun, DeploymentRun, DisruptionPlan, JOB_END, JOB_TURN,
    JobRun, KIND, NODES, ON_DEMAND, REPLICAS, RETRIES, ROLLOUT, RolloutPlan, Run, ScaleMetric, StatefulRun, TIMEOUT,
    Turn, Volume,
};
use crate::source::{At, Origin};
use crate::spec::{self, AccessMode, Amount, Budget, Count, DistributedBackend, Kind, RolloutForm, When};

const DAY: i64 = 86_400;
const ROLLOUT_DEADLINE: i64 = 600;

/// A schedule that never comes, for CronJobs that only people start: 31 February.
const NEVER: &str = "0 0 31 2 *";

pub(super) fn stage(written: &spec::Workload, of: Origin) -> Run {
    let on_demand = written.when.filter(|it| it.value == When::Manual);
    let is_cron = written.schedule.is_some() || on_demand.is_some();
    let backend = written.distributed.as_ref().and_then(|it| it.backend);
    let is_stateful = backend.is_some_and(|it| it.value == DistributedBackend::StatefulSet);
    let kind = written.kind.map(|it| it.value).unwrap_or(match (is_cron, is_stateful) {
        (true, _) => Kind::CronJob,
        (false, true) => Kind::StatefulSet,
        (false, false) => Kind::Job,
    });
    let job = job(written, of);
    match kind {
        Kind::CronJob => cron(written, of, on_demand, job),
        Kind::StatefulSet => Run::StatefulSet(StatefulRun {
            replicas: job.parts,
            autoscale: None,
            disruption: None,
            parallel: true,
            claims: Vec::new(),
        }),
        // What a stage cannot be is reported by a check.
        Kind::Job | Kind::Deployment | Kind::DaemonSet => Run::Job(job),
    }
}

/// The run of several stages that one is part of: every Job is of one.
pub(super) fn turn(written: &spec::Workload, run: &Run, of: Origin) -> Option<At<Turn>> {
    let turn = |it: When| match it {
        When::Install => Turn::Install,
        When::Upgrade => Turn::Upgrade,
        When::Pipeline | When::Manual => Turn::Pipeline,
    };
    let said = written.when.map(|it| it.map(turn));
    matches!(run, Run::Job(_)).then(|| said.unwrap_or_else(|| At::new(Turn::Pipeline, of)).by(JOB_TURN))
}

fn job(written: &spec::Workload, of: Origin) -> JobRun {
    let nodes =
        written.distributed.as_ref().map(|it| it.nodes.map_or_else(|| At::new(1, it.origin), |it| it.map(Count::u32)));
    let parts = nodes.or_else(|| written.parallelism.map(|it| it.map(Count::u32)));
    let timeout = written.timeout.as_ref().map(|it| At::new(it.seconds(), it.origin));
    JobRun {
        retries: written.retries.map_or_else(|| At::new(2, of.by(RETRIES)), |it| it.map(Amount::u32)),
        timeout: timeout.unwrap_or_else(|| At::new(DAY, of.by(TIMEOUT))),
        kept: kept(written, of),
        parts: parts.unwrap_or_else(|| At::new(1, of.by(KIND))),
        distributed: nodes.is_some(),
    }
}

/// A day is long enough to read the logs of a failed night. What is to run once stays, because it tells that it has run.
fn kept(written: &spec::Workload, of: Origin) -> Option<At<i64>> {
    let said = written.keep_failed.as_ref().map(|it| At::new(it.seconds(), it.origin));
    let is_once = written.when.is_some_and(|it| it.value == When::Install);
    (!is_once).then(|| said.filter(|it| it.value > DAY).unwrap_or_else(|| At::new(DAY, of.by(JOB_END))))
}

fn cron(written: &spec::Workload, of: Origin, on_demand: Option<At<When>>, job: JobRun) -> Run {
    let schedule = written.schedule.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    let zone = written.timezone.as_ref().map(|it| it.clone().map(|it| it.to_smolstr()));
    let asked = on_demand.map(|it| At::new((), it.origin.by(ON_DEMAND)));
    Run::CronJob(CronRun {
        schedule: schedule.unwrap_or_else(|| At::new(NEVER.into(), asked.map_or(of, |it| it.origin).by(ON_DEMAND))),
        time_zone: zone.unwrap_or_else(|| At::new("Etc/UTC".into(), of.by(CRON))),
        on_demand: asked,
        job,
    })
}

pub(super) fn service(
    context: &Context<'_>,
    parts: &Parts<'_>,
    name: &spec::Name,
    written: &spec::Workload,
    of: Origin,
) -> Run {
    let kept: Vec<&Volume> =
        written.outputs.iter().filter_map(|it| parts.volumes.get(it.data.as_ref()?.as_str())).collect();
    let is_own = |it: &&&Volume| {
        let is_single = matches!(it.access.value, AccessMode::ReadWriteOnce | AccessMode::ReadWriteOncePod);
        it.claim == crate::plan::Claim::PerReplica || (it.claim.is_shared() && is_single)
    };
    let keeps_own = kept.iter().any(|it| is_own(&it));
    let assumed = if keeps_own { Kind::StatefulSet } else { Kind::Deployment };
    let replicas = super::variants::replicas(context, name, written, At::new(1, of.by(REPLICAS)));
    let autoscale = autoscale(written);
    let most = autoscale.as_ref().map_or(*replicas, |it| *it.max);
    let disruption = disruption(written, most, of);
    match written.kind.map_or(assumed, |it| it.value) {
        Kind::StatefulSet => Run::StatefulSet(StatefulRun {
            replicas,
            autoscale,
            disruption,
            parallel: false,
            claims: kept
                .iter()
                .filter(|it| it.claim == crate::plan::Claim::PerReplica)
                .map(|it| it.name.clone())
                .collect(),
        }),
        Kind::DaemonSet => Run::DaemonSet(DaemonRun {
            nodes: nodes(context, written, of),
            unavailable: written
                .rollout
                .as_ref()
                .and_then(|it| it.max_unavailable)
                .unwrap_or_else(|| At::new(Budget::Count(1), of.by(ROLLOUT))),
        }),
        Kind::Deployment | Kind::Job | Kind::CronJob => Run::Deployment(DeploymentRun {
            rollout: rollout(written, name, keeps_own && most == 1, of),
            replicas,
            autoscale,
            disruption,
        }),
    }
}

/// The nodes of the pool that a workload names, or of all pools; one where none is declared.
fn nodes(context: &Context<'_>, written: &spec::Workload, of: Origin) -> At<u32> {
    let named = written.placement.as_ref().and_then(|it| it.pool.as_ref());
    let pools = context.spec.cluster.iter().flat_map(|it| it.pools.iter());
    let counted = pools.filter(|(name, _)| named.is_none_or(|it| it.as_str() == name.as_str()));
    let count = counted.filter_map(|(_, it)| it.nodes.as_ref()).fold(0_u32, |sum, it| sum.saturating_add(it.count()));
    At::new(count.max(1), named.map_or(of, |it| it.origin).by(NODES))
}

fn autoscale(written: &spec::Workload) -> Option<Autoscaler> {
    let scale = written.autoscale.as_ref()?;
    let of = scale.origin;
    let mut metrics = Vec::new();
    metrics.extend(scale.cpu_percent.map(|it| ScaleMetric::Cpu(it.map(spec::Percent::u32))));
    metrics.extend(scale.memory_percent.map(|it| ScaleMetric::Memory(it.map(spec::Percent::u32))));
    metrics.extend(scale.gpu_percent.map(|it| ScaleMetric::Pods {
        name: At::new("DCGM_FI_DEV_GPU_UTIL".into(), it.origin.by(AUTOSCALE)),
        average: it.map(spec::Percent::u32),
    }));
    for metric in &scale.metrics {
        let Some(name) = metric.name.as_ref().map(|it| it.clone().map(|it| it.to_smolstr())) else { continue };
        let average = metric.average.map_or_else(|| At::new(1, metric.origin), |it| it.map(Count::u32));
        let external = metric.external.is_some_and(|it| it.value);
        let labels = pairs(&metric.labels);
        metrics.push(if external {
            ScaleMetric::External { name, average, labels }
        } else {
            ScaleMetric::Pods { name, average }
        });
    }
    if metrics.is_empty() {
        metrics.push(ScaleMetric::Cpu(At::new(70, of.by(AUTOSCALE))));
    }
    let min = scale.min.map_or_else(|| At::new(1, of.by(AUTOSCALE)), |it| it.map(Count::u32));
    let max = scale.max.map_or(min, |it| it.map(Count::u32));
    Some(Autoscaler { min, max, metrics })
}

fn disruption(written: &spec::Workload, most: u32, of: Origin) -> Option<At<DisruptionPlan>> {
    if let Some(disruption) = &written.disruption {
        let stay = disruption.min_available.map(|it| it.map(DisruptionPlan::MinAvailable));
        let away = disruption.max_unavailable.map(|it| it.map(DisruptionPlan::MaxUnavailable));
        return stay.or(away);
    }
    (most > 1).then(|| At::new(DisruptionPlan::MaxUnavailable(Budget::Count(1)), of.by(DISRUPTION)))
}

fn rollout(written: &spec::Workload, _: &spec::Name, must_stop_first: bool, of: Origin) -> RolloutPlan {
    let rollout = written.rollout.as_ref();
    let deadline = rollout.and_then(|it| it.deadline.as_ref()).map(|it| At::new(it.seconds(), it.origin));
    let deadline = deadline.unwrap_or_else(|| At::new(ROLLOUT_DEADLINE, of.by(ROLLOUT)));
    let form = rollout.and_then(|it| it.form);
    let recreate = form.map_or(must_stop_first, |it| it.value == RolloutForm::Recreate);
    if recreate {
        let why = form.map_or_else(|| At::new((), of.by(ROLLOUT)), |it| it.map(drop));
        return RolloutPlan::Recreate { deadline, why };
    }
    // A pod more than wanted would wait for a GPU that the old pods hold.
    let spare = if written.gpu.is_some() { 0 } else { 1 };
    let at = |number| At::new(Budget::Count(number), of.by(ROLLOUT));
    RolloutPlan::Rolling {
        surge: rollout.and_then(|it| it.max_surge).unwrap_or_else(|| at(spare)),
        unavailable: rollout.and_then(|it| it.max_unavailable).unwrap_or_else(|| at(1 - spare)),
        deadline,
    }
}
