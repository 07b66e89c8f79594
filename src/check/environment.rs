//! What an environment says about itself.

use smol_str::SmolStr;

use super::case::open;
use super::outside::PORT_UNKNOWN;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::HostPortPlan;

pub(super) static CHECK: Check = Check { codes: &[&NO_TARGET, &NO_REGISTRY, &HOST_PORT_TAKEN, &PUBLISHED_WIDELY], run };

static NO_TARGET: Code = Code {
    id: "no-target",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an environment whose `targets` is an empty list.

### Use instead
`targets = [\"compose\"]`, `targets = [\"kubernetes\"]`, or no `targets` for both. `enabled = false` switches an
environment off.
",
};

static NO_REGISTRY: Code = Code {
    id: "no-registry",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a project that builds images for a cluster without naming a registry.

### Why it matters
A node cannot pull an image that is only on the machine that built it; and a short name is looked up at docker.io, where
somebody else could own it.

### Use instead
`[project] registry = \"registry.hospital.example/radiology\"`.
",
};

static HOST_PORT_TAKEN: Code = Code {
    id: "host-port-taken",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a port of the machine that an environment gives to two services.

### Use instead
A port of its own for each.
",
};

static PUBLISHED_WIDELY: Code = Code {
    id: "published-widely",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a port that Compose publishes on another address than the machine's own loopback.

### Why it matters
Everybody in the machine's network reaches the service, past its `clients`; Docker's rules come before those of the
machine's firewall.

### Use instead
`127.0.0.1`, or nothing, which means the same. An exception in [[compliance.exceptions]] says why it has to be so.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let identity = &case.plan.identity;
    if !identity.has_compose && !identity.has_kubernetes {
        let origin = case.resolved.environment.targets.as_ref().map(|it| it.origin).unwrap_or_default();
        let diagnostic = Diagnostic::new(&NO_TARGET, "there is no target").at(origin, "nothing would be written");
        sink.report(diagnostic.help("leave `targets` out for both, or say `enabled = false`"));
    }
    published(case, sink);
    let Some(project) = &case.spec().project else { return };
    if identity.has_kubernetes && project.registry.is_none() && !case.plan.images.is_empty() {
        let diagnostic = Diagnostic::new(&NO_REGISTRY, "the project builds images, and names no registry for them");
        let diagnostic = diagnostic.at(Spot::key(project.origin), "`registry` is missing");
        sink.report(diagnostic.help("add `registry = \"registry.hospital.example/team\"` to [project]"));
    }
}

fn published(case: &Case<'_>, sink: &mut Sink) {
    let mut taken: Vec<(&SmolStr, &HostPortPlan)> = Vec::new();
    for (name, asked) in case.resolved.environment.compose.iter().flat_map(|it| &it.ports) {
        let Some(workload) = case.plan.workloads.get(name.as_str()) else { continue };
        for target in asked.value.0.iter().map(|it| it.parts().2) {
            if !workload.ports.iter().any(|it| target.is_none_or(|target| it.is_called(target))) {
                let diagnostic = Diagnostic::new(&PORT_UNKNOWN, format!("`services.{name}` does not open this port"));
                let diagnostic = diagnostic.at(asked.origin, "none of its ports");
                sink.report(diagnostic.help(format!("it opens {}", open(&workload.ports))));
            }
        }
    }
    for (name, port) in case.plan.host_ports.iter().flat_map(|(name, ports)| ports.iter().map(move |it| (name, it))) {
        let is_same = |it: &HostPortPlan| {
            let meet = it.address == port.address || it.address.is_unspecified() || port.address.is_unspecified();
            it.number.value == port.number.value && it.target.1 == port.target.1 && meet
        };
        if let Some((other, first)) = taken.iter().find(|(_, it)| is_same(it)) {
            let message = format!("the port {} of the machine leads to `{name}` and to `{other}`", port.number);
            let diagnostic = Diagnostic::new(&HOST_PORT_TAKEN, message).at(port.number.origin, "");
            sink.report(diagnostic.at(first.number.origin, "taken here"));
        }
        if !port.address.is_loopback() {
            let message = format!("`{name}` can be reached from outside this machine");
            let diagnostic = Diagnostic::new(&PUBLISHED_WIDELY, message).at(port.number.origin, "");
            sink.report(diagnostic.help("publish it on 127.0.0.1"));
        }
        taken.push((name, port));
    }
}
