//! Requests and limits.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{LIMITS, VolumeSource};
use crate::source::Origin;
use crate::spec::{Cpu, Quantity};

pub(super) static CHECK: Check = Check { codes: &[&LIMIT_BELOW_REQUEST, &SHM_OVER_MEMORY], run };

static LIMIT_BELOW_REQUEST: Code = Code {
    id: "limit-below-request",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a limit of cpu or memory that is below what the container asks for.

### Why it matters
The API server refuses the pod.
",
};

static SHM_OVER_MEMORY: Code = Code {
    id: "shm-over-memory",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `/dev/shm`, or a dataset with `medium = \"memory\"`, that is as large as the container's memory, or larger.

### Why it matters
What lies in memory counts as memory of the container: the container would be killed before it is full.

### Use instead
More memory, or a smaller `shm` or `size`; half of the memory is assumed for GPU programs.
",
};

/// With the place of an amount: where it is written, or what it is assumed for.
fn at_amount(diagnostic: Diagnostic, origin: Origin, what: &str, amount: &str) -> Diagnostic {
    match origin.rule.filter(|it| *it != LIMITS) {
        Some(_) => diagnostic.at(Spot::key(origin), format!("{what}: {amount} is assumed")),
        None => diagnostic.at(origin, what),
    }
}

fn run(case: &Case<'_>, sink: &mut Sink) {
    for workload in case.plan.workloads.values() {
        for container in workload.pod.containers() {
            let it = &container.resources;
            let amounts = [
                ("cpu", it.cpu_limit, it.cpu, Cpu::from_millis(*it.cpu).to_string()),
                ("memory", it.memory_limit, it.memory, Quantity::from_bytes(*it.memory).to_string()),
            ];
            for (what, limit, request, shown) in amounts {
                if limit.value < request.value {
                    let message = format!("the {what} limit of `{}` is below its request", container.name);
                    let diagnostic = Diagnostic::new(&LIMIT_BELOW_REQUEST, message).at(limit.origin, "the limit");
                    sink.report(at_amount(diagnostic, request.origin, "the request", &shown));
                }
            }
        }
        let memory = workload.pod.main.resources.memory_limit;
        let mut used = 0;
        for volume in &workload.pod.volumes {
            let VolumeSource::Memory { size } = &volume.source else { continue };
            let before = used;
            used += Quantity::parse(size).map_or(0, |it| it.bytes());
            if used >= *memory && before < *memory {
                let what = match volume.name.strip_prefix("data-") {
                    _ if before > 0 => "what is in memory".to_owned(),
                    Some(name) => format!("the dataset `{name}`"),
                    None => "`/dev/shm`".to_owned(),
                };
                let message = format!("{what} of `{}` is not smaller than its memory", workload.name);
                let limit = Quantity::from_bytes(*memory);
                let diagnostic = Diagnostic::new(&SHM_OVER_MEMORY, message).at(size, "counts as memory");
                sink.report(at_amount(diagnostic, memory.origin, "the memory", &limit));
            }
        }
    }
}
