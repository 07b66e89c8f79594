//! Probes: on ports that are open, and each with one question.

use super::case::open;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::Port;
use crate::source::At;
use crate::spec::{Probe, Protocol, Short, nearest};

pub(super) static CHECK: Check = Check { codes: &[&PROBE_PORT_CLOSED, &PROBE_QUESTIONS], run };

static PROBE_PORT_CLOSED: Code = Code {
    id: "probe-port-closed",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a probe on a port that the service does not open, or a probe that needs a port where there is none.

### Why it matters
The kubelet would never get an answer: the pod is restarted for ever, or never gets traffic.

### Use instead
The number or the name of one of the service's ports; or an `exec` probe, which needs none.
",
};

static PROBE_QUESTIONS: Code = Code {
    id: "probe-questions",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a probe that asks in two ways, or in none, and one that says in two ways how long it may take.

### Use instead
One of `http`, `tcp`, `grpc` and `exec`. Only `startup` may leave it open: it then asks as `ready` does.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, service) in &case.spec().services {
        let Some(probes) = &service.probes else { continue };
        let ports = case.plan.workloads.get(name.as_str()).map(|it| it.ports.as_slice()).unwrap_or_default();
        let all = [("startup", &probes.startup), ("ready", &probes.ready), ("live", &probes.live)];
        for (which, probe) in all.into_iter().filter_map(|(which, it)| Some((which, it.as_ref()?))) {
            port(name.as_str(), which, probe, ports, sink);
            questions(name.as_str(), which, probe, sink);
            times(name.as_str(), which, probe, sink);
        }
    }
}

fn port(name: &str, which: &str, probe: &At<Short<Probe>>, ports: &[Port], sink: &mut Sink) {
    if !probe.exec.is_empty() {
        return;
    }
    let has_question = probe.http.is_some() || probe.tcp.is_some() || probe.grpc.is_some() || which != "startup";
    if has_question && !ports.iter().any(|it| it.protocol == Protocol::Tcp) {
        let message = format!("the probe `{which}` of `services.{name}` needs a TCP port, and the service has none");
        sink.report(
            Diagnostic::new(&PROBE_PORT_CLOSED, message)
                .at(Spot::key(probe.origin), "")
                .help("add `port`, or use an `exec` probe"),
        );
        return;
    }
    let Some(asked) = &probe.port else { return };
    let is_open = ports.iter().filter(|it| it.protocol == Protocol::Tcp).any(|it| asked.is(&it.name, it.number.value));
    if !is_open {
        let shown = asked.name.as_ref().map(ToString::to_string).or_else(|| asked.number.map(|it| it.to_string()));
        let message = format!(
            "the probe `{which}` of `services.{name}` asks the port `{}`, which is not open",
            shown.unwrap_or_default()
        );
        let near = asked.name.as_ref().and_then(|it| nearest(it, ports.iter().map(|it| it.name.as_str())));
        let diagnostic = Diagnostic::new(&PROBE_PORT_CLOSED, message).at(asked, "nobody listens there");
        sink.report(diagnostic.help(format!("the service opens {}", open(ports))).did_you_mean_text(asked, near));
    }
}

/// `for` says how long starting may take: in another way than `failures`, and of no other probe.
fn times(name: &str, which: &str, probe: &At<Short<Probe>>, sink: &mut Sink) {
    let Some(within) = &probe.within else { return };
    let path = format!("services.{name}.probes.{which}");
    if which != "startup" {
        let diagnostic = Diagnostic::new(&PROBE_QUESTIONS, format!("`for` of `{path}` has no effect"));
        let diagnostic = diagnostic.at(within, "only `startup` lasts a while");
        sink.report(diagnostic.help("say with `failures` how often it may fail"));
    } else if let Some(failures) = &probe.failures {
        let diagnostic = Diagnostic::new(&PROBE_QUESTIONS, format!("`{path}` has both `for` and `failures`"));
        sink.report(diagnostic.at(within, "one way to say how long").at(failures.origin, "and another"));
    }
}

fn questions(name: &str, which: &str, probe: &At<Short<Probe>>, sink: &mut Sink) {
    let asked = [
        probe.http.is_some(),
        probe.tcp.is_some_and(|it| it.value),
        probe.grpc.is_some_and(|it| it.value),
        !probe.exec.is_empty(),
    ];
    let count = asked.iter().filter(|it| **it).count();
    if count > 1 || (count == 0 && which != "startup") {
        let how = if count == 0 { "asks nothing" } else { "asks in more than one way" };
        let message = format!("the probe `{which}` of `services.{name}` {how}");
        sink.report(
            Diagnostic::new(&PROBE_QUESTIONS, message).at(probe.origin, "one of `http`, `tcp`, `grpc`, `exec`"),
        );
    }
}
