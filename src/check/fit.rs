//! Pods that fit on no node.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Workload, misfit, pod_request};
use crate::source::At;
use crate::spec::{Cpu, Name, Pool, Quantity};

pub(super) static CHECK: Check = Check { codes: &[&FITS_NOWHERE], run };

static FITS_NOWHERE: Code = Code {
    id: "fits-nowhere",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a pod that asks for more cpu, memory or GPUs than any node of the declared pools has, or for GPUs or slices that
none offers.

### Why it matters
It would stay Pending for ever.

### Use instead
A smaller request, a pool with larger nodes, or `distributed` to spread the work over several.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let Some(cluster) = case.spec().cluster.as_ref().filter(|it| !it.pools.is_empty()) else { return };
    // Nobody knows what fits into a pool of which something was wrong.
    let is_known = |pool: &At<Pool>| pool.origin.node.is_none_or(|it| !case.resolved.incomplete.has(it));
    for workload in case.plan.workloads.values().filter(|_| case.plan.identity.has_kubernetes) {
        let request = pod_request(&workload.pod);
        let gpu = workload.pod.main.resources.gpu.as_ref();
        let placed = case.programs().find(|it| it.name == workload.name.as_str());
        let pool = placed.and_then(|it| it.workload.placement.as_ref()?.pool.as_ref());
        let candidates: Vec<(&Name, &At<Pool>)> =
            cluster.pools.iter().filter(|(name, _)| pool.is_none_or(|it| it.value == **name)).collect();
        let reasons: Vec<String> = candidates
            .iter()
            .filter(|(_, it)| is_known(it))
            .map_while(|(name, it)| misfit(it, &request, gpu).map(|why| format!("`{name}`: {why}")))
            .collect();
        if !candidates.is_empty() && reasons.len() == candidates.len() {
            sink.report(nowhere(workload, &request, &reasons));
        }
    }
}

fn nowhere(workload: &Workload, request: &crate::plan::Request, reasons: &[String]) -> Diagnostic {
    let main = &workload.pod.main.resources;
    let gpu = main.gpu.as_ref().map(|it| format!(", {} of {}", it.count, it.resource)).unwrap_or_default();
    let (cpu, memory) = (Cpu::from_millis(request.cpu), Quantity::from_bytes(request.memory));
    let message =
        format!("a pod of `{}` fits on no node: it asks for {cpu} cpu, {memory} of memory{gpu}", workload.name);
    let mut diagnostic = Diagnostic::new(&FITS_NOWHERE, message);
    let gpu_origin = main.gpu.as_ref().map(|it| it.resource.origin);
    let asked = [main.cpu.origin, main.memory.origin].into_iter().filter(|it| it.rule.is_none()).chain(gpu_origin);
    let mut spots: Vec<Spot> = asked.map(Spot::value).collect();
    spots.dedup();
    if spots.is_empty() {
        spots.push(Spot::key(workload.origin));
    }
    for spot in spots {
        diagnostic = diagnostic.at(spot, "");
    }
    reasons.iter().fold(diagnostic, |diagnostic, it| diagnostic.help(format!("pool {it}")))
}
