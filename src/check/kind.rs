//! Kinds that a workload cannot become.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::spec::{Kind, Role};

pub(super) static CHECK: Check = Check { codes: &[&KIND_IMPOSSIBLE], run };

static KIND_IMPOSSIBLE: Code = Code {
    id: "kind-impossible",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `kind` that contradicts the rest of the workload: a stage that should never end, a service that should, a
CronJob without a schedule.

### Use instead
A table in [services] for what runs until it is stopped, in [stages] for what runs to completion; or no `kind`, which is
inferred.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for program in case.workloads() {
        let it = program.workload;
        let Some(kind) = it.kind else { continue };
        let scheduled = it.schedule.is_some() || it.when.is_some_and(|it| it.value == crate::spec::When::Manual);
        let why = match (program.role, kind.value) {
            (Role::Stage, Kind::Deployment) => Some("a stage runs to completion, a Deployment never does"),
            (Role::Stage, Kind::StatefulSet) if it.distributed.is_none() => {
                Some("only a distributed stage can be a StatefulSet")
            }
            (Role::Stage, Kind::CronJob) if !scheduled => Some("a CronJob needs a `schedule`"),
            (Role::Stage, Kind::Job) if scheduled => {
                Some("a stage with a schedule, or one that people start, is a CronJob")
            }
            (Role::Stage, Kind::DaemonSet) => Some("a stage runs to completion, a DaemonSet never does"),
            (Role::Service, Kind::DaemonSet) if it.replicas.is_some() || it.autoscale.is_some() => {
                Some("a DaemonSet has a pod on every node, not a number of replicas")
            }
            (Role::Service, Kind::Job | Kind::CronJob) => Some("a service runs until it is stopped"),
            _ => None,
        };
        if let Some(why) = why {
            let message = format!("`{}` cannot be a {:?}", program.path, kind.value);
            sink.report(Diagnostic::new(&KIND_IMPOSSIBLE, message).at(kind.origin, why));
        }
    }
}
