//! Work in several parts.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};

pub(super) static CHECK: Check = Check { codes: &[&PARALLEL_CONFLICT], run };

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

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, stage) in &case.spec().stages {
        if let (Some(parallelism), Some(distributed)) = (&stage.parallelism, &stage.distributed) {
            let message = format!("`stages.{name}` has both `parallelism` and `distributed`");
            let diagnostic = Diagnostic::new(&PARALLEL_CONFLICT, message);
            sink.report(diagnostic.at(Spot::key(parallelism.origin), "").at(Spot::key(distributed.origin), ""));
        }
    }
}
