//! Keys of a workload that cannot take effect with what else is said of it.

use super::case::Program;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Container, Run, Workload};
use crate::source::{At, Origin};
use crate::spec::{Role, RolloutForm, UserId};

pub(super) static CHECK: Check = Check { codes: &[&KEY_WITHOUT_EFFECT], run };

static KEY_WITHOUT_EFFECT: Code = Code {
    id: "key-without-effect",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a key of a workload that changes nothing because of what else is said of it: how a Deployment is rolled out on a
StatefulSet, settings of a Service where no port is open, the group of the volumes on one container of a pod, a user
beside an exception that lets the image decide.

### Why it matters
Whoever wrote it counts on it.

### Use instead
Leave the key out, or say it where it takes effect: a pod has one `fs-group`, that of its workload.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let of_all = case.spec().defaults.as_ref().and_then(|it| it.user.as_ref());
    for program in case.programs() {
        // What [defaults] says of every pod is nobody's mistake here.
        let is_own = |it: Option<At<UserId>>, of_all: Option<At<UserId>>| {
            it.filter(|it| of_all.is_none_or(|of_all| of_all.origin != it.origin)).map(|it| it.origin)
        };
        let user = program.workload.user.as_ref();
        let mut report = |key: &str, origin: Option<Origin>, why: &str| {
            let Some(origin) = origin else { return };
            let message = format!("`{}.{key}` has no effect", program.path);
            sink.report(Diagnostic::new(&KEY_WITHOUT_EFFECT, message).at(Spot::key(origin), why));
        };
        if matches!(program.role, Role::Init | Role::Sidecar) {
            let group = is_own(user.and_then(|it| it.fs_group), of_all.and_then(|it| it.fs_group));
            report("user.fs-group", group, "the pod has one, that of its workload");
        }
        let Some(planned) = case.plan.workloads.get(program.name) else { continue };
        if container_of(planned, &program).is_some_and(|it| it.as_root.is_some()) {
            let number = is_own(user.and_then(|it| it.uid), of_all.and_then(|it| it.uid));
            report("user.uid", number, "an exception from `non-root` lets the image decide");
        }
        if !matches!(program.role, Role::Stage | Role::Service) {
            continue;
        }
        let settings = program.workload.service.as_ref().filter(|_| planned.ports.is_empty());
        report("service", settings.map(|it| it.origin), "no port is open, so that there is no Service");
        rollout(&program, planned, &mut report);
    }
}

/// What is said of replacing pods, for the kinds that replace them otherwise.
fn rollout(program: &Program<'_>, planned: &Workload, report: &mut dyn FnMut(&str, Option<Origin>, &str)) {
    let why = match planned.run {
        Run::StatefulSet(_) => "a StatefulSet replaces its pods one by one, from the last to the first",
        Run::DaemonSet(_) => "a DaemonSet has one pod on each node",
        _ => return,
    };
    let is_daemon = matches!(planned.run, Run::DaemonSet(_));
    if let Some(rollout) = &program.workload.rollout {
        let recreate = rollout.form.filter(|it| it.value == RolloutForm::Recreate);
        report("rollout", recreate.map(|it| it.origin), why);
        report("rollout.max-surge", rollout.max_surge.as_ref().map(|it| it.origin), why);
        report("rollout.deadline", rollout.deadline.as_ref().map(|it| it.origin), why);
        let missing = rollout.max_unavailable.as_ref().filter(|_| !is_daemon);
        report("rollout.max-unavailable", missing.map(|it| it.origin), why);
    }
    if is_daemon {
        let disruption = program.workload.disruption.as_ref();
        report("disruption", disruption.map(|it| it.origin), "a drain leaves the pods of a DaemonSet where they are");
        let spread = program.workload.placement.as_ref().and_then(|it| it.spread);
        report("placement.spread", spread.map(|it| it.origin), why);
    }
}

/// The container of a program in its pod.
fn container_of<'p>(planned: &'p Workload, program: &Program<'_>) -> Option<&'p Container> {
    match program.role {
        Role::Stage | Role::Service => Some(&planned.pod.main),
        _ => {
            let name = program.workload.name.as_ref()?;
            planned.pod.containers().find(|it| it.name.as_str() == name.as_str())
        }
    }
}
