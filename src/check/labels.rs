//! Labels that are not the project's to give.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::At;
use crate::spec::{LabelKey, LabelValue};

pub(super) static CHECK: Check = Check { codes: &[&RESERVED_LABEL], run };

static RESERVED_LABEL: Code = Code {
    id: "reserved-label",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a label whose prefix is `kubernetes.io` or `k8s.io`, or ends in one of them, or is the compiler's own
`mlopsc.dev`.

### Why it matters
Such labels mean something to the cluster: they say what a namespace allows, and by which pods a Service is answered.

### Use instead
A prefix of your own, such as `hospital.example/cost-centre`.
",
};

const RESERVED: [&str; 3] = ["kubernetes.io", "k8s.io", "mlopsc.dev"];

fn run(case: &Case<'_>, sink: &mut Sink) {
    let of_project = case.spec().project.iter().flat_map(|it| it.labels.iter());
    of_project.for_each(|(key, value)| check(key, value, sink));
    for program in case.workloads() {
        program.workload.labels.iter().for_each(|(key, value)| check(key, value, sink));
    }
}

fn check(key: &LabelKey, value: &At<LabelValue>, sink: &mut Sink) {
    let prefix = key.split_once('/').map(|(prefix, _)| prefix).unwrap_or_default();
    let is_below = |reserved: &str| {
        prefix == reserved || prefix.strip_suffix(reserved).is_some_and(|before| before.ends_with('.'))
    };
    if let Some(reserved) = RESERVED.into_iter().find(|it| is_below(it)) {
        let diagnostic = Diagnostic::new(&RESERVED_LABEL, format!("the label `{key}` is not the project's to give"));
        sink.report(diagnostic.at(Spot::key(value.origin), format!("belongs to {reserved}")));
    }
}
