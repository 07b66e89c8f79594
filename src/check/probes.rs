//! Probes: on ports that are open, and each with one question.

use super::case::open;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::Port;
use crate::source::At;
use crate::spec::{Probe, Short, nearest};

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
Reports a probe that asks in two ways, or in none.

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
        }
    }
}

fn port(name: &str, which: &str, probe: &At<Short<Probe>>, ports: &[Port], sink: &mut Sink) {
    if !probe.exec.is_empty() {
        return;
    }
    if ports.is_empty() {
        let message = format!("the probe `{which}` of `services.{name}` needs a port, and the service has none");
        sink.report(
            Diagnostic::new(&PROBE_PORT_CLOSED, message)
                .at(Spot::key(probe.origin), "")
                .help("add `port`, or use an `exec` probe"),
        );
        return;
    }
    let Some(asked) = &probe.port else { return };
    let is_open = ports.iter().any(|it| {
        let by_name = asked.name.as_ref().is_some_and(|name| name.as_str() == it.name.as_str());
        by_name || asked.number.is_some_and(|number| number.get() == i64::from(*it.number))
    });
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
