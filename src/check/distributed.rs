//! Work in several parts.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};

pub(super) static CHECK: Check = Check { codes: &[&PARALLEL_CONFLICT, &DISTRIBUTED_UNNAMED], run };

static PARALLEL_CONFLICT: Code = Code {
    id: "parallel-conflict",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a stage with both `parallelism` and `distributed`.

### Why it matters
`parallelism` cuts work into parts that know nothing of each other; `distributed` is one training whose parts do.

### Use instead
One of them.
",
};

static DISTRIBUTED_UNNAMED: Code = Code {
    id: "distributed-on-schedule",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a distributed stage with a `schedule`, or one that people start.

### Why it matters
The nodes of a training find the first of them by its name. A CronJob gives each of its Jobs another name, which nobody
knows before.

### Use instead
A stage of the pipeline, without `schedule` and `when`.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, stage) in &case.spec().stages {
        let manual = stage.when.filter(|it| it.value == crate::spec::When::Manual).map(|it| it.origin);
        let start = stage.schedule.as_ref().map(|it| it.origin).or(manual);
        if let (Some(distributed), Some(start)) = (&stage.distributed, start) {
            let message = format!("the nodes of `stages.{name}` could not find each other");
            let diagnostic = Diagnostic::new(&DISTRIBUTED_UNNAMED, message);
            sink.report(
                diagnostic.at(Spot::key(distributed.origin), "several nodes").at(start, "each time another name"),
            );
        }
        if let (Some(parallelism), Some(distributed)) = (&stage.parallelism, &stage.distributed) {
            let message = format!("`stages.{name}` has both `parallelism` and `distributed`");
            let diagnostic = Diagnostic::new(&PARALLEL_CONFLICT, message);
            sink.report(diagnostic.at(Spot::key(parallelism.origin), "").at(Spot::key(distributed.origin), ""));
        }
    }
}
