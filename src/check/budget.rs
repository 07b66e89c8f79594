//! The sum of what may run at once, held against the quota.

use smol_str::SmolStr;

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Quota, budget_of};
use crate::source::Origin;
use crate::spec::{Cpu, Quantity};

pub(super) static CHECK: Check = Check { codes: &[&OVER_QUOTA], run };

static OVER_QUOTA: Code = Code {
    id: "over-quota",
    severity: Severity::Error,
    explain: "\
### What it does
Adds up what may run at once in an environment and compares it with [quota]: services at their greatest number of
replicas, scheduled and manual stages, helper pods, and of the pipeline the stages that may run beside each other. A pod
counts with its largest init step or its main container, whichever asks for more, as Kubernetes counts it.

### Why it matters
What does not fit is refused by the API server at the worst moment: when load is high, or at night.

### Use instead
A larger quota, fewer replicas, or smaller requests. The message lists what the sum is made of.
",
};

type Share = (SmolStr, u64);

fn run(case: &Case<'_>, sink: &mut Sink) {
    for namespace in case.plan.namespaces.iter().filter(|_| case.plan.identity.has_kubernetes) {
        if let Some(quota) = &namespace.quota {
            hold(case, &namespace.name, quota, sink);
        }
    }
}

fn hold(case: &Case<'_>, namespace: &str, quota: &Quota, sink: &mut Sink) {
    let (demand, [cpu, memory, gpu, storage]) = budget_of(case.plan, namespace);
    let millis = |it: u64| format!("{} cpu", Cpu::from_millis(it));
    let memory_of = |it: u64| format!("{} of memory", Quantity::from_bytes(it));
    let storage_of = |it: u64| format!("{} of storage", Quantity::from_bytes(it));
    let gpus = |it: u64| if it == 1 { "1 GPU".to_owned() } else { format!("{it} GPUs") };
    let cpu_quota = quota.cpu.as_ref().and_then(|it| Some((Cpu::parse(it).ok()?.millis(), it.origin)));
    let size = |it: &crate::source::At<SmolStr>| Some((Quantity::parse(it).ok()?.bytes(), it.origin));
    let rows: [(u64, Option<(u64, Origin)>, &[Share], &dyn Fn(u64) -> String); 4] = [
        (demand.cpu, cpu_quota, &cpu, &millis),
        (demand.memory, quota.memory.as_ref().and_then(size), &memory, &memory_of),
        (demand.gpu, quota.gpu.map(|it| (u64::from(it.value), it.origin)), &gpu, &gpus),
        (demand.storage, quota.storage.as_ref().and_then(size), &storage, &storage_of),
    ];
    for (demand, quota, shares, shown) in rows {
        if let Some((most, origin)) = quota.filter(|(most, _)| demand > *most) {
            let message = format!("{} may be asked for at once, and the quota is {}", shown(demand), shown(most));
            let diagnostic =
                Diagnostic::new(&OVER_QUOTA, message).at(origin, format!("{} too little", shown(demand - most)));
            sink.report(with_shares(case, diagnostic, shares, shown));
        }
    }
}

/// The largest shares, each with its place; more than a handful would hide the rest.
fn with_shares(case: &Case<'_>, diagnostic: Diagnostic, shares: &[Share], shown: &dyn Fn(u64) -> String) -> Diagnostic {
    let text: Vec<String> = shares.iter().map(|(name, amount)| format!("{} for `{name}`", shown(*amount))).collect();
    let places = shares.iter().take(5).filter_map(|(name, amount)| {
        let origin = case
            .plan
            .workloads
            .get(name)
            .map(|it| it.origin)
            .or_else(|| case.plan.volumes.get(name).map(|it| it.origin))?;
        Some((Spot::key(origin), shown(*amount)))
    });
    let diagnostic = places.fold(diagnostic, |diagnostic, (spot, amount)| diagnostic.at(spot, amount));
    diagnostic.help(format!("the sum is {}", text.join(" + ")))
}
