//! Exceptions from the hardened defaults: whether each means something, and still holds.

use super::case::listed;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Container, Workload};
use crate::source::{At, Node, steps_of};
use crate::spec::{Exception, PodSecurity, UNBUILT};

pub(super) static CHECK: Check =
    Check { codes: &[&EXCEPTION_INCOMPLETE, &EXCEPTION_EXPIRED, &EXCEPTION_DANGLING, &EXCEPTION_REFUSED], run };

static EXCEPTION_INCOMPLETE: Code = Code {
    id: "exception-incomplete",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an entry of [[compliance.exceptions]] without a rule, a target, a reason, an approver or an expiry.

### Why it matters
An exception that nobody answers for, or that never ends, is no exception but the rule.
",
};

static EXCEPTION_EXPIRED: Code = Code {
    id: "exception-expired",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports an exception whose last day is before the day of `--as-of` (by default today). It keeps its effect in the
output, which never depends on the day, but `check` fails.

### Use instead
Take away what it allowed, or have it approved again with a new date.
",
};

static EXCEPTION_DANGLING: Code = Code {
    id: "exception-dangling",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an exception for a rule that there is not, or for a target that there is not.

### Why it matters
The exception does nothing, and who approved it believes that it does.

### Use instead
The rule `read-only-root` or `non-root`, or the code of a warning; and the path of a table in the spec, such as
`services.database`.
",
};

