//! On which nodes a pod runs.

use smol_str::{SmolStr, ToSmolStr};

use super::container::Program;
use super::fit::{Request, misfit};
use crate::plan::access::priority_name;
use crate::plan::context::Context;
use crate::plan::identity::pairs;
use crate::plan::{GPU_PLACEMENT, GpuPlan, NEAR, POOL, PlacementPlan, SPREAD, Toleration};
use crate::source::{At, Origin};
use crate::spec::{self, Placement, Pool, Spread, Taint};

pub(super) fn placement(
    context: &Context<'_>,
    written: &spec::Workload,
    gpu: Option<&GpuPlan>,
    request: &Request,
    instance: &str,
    program: &Program<'_>,
) -> PlacementPlan {
    let empty = Placement::default();
    let said = written.placement.as_ref().map_or(&empty, |it| &it.value);
    let mut plan = PlacementPlan {
        node_selector: pairs(&said.node_selector),
        tolerations: said.tolerations.iter().map(|it| toleration(it, it.origin)).collect(),
        spread: spread(said, program),
        near: said.near.iter().map(|it| At::new(it.to_smolstr(), it.origin.by(NEAR))).collect(),
        together: Vec::new(),
        priority: priority(context, instance, said),
        pools: Vec::new(),
    };
    let pools = context.spec.cluster.as_ref().map(|it| &it.pools);
    let named = said.pool.as_ref().and_then(|it| Some((it, pools?.get(it.as_str())?)));
    if let Some((name, pool)) = named {
        join(&mut plan, pool, name.origin.by(POOL), true);
        plan.pools.push(name.to_smolstr());
        return plan;
    }
    let fitting: Vec<_> = pools
        .into_iter()
        .flat_map(crate::spec::Table::by_key)
        .filter(|(_, it)| misfit(it, request, gpu).is_none())
        .collect();
    plan.pools = fitting.iter().map(|(name, _)| name.to_smolstr()).collect();
    if let Some(gpu) = gpu {
        let origin = gpu.resource.origin.by(GPU_PLACEMENT);
        let is_only = fitting.len() == 1;
        fitting.iter().for_each(|(_, pool)| join(&mut plan, pool, origin, is_only));
        if fitting.is_empty() {
            let key = SmolStr::new_static("nvidia.com/gpu");
            let any = Toleration { key, value: None, effect: Some("NoSchedule".into()) };
            plan.tolerations.push(At::new(any, origin));
        }
    }
    plan
}

/// The name of the PriorityClass in the cluster.
pub(super) fn priority(context: &Context<'_>, instance: &str, said: &Placement) -> Option<At<SmolStr>> {
    said.priority.as_ref().map(|it| At::new(priority_name(context, instance, it.as_str()), it.origin))
}

/// Lets the pod onto the nodes of a pool, and with `select` onto no others.
fn join(plan: &mut PlacementPlan, pool: &Pool, origin: Origin, select: bool) {
    if let Some(label) = pool.label.as_ref().filter(|_| select) {
        let (key, value) = label.parts();
        if plan.node_selector.iter().all(|(it, _)| it != key) {
            plan.node_selector.push((key.into(), At::new(value.into(), origin)));
        }
    }
    if let Some(taint) = &pool.taint {
        let toleration = toleration(taint, origin);
        if !plan.tolerations.iter().any(|it| it.value == toleration.value) {
            plan.tolerations.push(toleration);
        }
    }
}

pub(super) fn toleration(taint: &Taint, origin: Origin) -> At<Toleration> {
    let (left, effect) = taint.rsplit_once(':').unwrap_or((taint.as_str(), ""));
    let (key, value) = left.split_once('=').map_or((left, None), |(key, value)| (key, Some(value)));
    // `key=:Effect` and `key:Effect` are the same taint, one with an empty value.
    let value = value.filter(|it| !it.is_empty()).map(SmolStr::new);
    At::new(Toleration { key: key.into(), value, effect: Some(effect.into()) }, origin)
}

fn spread(said: &Placement, program: &Program<'_>) -> Option<At<Spread>> {
    if program.run.most_pods() < 2 || program.workload.distributed.is_some() {
        return None;
    }
    Some(said.spread.unwrap_or_else(|| At::new(Spread::Node, program.origin.by(SPREAD))))
}
