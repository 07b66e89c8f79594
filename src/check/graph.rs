//! The pipeline's graph: no circles, and an order that can be kept.

use super::case::listed;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Component, Run, Turn, Workload, cycles, stage_edges};
use crate::spec::{DistributedBackend, When};

pub(super) static CHECK: Check = Check { codes: &[&CYCLE, &AFTER_UNORDERED], run };

static CYCLE: Code = Code {
    id: "stage-cycle",
    severity: Severity::Error,
    explain: "\
### What it does
Reports stages that wait for each other in a circle, by their inputs and outputs or by `after`.

### Why it matters
None of them could ever start.

### Use instead
Break the circle: a stage that works on its own output can read and write the same dataset, and does not wait for
itself.
",
};

static AFTER_UNORDERED: Code = Code {
    id: "after-unordered",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `after`, or a result that is handed on, between two stages that are not of the same run: one of the pipeline,
one of an installation or an upgrade, one with a schedule or that is started by people.

### Why it matters
Such stages know nothing of each other: the order would not be kept.

### Use instead
The same kind of start for both, or two schedules far enough apart.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let edges = stage_edges(case.resolved);
    for cycle in cycles(&edges) {
        let next = |at: usize| &cycle[(at + 1) % cycle.len()];
        let mut diagnostic = Diagnostic::new(
            &CYCLE,
            format!("the stages {} wait for each other", listed(cycle.iter().map(|it| it.as_str()))),
        );
        if let [one] = cycle.as_slice() {
            diagnostic.message = format!("the stage `{one}` waits for itself");
        }
        for (at, stage) in cycle.iter().enumerate() {
            let before = next(at);
            let edge = edges.get(stage).and_then(|it| it.iter().find(|it| it.value == *before));
            if let Some(edge) = edge {
                diagnostic = diagnostic.at(edge.origin, format!("`{stage}` waits for `{before}`"));
            }
        }
        sink.report(diagnostic.help("take one of these away"));
    }
    endless(case, sink);
    for (name, stage) in &case.spec().stages {
        let after = stage.after.iter().map(|it| (it.as_str(), it.origin, ""));
        let results = stage.results_of().map(|(it, origin)| (it, origin, "takes its results"));
        let named = after.chain(results).filter(|(it, ..)| case.spec().stages.contains(it));
        for (after, origin, how) in named {
            if after == name.as_str() {
                sink.report(Diagnostic::new(&CYCLE, format!("the stage `{name}` waits for itself")).at(origin, how));
            } else if turn(case, name.as_str()) != turn(case, after) {
                let message = format!("the order of `{after}` and `{name}` cannot be kept");
                let diagnostic = Diagnostic::new(&AFTER_UNORDERED, message).at(origin, how);
                sink.report(
                    own_start(case, after)
                        .into_iter()
                        .chain(own_start(case, name))
                        .fold(diagnostic, |diagnostic, (spot, text)| diagnostic.at(spot, text)),
                );
            }
        }
    }
}

/// A stage that is a StatefulSet never ends: what it writes cannot be waited for.
fn endless(case: &Case<'_>, sink: &mut Sink) {
    for stage in case.plan.workloads.values().filter(|it| it.takes_turn()) {
        for before in &stage.after {
            let other = case.plan.workloads.get(before.as_str());
            let is_endless = |it: &&Workload| it.component == Component::Stage && matches!(it.run, Run::StatefulSet(_));
            let written = case.spec().stages.get(stage.name.as_str());
            let is_said = written.is_some_and(|it| it.after.iter().any(|it| it.as_str() == before.as_str()));
            if other.is_some_and(|it| is_endless(&it)) && !is_said {
                let message = format!("the order of `{before}` and `{}` cannot be kept", stage.name);
                let diagnostic = Diagnostic::new(&AFTER_UNORDERED, message).at(before, "reads what it writes");
                let own = own_start(case, before).into_iter();
                sink.report(own.fold(diagnostic, |diagnostic, (spot, text)| diagnostic.at(spot, text)));
            }
        }
    }
}

/// Where a stage says that it does not take its turn.
fn own_start(case: &Case<'_>, name: &str) -> Option<(Spot, String)> {
    let stage = case.spec().stages.get(name)?;
    let schedule = stage.schedule.as_ref().map(|it| (Spot::from(it), format!("`{name}` starts by itself")));
    let when = stage.when.and_then(|it| {
        let text = match it.value {
            When::Manual => format!("only people start `{name}`"),
            When::Install => format!("`{name}` runs when the project is installed"),
            When::Upgrade => format!("`{name}` runs when the project is upgraded"),
            When::Pipeline => return None,
        };
        Some((Spot::from(&it), text))
    });
    let backend = stage.distributed.as_ref().and_then(|it| it.backend);
    let stateful = backend.filter(|it| it.value == DistributedBackend::StatefulSet);
    schedule
        .or(when)
        .or_else(|| stateful.map(|it| (Spot::from(&it), format!("`{name}` runs at all times, as a StatefulSet"))))
}

/// The run that a stage is part of.
fn turn(case: &Case<'_>, name: &str) -> Option<Turn> {
    case.plan.workloads.get(name)?.turn.map(|it| it.value)
}
