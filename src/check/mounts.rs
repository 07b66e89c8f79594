//! Places in a container: two things cannot be at one.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::plan::SCRATCH;
use crate::source::Origin;

pub(super) static CHECK: Check = Check { codes: &[&MOUNT_TAKEN, &CHECKPOINT_NOT_WRITTEN], run };

static MOUNT_TAKEN: Code = Code {
    id: "mount-taken",
    severity: Severity::Error,
    explain: "\
### What it does
Reports two datasets, settings, secrets or writable folders that one container would see at the same path.

### Why it matters
Kubernetes refuses such a pod.

### Use instead
Another `path` for one of them. Several files of one folder belong to one table or secret.
",
};

static CHECKPOINT_NOT_WRITTEN: Code = Code {
    id: "checkpoint-not-written",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `checkpoint` whose dataset is not among the outputs of the stage.

### Why it matters
The program could not write its state there.

### Use instead
The dataset in `outputs` as well.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for workload in case.plan.workloads.values() {
        for container in workload.pod.containers() {
            for (index, mount) in container.mounts.iter().enumerate() {
                let first = container.mounts[..index].iter().find(|it| it.path.value == mount.path.value);
                if let Some(first) = first {
                    let message = format!("two things are mounted at `{}` in `{}`", mount.path, container.name);
                    let diagnostic = Diagnostic::new(&MOUNT_TAKEN, message);
                    sink.report(diagnostic.at(&mount.path, "this one").at(&first.path, other(first.path.origin)));
                }
            }
        }
    }
    checkpoints(case, sink);
}

/// What is at a place already: something that is written, or what every container has.
fn other(origin: Origin) -> String {
    match origin.rule {
        Some(SCRATCH) => "has one already, by the rule `scratch`".to_owned(),
        _ => "and this one".to_owned(),
    }
}

fn checkpoints(case: &Case<'_>, sink: &mut Sink) {
    for (name, stage) in &case.spec().stages {
        let Some(data) = stage.checkpoint.as_ref().and_then(|it| it.data.as_ref()) else { continue };
        let written = stage.outputs.iter().any(|it| it.data.as_ref().is_some_and(|it| it.value == data.value));
        if !written && case.plan.volumes.contains_key(data.as_str()) {
            let message = format!("`stages.{name}` keeps its state in `{data}`, which is not one of its outputs");
            sink.report(Diagnostic::new(&CHECKPOINT_NOT_WRITTEN, message).at(data, "add it to `outputs`"));
        }
    }
}
