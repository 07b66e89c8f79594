//! Numbers of replicas.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{RolloutPlan, Run};
use crate::source::At;
use crate::spec::Budget;

pub(super) static CHECK: Check =
    Check { codes: &[&MIN_OVER_MAX, &REPLICAS_AND_AUTOSCALE, &GPU_METRIC_WITHOUT_GPU, &NO_PROGRESS], run };

static MIN_OVER_MAX: Code = Code {
    id: "min-over-max",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an autoscaler whose least number of replicas is above its greatest.

### Why it matters
The API server refuses it.
",
};

static REPLICAS_AND_AUTOSCALE: Code = Code {
    id: "replicas-and-autoscale",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a service with both `replicas` and `autoscale`.

### Why it matters
Every apply would set the number back that the autoscaler has just chosen.

### Use instead
`autoscale = { min = 2, max = 8 }` without `replicas`.
",
};

static GPU_METRIC_WITHOUT_GPU: Code = Code {
    id: "gpu-metric-without-gpu",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an autoscaler with `gpu-percent` for a service that asks for no GPU.

### Why it matters
Pods without a GPU have no such metric, and the autoscaler would never move.

### Example
```toml
[services.predict]
entry = \"serve.py\"
port = 8080
autoscale = { max = 4, gpu-percent = 70 }
```

### Use instead
`gpu = 1`, or `cpu-percent`.
",
};

static NO_PROGRESS: Code = Code {
    id: "no-progress",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a rollout that may neither add a pod nor take one away.

### Why it matters
No pod could ever be replaced; the API server refuses it.

### Use instead
`max-surge` or `max-unavailable` above 0.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, service) in &case.spec().services {
        if let Some(scale) = &service.autoscale {
            if let (Some(min), Some(max)) = (scale.min, scale.max)
                && min.value > max.value
            {
                let message = format!("`services.{name}` scales from {min} to {max}");
                sink.report(
                    Diagnostic::new(&MIN_OVER_MAX, message).at(min.origin, "the least").at(max.origin, "the greatest"),
                );
            }
            if let Some(percent) = scale.gpu_percent.filter(|_| service.gpu.is_none()) {
                let message = format!("`services.{name}` scales by the load of its GPUs, and asks for none");
                let diagnostic = Diagnostic::new(&GPU_METRIC_WITHOUT_GPU, message).at(Spot::key(percent.origin), "");
                sink.report(diagnostic.help("say how many with `gpu`, or scale by `cpu-percent`"));
            }
            if let Some(replicas) = service.replicas {
                let message = format!("`services.{name}` has a number of replicas, and an autoscaler that decides it");
                let diagnostic = Diagnostic::new(&REPLICAS_AND_AUTOSCALE, message);
                sink.report(
                    diagnostic
                        .at(Spot::key(replicas.origin), "take this away")
                        .at(Spot::key(scale.origin), "because of this"),
                );
            }
        }
    }
    for workload in case.plan.workloads.values() {
        let Run::Deployment(run) = &workload.run else { continue };
        let RolloutPlan::Rolling { surge, unavailable, .. } = &run.rollout else { continue };
        if surge.of(100) == 0 && unavailable.of(100) == 0 {
            let message = format!("no pod of `services.{}` could ever be replaced", workload.name);
            let diagnostic = Diagnostic::new(&NO_PROGRESS, message);
            let diagnostic = at_budget(diagnostic, surge, "max-surge");
            let diagnostic = at_budget(diagnostic, unavailable, "max-unavailable");
            sink.report(diagnostic.help("let one of them be above 0, or say `rollout = \"recreate\"`"));
        }
    }
}

/// With the place of an amount that is 0: where it is written, or what it is assumed for.
fn at_budget(diagnostic: Diagnostic, budget: &At<Budget>, key: &str) -> Diagnostic {
    match budget.origin.rule {
        Some(_) => diagnostic.at(Spot::key(budget.origin), format!("`{key} = 0` is assumed")),
        None => diagnostic.at(budget.origin, "none"),
    }
}
