//! Deployments, StatefulSets and DaemonSets.

use super::emission::Emission;
use super::meta::{Meta, selector};
use super::pod::{PodExtras, template};
use super::storage::{claim, keep};
use crate::object::{Pairs, fields};
use crate::plan::{DATA_CLAIM, DaemonRun, DeploymentRun, Plan, ROLLOUT, RolloutPlan, StatefulRun, Workload};
use crate::source::{At, Node, Origin};

pub(super) fn deployment(plan: &Plan, workload: &Workload, run: &DeploymentRun, out: &mut Emission<'_>) {
    let origin = workload.origin;
    let (strategy, deadline) = strategy(&run.rollout, origin);
    let spec = fields!(origin;
        // An autoscaler owns the number of replicas; a field here would fight it at every apply.
        "replicas" => run.autoscale.is_none().then_some(run.replicas),
        "revisionHistoryLimit" => At::new(5, origin.by(ROLLOUT)),
        "progressDeadlineSeconds" => deadline,
        "selector" => match_labels(plan, workload),
        "strategy" => strategy,
        "template" => template(plan, workload, PodExtras::default()),
    );
    out.add("apps/v1", "Deployment", Meta::of(workload), fields!(origin; "spec" => spec));
}

fn strategy(rollout: &RolloutPlan, of: Origin) -> (Node, At<i64>) {
    match rollout {
        RolloutPlan::Recreate { deadline, why } => (fields!(why.origin; "type" => "Recreate"), *deadline),
        RolloutPlan::Rolling { surge, unavailable, deadline } => {
            let rolling = fields!(of.by(ROLLOUT); "maxSurge" => surge, "maxUnavailable" => unavailable);
            (fields!(of.by(ROLLOUT); "type" => "RollingUpdate", "rollingUpdate" => rolling), *deadline)
        }
    }
}

pub(super) fn stateful_set(plan: &Plan, workload: &Workload, run: &StatefulRun, out: &mut Emission<'_>) {
    let origin = workload.origin;
    let claims = run.claims.iter().filter_map(|it| plan.volumes.get(it)).map(|volume| {
        let name = At::new(format!("data-{}", volume.name), volume.origin.by(DATA_CLAIM));
        let metadata = fields!(volume.origin;
            "name" => name,
            // A claim template can never change, and other labels may.
            "labels" => Pairs(selector(&plan.identity, &workload.name)),
            "annotations" => Pairs(keep(volume)),
        );
        let mut template = fields!(volume.origin; "metadata" => metadata);
        if let (Some(map), Some(spec)) = (template.as_map_mut(), claim(volume, None).get("spec")) {
            map.set("spec", spec.clone());
        }
        template
    });
    let policy = if run.parallel { "Parallel" } else { "OrderedReady" };
    let retain = fields!(origin.by(DATA_CLAIM); "whenDeleted" => "Retain", "whenScaled" => "Retain");
    let spec = fields!(origin;
        "replicas" => run.autoscale.is_none().then_some(run.replicas),
        "revisionHistoryLimit" => At::new(5, origin.by(ROLLOUT)),
        "serviceName" => workload.headless.clone(),
        "podManagementPolicy" => At::new(policy, origin.by(ROLLOUT)),
        "selector" => match_labels(plan, workload),
        "updateStrategy" => fields!(origin.by(ROLLOUT); "type" => "RollingUpdate"),
        "persistentVolumeClaimRetentionPolicy" => (!run.claims.is_empty()).then_some(retain),
        "template" => template(plan, workload, PodExtras::default()),
        "volumeClaimTemplates" => claims.collect::<Vec<_>>(),
    );
    out.add("apps/v1", "StatefulSet", Meta::of(workload), fields!(origin; "spec" => spec));
}

pub(super) fn daemon_set(plan: &Plan, workload: &Workload, run: &DaemonRun, out: &mut Emission<'_>) {
    let origin = workload.origin;
    let rolling = fields!(origin.by(ROLLOUT); "maxUnavailable" => &run.unavailable);
    let spec = fields!(origin;
        "revisionHistoryLimit" => At::new(5, origin.by(ROLLOUT)),
        "selector" => match_labels(plan, workload),
        "updateStrategy" => fields!(origin.by(ROLLOUT); "type" => "RollingUpdate", "rollingUpdate" => rolling),
        "template" => template(plan, workload, PodExtras::default()),
    );
    out.add("apps/v1", "DaemonSet", Meta::of(workload), fields!(origin; "spec" => spec));
}

fn match_labels(plan: &Plan, workload: &Workload) -> Node {
    fields!(workload.origin; "matchLabels" => Pairs(selector(&plan.identity, &workload.name)))
}