static EXCEPTION_REFUSED: Code = Code {
    id: "exception-refused",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an exception from `non-root` for a workload in a namespace of the level `restricted`.

### Why it matters
The API server refuses every pod of it (Kubernetes' documentation, \"Pod Security Standards\"): the workload would never
run.

### Use instead
A namespace of its own with `pod-security = \"baseline\"` and a reason; or an image that starts as a numeric user.
",
};

/// The hardened defaults that an exception can change.
const RULES: &[&str] = &["read-only-root", "non-root"];

fn run(case: &Case<'_>, sink: &mut Sink) {
    for exception in case.spec().compliance.iter().flat_map(|it| &it.exceptions) {
        incomplete(exception, sink);
        if let Some(expires) = exception.expires.as_ref().filter(|it| it.day() < case.as_of) {
            let rule = exception.rule.as_ref().map_or_else(String::new, |it| format!(" from `{it}`"));
            let message = format!("the exception{rule} expired on {expires}");
            let diagnostic = Diagnostic::new(&EXCEPTION_EXPIRED, message).at(expires, "");
            sink.report(diagnostic.help("take away what it allows, or have it approved again with a new date"));
        }
        dangling(case, exception, sink);
    }
    for workload in case.plan.workloads.values() {
        workload.pod.containers().for_each(|it| refused(case, workload, it, sink));
    }
}

/// An exception that the namespace does not allow.
fn refused(case: &Case<'_>, workload: &Workload, container: &Container, sink: &mut Sink) {
    let Some(exception) = container.as_root else { return };
    let restricted = case.plan.namespaces.iter().find(|it| {
        let is_here = it.name.value == workload.namespace.value;
        is_here && it.pod_security.value == PodSecurity::Restricted.word() && case.plan.identity.has_kubernetes
    });
    if let Some(namespace) = restricted {
        let message = format!("`{}` may not start as root in the namespace `{}`", container.name, namespace.name.value);
        let diagnostic = Diagnostic::new(&EXCEPTION_REFUSED, message).at(Spot::key(exception.origin), "lets it do so");
        let help = "put it into a namespace of its own with `pod-security = \"baseline\"`";
        sink.report(diagnostic.at(Spot::value(namespace.pod_security.origin), "its level is `restricted`").help(help));
    }
}

fn incomplete(exception: &At<Exception>, sink: &mut Sink) {
    let keys = [
        ("rule", exception.rule.is_some()),
        ("target", exception.target.is_some()),
        ("reason", exception.reason.is_some()),
        ("approved-by", exception.approved_by.is_some()),
        ("expires", exception.expires.is_some()),
    ];
    let missing: Vec<&str> = keys.iter().filter(|(_, there)| !there).map(|(key, _)| *key).collect();
    if !missing.is_empty() {
        let message = format!("an exception lacks {}", listed(missing));
        let diagnostic = Diagnostic::new(&EXCEPTION_INCOMPLETE, message);
        sink.report(diagnostic.at(exception.origin, "all keys are needed"));
    }
}

fn dangling(case: &Case<'_>, exception: &At<Exception>, sink: &mut Sink) {
    if let Some(rule) = &exception.rule {
        let code = crate::codes().find(|it| it.id == rule.as_str());
        if code.is_some_and(|it| it.severity == Severity::Error) {
            let message = format!("`{rule}` is an error, from which there is no exception");
            sink.report(Diagnostic::new(&EXCEPTION_DANGLING, message).at(rule, "only warnings can be excused"));
        } else if !RULES.contains(&rule.as_str()) && code.is_none_or(|it| it.severity != Severity::Warning) {
            let warnings = crate::codes().filter(|it| it.severity == Severity::Warning).map(|it| it.id);
            let near = crate::spec::nearest(rule, RULES.iter().copied().chain(warnings));
            let diagnostic = Diagnostic::new(&EXCEPTION_DANGLING, format!("there is no rule `{rule}` to except from"));
            sink.report(diagnostic.at(rule, "").did_you_mean_text(rule, near));
        }
    }
    let Some(target) = &exception.target else { return };
    let path: Vec<&str> = steps_of(target).collect();
    let off = matches!(path.as_slice(), [table, name, ..] if case.resolved.disabled.has(table, name));
    if !off && case.resolved.tree.at(path.iter().copied()).is_none() {
        if UNBUILT.iter().any(|it| it.within == "Spec" && it.word == path[0]) {
            let message = format!("[{}] is not built yet: nothing there needs an exception", path[0]);
            sink.report(Diagnostic::new(&EXCEPTION_DANGLING, message).at(target, "this version does not compile it"));
            return;
        }
        let near = near_path(&case.resolved.tree, &path);
        let diagnostic = Diagnostic::new(&EXCEPTION_DANGLING, format!("there is no `{target}` in the spec"));
        sink.report(diagnostic.at(target, "").did_you_mean_text(target, near));
    }
}

/// The path with its first wrong step replaced by the nearest key that is there.
fn near_path(tree: &Node, path: &[&str]) -> Option<String> {
    let wrong = (0..path.len()).find(|it| tree.at(path[..=*it].iter().copied()).is_none())?;
    let keys = tree.at(path[..wrong].iter().copied())?.as_map()?.iter().map(|(key, _)| key.as_str());
    let near = crate::spec::nearest(path[wrong], keys)?;
    let steps: Vec<&str> = [&path[..wrong], &[near], &path[wrong + 1..]].concat();
    tree.at(steps.iter().copied()).is_some().then(|| steps.join("."))
}

/// Takes the warnings out that an exception allows for the table in which they are.
pub(super) fn excuse(case: &Case<'_>, sink: &mut Sink) {
    let exceptions: Vec<&At<Exception>> = case.spec().compliance.iter().flat_map(|it| &it.exceptions).collect();
    if exceptions.is_empty() {
        return;
    }
    sink.retain(|diagnostic| {
        let excused = exceptions.iter().any(|it| {
            let rule = it.rule.as_ref().is_some_and(|it| it.as_str() == diagnostic.code.id);
            rule && it.target.as_ref().is_some_and(|it| is_inside(case, diagnostic, it))
        });
        !excused || diagnostic.severity != Severity::Warning
    });
}

/// Whether the fault is in the table of this path.
fn is_inside(case: &Case<'_>, diagnostic: &Diagnostic, target: &str) -> bool {
    let Some(table) = case.resolved.tree.at(target.split('.')) else { return false };
    let Some(Spot::Node(fault, _)) = diagnostic.labels.first().map(|it| &it.spot) else { return false };
    contains(table, *fault)
}

fn contains(node: &Node, fault: crate::source::NodeId) -> bool {
    use crate::source::Value;
    node.origin.node == Some(fault)
        || match &node.value {
            Value::List(items) => items.iter().any(|it| contains(it, fault)),
            Value::Map(map) => map.iter().any(|(_, it)| contains(it, fault)),
            _ => false,
        }
}
