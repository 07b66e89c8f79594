//! Disruption budgets that no drain could meet.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::DisruptionPlan;

pub(super) static CHECK: Check = Check { codes: &[&DRAIN_BLOCKED, &BUDGET_UNCLEAR], run };

static DRAIN_BLOCKED: Code = Code {
    id: "drain-blocked",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a disruption budget that lets no pod go: `min-available` at or above the least number of replicas, or
`max-unavailable = 0`.

### Why it matters
A node with such a pod can never be drained: kernel and Kubernetes updates wait until somebody deletes the budget.

### Use instead
A budget below the number of replicas; for a single replica no budget at all.
",
};

static BUDGET_UNCLEAR: Code = Code {
    id: "disruption-unclear",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `disruption` with both keys, or with none.

### Use instead
`min-available` or `max-unavailable`.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, service) in &case.spec().services {
        let Some(disruption) = &service.disruption else { continue };
        let diagnostic = match (disruption.min_available, disruption.max_unavailable) {
            (Some(stay), Some(away)) => {
                let message =
                    format!("`disruption` of `services.{name}` has both `min-available` and `max-unavailable`");
                Diagnostic::new(&BUDGET_UNCLEAR, message)
                    .at(Spot::key(stay.origin), "so many must stay")
                    .at(Spot::key(away.origin), "so many may go")
                    .help("keep one of them")
            }
            (None, None) => {
                let message = format!("`disruption` of `services.{name}` says nothing");
                Diagnostic::new(&BUDGET_UNCLEAR, message).at(disruption.origin, "`min-available` or `max-unavailable`")
            }
            _ => continue,
        };
        sink.report(diagnostic);
    }
    // Nobody drains a machine that runs Compose.
    for workload in case.plan.workloads.values().filter(|_| case.plan.identity.has_kubernetes) {
        let Some(disruption) = workload.run.disruption() else { continue };
        let least = workload.run.least_pods();
        let (blocked, shown) = match disruption.value {
            DisruptionPlan::MinAvailable(stay) => (stay.of(least) >= least, "so many must stay"),
            DisruptionPlan::MaxUnavailable(away) => (away.of(least) == 0, "none may go"),
        };
        if blocked {
            let replicas = if least == 1 { "one replica".to_owned() } else { format!("{least} replicas") };
            let message = format!("`{}` has {replicas}, and its disruption budget lets none go", workload.name);
            let diagnostic = Diagnostic::new(&DRAIN_BLOCKED, message).at(disruption.origin, shown);
            let service = case.spec().services.get(workload.name.as_str());
            let count = service.and_then(|it| {
                let least = it.autoscale.as_ref().map(|it| it.min.map_or(it.origin, |it| it.origin));
                least.or(it.replicas.map(|it| it.origin))
            });
            let diagnostic = diagnostic.at(count.unwrap_or_default(), "the least number of replicas");
            sink.report(match least {
                1 => diagnostic.help("leave `disruption` out for a single replica, or run two"),
                _ => diagnostic.help("let at least one go"),
            });
        }
    }
}
