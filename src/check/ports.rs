//! The ports of a service.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Port, Workload};

pub(super) static CHECK: Check =
    Check { codes: &[&PORT_TAKEN, &PORT_NAME_TOO_LONG, &PORT_PRIVILEGED, &PORT_AND_PORTS], run };

static PORT_TAKEN: Code = Code {
    id: "port-taken",
    severity: Severity::Error,
    explain: "\
### What it does
Reports two ports of one service with the same number, the same number on the Service, or the same name.

### Why it matters
Kubernetes refuses such a Service.
",
};

static PORT_NAME_TOO_LONG: Code = Code {
    id: "port-name-too-long",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a port's name of more than 15 characters.

### Why it matters
Kubernetes takes port names as IANA service names (RFC 6335), which are no longer.
",
};

static PORT_PRIVILEGED: Code = Code {
    id: "port-privileged",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a container port below 1024.

### Why it matters
Only root may listen there, and no container runs as root.

### Use instead
A higher port in the container, and the well-known one on the Service: `{ port = 11112, service-port = 104 }`.
",
};

static PORT_AND_PORTS: Code = Code {
    id: "port-and-ports",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a service with both `port` and `ports`.

### Use instead
`port` for one port, `ports` for several.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, service) in &case.spec().services {
        if let (Some(port), Some(first)) = (service.port, service.ports.first()) {
            let diagnostic = Diagnostic::new(&PORT_AND_PORTS, format!("`services.{name}` has both `port` and `ports`"));
            let diagnostic = diagnostic.at(Spot::key(port.origin), "one port").at(first, "and the first of several");
            sink.report(diagnostic.help("keep one of the keys; `ports` takes all of them"));
        }
    }
    for workload in case.plan.workloads.values() {
        for (index, port) in workload.ports.iter().enumerate() {
            single(port, workload.pod.main.as_root.is_some(), sink);
            workload.ports[..index].iter().for_each(|it| pair(workload, it, port, sink));
        }
    }
}

fn single(port: &Port, starts_as_root: bool, sink: &mut Sink) {
    if port.name.len() > 15 {
        let diagnostic = Diagnostic::new(
            &PORT_NAME_TOO_LONG,
            format!("the port name `{}` has {} characters", port.name, port.name.len()),
        );
        sink.report(diagnostic.at(&port.name, "at most 15"));
    }
    if *port.number < 1024 && !starts_as_root {
        let diagnostic = Diagnostic::new(&PORT_PRIVILEGED, format!("port {} is only for root", port.number));
        let number = port.number.value;
        let suggestion = format!(
            "listen above 1023 and keep {number} for callers: `ports = [{{ port = {}, service-port = {number} }}]`",
            8000 + number
        );
        sink.report(diagnostic.at(&port.number, "below 1024").help(suggestion));
    }
}

fn pair(workload: &Workload, first: &Port, second: &Port, sink: &mut Sink) {
    let same_protocol = first.protocol == second.protocol;
    let (same, places) = if first.name.value == second.name.value {
        (format!("the name `{}`", first.name), [second.name.origin, first.name.origin])
    } else if same_protocol && first.number.value == second.number.value {
        (format!("the number {}", first.number), [second.number.origin, first.number.origin])
    } else if same_protocol && first.service_port.value == second.service_port.value {
        let places = [second.service_port.origin, first.service_port.origin];
        (format!("the number {} on the Service", first.service_port), places)
    } else {
        return;
    };
    let diagnostic = Diagnostic::new(&PORT_TAKEN, format!("two ports of `{}` have {same}", workload.name));
    sink.report(diagnostic.at(places[0], "this one").at(places[1], "and this one"));
}
