//! When stages run.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::spec::{DistributedBackend, When};

pub(super) static CHECK: Check =
    Check { codes: &[&SCHEDULE_CONFLICT, &TIMEZONE_ALONE, &NEVER_RUNS, &KEPT_ANYWAY], run };

static SCHEDULE_CONFLICT: Code = Code {
    id: "schedule-conflict",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a stage with both a `schedule` and a `when`, and a `when` of a training that is a StatefulSet.

### Why it matters
`when = \"manual\"` says that only people start it, `schedule` that it starts by itself; a StatefulSet runs at all
times.

### Use instead
One of them. A scheduled stage can be started by people at any time as well.
",
};

static TIMEZONE_ALONE: Code = Code {
    id: "timezone-alone",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `timezone` without a `schedule`.

### Use instead
The schedule that it is for, or neither.
",
};

static NEVER_RUNS: Code = Code {
    id: "never-runs",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a schedule on a day that no year has, such as 31 April.

### Why it matters
The CronJob would be accepted and would never start.
",
};

static KEPT_ANYWAY: Code = Code {
    id: "keep-failed-useless",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `keep-failed` of a stage whose runs are not removed: one that runs when the project is installed, whose Job
tells that it has run, and a training that is a StatefulSet.

### Why it matters
It would have no effect, and a reader would think that the run goes after that time.

### Use instead
Leave it out.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, stage) in &case.spec().stages {
        let backend = stage.distributed.as_ref().and_then(|it| it.backend);
        let stateful = backend.filter(|it| it.value == DistributedBackend::StatefulSet);
        let own_run = stage.when.filter(|it| matches!(it.value, When::Install | When::Upgrade));
        if let (Some(when), Some(backend)) = (own_run, stateful) {
            let message = format!("`stages.{name}` has no turn, because it runs at all times");
            let diagnostic = Diagnostic::new(&SCHEDULE_CONFLICT, message);
            sink.report(diagnostic.at(when.origin, "starts nothing").at(backend.origin, "runs until it is removed"));
        }
        if let Some(keep) = &stage.keep_failed {
            let once = stage.when.filter(|it| it.value == When::Install).map(|it| it.origin);
            if let Some(why) = once.or(stateful.map(|it| it.origin)) {
                let message = format!("the runs of `stages.{name}` are not removed");
                let diagnostic = Diagnostic::new(&KEPT_ANYWAY, message).at(Spot::key(keep.origin), "has no effect");
                sink.report(diagnostic.at(why, "because of this"));
            }
        }
        if let (Some(schedule), Some(when)) = (&stage.schedule, stage.when) {
            let message = format!("`stages.{name}` has both a schedule and `when`");
            let shown = match when.value {
                When::Manual => "only people start it",
                When::Pipeline => "it takes its turn",
                When::Install => "it runs when the project is installed",
                When::Upgrade => "it runs when the project is upgraded",
            };
            sink.report(
                Diagnostic::new(&SCHEDULE_CONFLICT, message).at(when.origin, shown).at(schedule, "it starts by itself"),
            );
        }
        if let (None, Some(zone)) = (&stage.schedule, &stage.timezone) {
            let message = format!("`stages.{name}` has a time zone and no schedule");
            sink.report(Diagnostic::new(&TIMEZONE_ALONE, message).at(Spot::key(zone.origin), "has no effect"));
        }
        if let Some(schedule) = stage.schedule.as_ref().filter(|it| is_never(it)) {
            let message = format!("`{schedule}` never comes");
            sink.report(Diagnostic::new(&NEVER_RUNS, message).at(schedule, "no month that it names has that day"));
        }
    }
}

/// Whether no month that is named has one of the days that are named, and no weekday is.
fn is_never(schedule: &str) -> bool {
    let fields: Vec<&str> = schedule.split_ascii_whitespace().collect();
    let [_, _, days, months, weekday] = fields.as_slice() else { return false };
    if !matches!(*weekday, "*" | "?") {
        return false;
    }
    let length = |month: u32| match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let Some(first) = values(days, 1, 31).into_iter().min() else { return false };
    values(months, 1, 12).into_iter().all(|it| first > length(it))
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The values of a field of cron, whose grammar was checked before.
fn values(field: &str, least: u32, greatest: u32) -> Vec<u32> {
    let number = |text: &str| {
        let named = MONTHS.iter().position(|it| it.eq_ignore_ascii_case(text));
        named.and_then(|it| u32::try_from(it + 1).ok()).or_else(|| text.parse().ok())
    };
    let part = |part: &str| {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, step.parse().ok()));
        let (from, to) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (least, greatest),
            Some((from, to)) => (number(from).unwrap_or(least), number(to).unwrap_or(greatest)),
            // A step without a range goes on to the end.
            None => {
                let from = number(range).unwrap_or(least);
                (from, if step.is_some() { greatest } else { from })
            }
        };
        (from..=to).step_by(step.unwrap_or(1_usize).max(1)).collect::<Vec<u32>>()
    };
    field.split(',').flat_map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::is_never;

    #[test]
    fn days_that_no_month_has_never_come() {
        for never in ["0 0 31 4 *", "0 0 30 2 ?", "0 0 31 2,4,6 *", "0 0 30-31 feb *", "0 0 31 APR,6-6 *"] {
            assert!(is_never(never), "{never}");
        }
        for comes in [
            "0 0 31 * *",
            "0 0 31 4 1",
            "0 0 29 2 *",
            "0 0 31 4,5 *",
            "* * * * *",
            "@daily",
            "0 0 31 feb-mar *",
            "0 0 */30 4 *",
            "0 0 31 4/3 *",
        ] {
            assert!(!is_never(comes), "{comes}");
        }
    }
}
