//! Peers: each says who it is in one way, and with ports where they cannot be known.

use super::case::{listed, open};
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::admits;
use crate::source::At;
use crate::spec::{Name, Peer, PortRef, Short, nearest};

pub(super) static CHECK: Check = Check {
    codes: &[
        &PEER_UNCLEAR,
        &PEER_WITHOUT_PORTS,
        &PEER_PORT_CLOSED,
        &HOST_NEEDS_RANGE,
        &OPEN_TO_ALL,
        &CLIENT_NOT_ADMITTED,
        &PROXY_CLOSED,
    ],
    run,
};

static PEER_UNCLEAR: Code = Code {
    id: "peer-unclear",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an entry of `clients` or `egress` that says in two ways, or in none, who the other side is.

### Use instead
Exactly one of `service`, `stage`, `namespace`, `cidr` and `host`.
",
};

static PEER_WITHOUT_PORTS: Code = Code {
    id: "peer-without-ports",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `egress` to a namespace or a range of addresses without `ports`, or one to a workload that listens on
nothing.

### Why it matters
A NetworkPolicy without ports opens all of them.

### Use instead
`ports = [443]`.
",
};

static PEER_PORT_CLOSED: Code = Code {
    id: "peer-port-closed",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a port in `clients` or `egress` that the listening service does not open, or a port's name where only a number
says what is meant.

### Use instead
The name or the number of one of its ports, as the container has it.
",
};

static HOST_NEEDS_RANGE: Code = Code {
    id: "host-needs-range",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `egress` to a host by its name.

### Why it matters
A NetworkPolicy knows addresses, not names: the connection would stay closed.

### Use instead
`{ cidr = \"203.0.113.0/24\", ports = [443] }` with the addresses of the host, or of the hospital's proxy.
",
};

static OPEN_TO_ALL: Code = Code {
    id: "open-to-all",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a peer that is every address there is (`0.0.0.0/0`, `::/0`).

### Why it matters
Whatever the workload reads can leave for anywhere, or anybody may connect to it.

### Use instead
The ranges that are meant. An exception in [[compliance.exceptions]] says why it has to be all of them.
",
};

static CLIENT_NOT_ADMITTED: Code = Code {
    id: "client-not-admitted",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a workload that connects to a service, by `egress`, by a variable of its environment or because it waits for it,
where the `clients` of that service do not admit it, or not on that port.

### Why it matters
`clients` is the whole list of who may connect: the NetworkPolicy would refuse what the other side was written for.

### Use instead
An entry in `clients`, or none of the connection. A service without `clients` admits everyone who names it.
",
};

static PROXY_CLOSED: Code = Code {
    id: "proxy-closed",
    severity: Severity::Note,
    explain: "\
### What it does
Names the workloads that are told of a proxy and have no `egress` to a range of addresses.

### Why it matters
A NetworkPolicy knows addresses, not names: without the range in which the proxy is, the way to it stays closed.

### Use instead
`egress = [{ host = \"proxy.hospital.example\", cidr = \"10.20.0.9/32\", ports = [3128] }]` where a program goes out, and
`proxy = false` where none does.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    proxied(case, sink);
    for program in case.workloads() {
        let clients = program.workload.clients.iter().flat_map(|it| it.iter());
        for peer in clients {
            unclear(&program.path, "clients", peer, sink);
            open_ports(case, program.name, peer, sink);
        }
        for peer in program.workload.egress.iter().flat_map(|it| it.iter()) {
            unclear(&program.path, "egress", peer, sink);
            egress(case, &program.path, peer, sink);
            if let Some(server) = &peer.service {
                admitted(case, program.name, server, &peer.ports, sink);
            }
        }
        let named = program.workload.programs().flat_map(|it| it.env.values()).filter_map(|it| it.service.as_ref());
        named.for_each(|it| admitted(case, program.name, it, &[], sink));
        program.workload.after.iter().for_each(|it| admitted(case, program.name, it, &[], sink));
    }
}

fn unclear(path: &str, key: &str, peer: &At<Peer>, sink: &mut Sink) {
    // The host that a range of addresses stands for may be named beside it.
    let host_alone = peer.host.as_ref().filter(|_| peer.cidr.is_none());
    let said = [
        ("service", peer.service.is_some()),
        ("stage", peer.stage.is_some()),
        ("namespace", peer.namespace.is_some()),
        ("cidr", peer.cidr.is_some()),
        ("host", host_alone.is_some()),
    ];
    let said: Vec<&str> = said.iter().filter(|(_, it)| *it).map(|(key, _)| *key).collect();
    if said.len() != 1 {
        let how =
            if said.is_empty() { "does not say who it is".to_owned() } else { format!("is both {}", listed(said)) };
        let message = format!("a peer in `{path}.{key}` {how}");
        sink.report(
            Diagnostic::new(&PEER_UNCLEAR, message).at(peer.origin, "one of `service`, `stage`, `namespace`, `cidr`"),
        );
    }
    if let Some(host) = peer.host.as_ref().filter(|_| key == "clients" || peer.cidr.is_none()) {
        let message = format!("a NetworkPolicy cannot name the host `{host}`");
        let diagnostic = Diagnostic::new(&HOST_NEEDS_RANGE, message).at(host, "policies know addresses only");
        sink.report(diagnostic.help("write `cidr` with the addresses of the host instead"));
    }
    if let Some(cidr) = peer.cidr.as_ref().filter(|it| it.is_everything()) {
        let message = match key {
            "clients" => format!("`{path}` is open to every address"),
            _ => format!("`{path}` may reach every address"),
        };
        let diagnostic = Diagnostic::new(&OPEN_TO_ALL, message).at(cidr, "every address there is");
        sink.report(diagnostic.help("name the ranges that are meant, or say why it has to be all in an exception"));
    }
}

fn egress(case: &Case<'_>, path: &str, peer: &At<Peer>, sink: &mut Sink) {
    if let Some(name) = peer.service.as_ref().or(peer.stage.as_ref()) {
        let listens = case.plan.workloads.get(name.as_str()).is_none_or(|it| !it.ports.is_empty());
        if !listens {
            let message = format!("`{path}` cannot connect to `{name}`, which listens on no port");
            let server = case.plan.workloads.get(name.as_str()).map(|it| it.origin).unwrap_or_default();
            let diagnostic = Diagnostic::new(&PEER_WITHOUT_PORTS, message).at(name, "");
            sink.report(diagnostic.at(Spot::key(server), "has no `port`"));
        }
        return open_ports(case, name, peer, sink);
    }
    for named in peer.ports.iter().filter(|it| it.name.is_some()) {
        let message = "only a number says which port of another namespace or network is meant";
        sink.report(Diagnostic::new(&PEER_PORT_CLOSED, message).at(named, "a name means nothing there"));
    }
    if peer.ports.is_empty() && (peer.cidr.is_some() || peer.namespace.is_some()) {
        let message = format!("an egress of `{path}` has no ports");
        sink.report(
            Diagnostic::new(&PEER_WITHOUT_PORTS, message)
                .at(Spot::value(peer.origin), "would open all of them")
                .help("add `ports = [443]`"),
        );
    }
}

/// The ports of a listening workload that a peer asks for.
/// A service that says who its clients are admits nobody else.
fn admitted(case: &Case<'_>, client: &str, server: &At<Name>, asked: &[At<Short<PortRef>>], sink: &mut Sink) {
    let clients = case.spec().services.get(server.as_str()).and_then(|it| it.clients.as_ref());
    let (Some(clients), Some(workload)) = (clients, case.plan.workloads.get(server.as_str())) else { return };
    let Some(asking) = case.plan.workloads.get(client) else { return };
    let is_meant = |it: &&At<Peer>| admits(case.spec(), &case.plan.namespaces, it, asking);
    let entries: Vec<&At<Peer>> = clients.iter().filter(is_meant).collect();
    if entries.is_empty() {
        let message = format!("`{client}` connects to `{server}`, which does not admit it");
        let diagnostic = Diagnostic::new(&CLIENT_NOT_ADMITTED, message).at(server, "");
        let kind = if case.spec().stages.contains(client) { "stage" } else { "service" };
        let help = format!("add `{{ {kind} = \"{client}\" }}` to the clients of `{server}`");
        sink.report(diagnostic.at(Spot::key(clients.origin), "these and nobody else").help(help));
    }
    for (port, asked) in
        asked.iter().filter_map(|it| Some((workload.ports.iter().find(|port| it.is(&port.name, *port.number))?, it)))
    {
        let is_open =
            |entry: &&At<Peer>| entry.ports.is_empty() || entry.ports.iter().any(|it| it.is(&port.name, *port.number));
        if !entries.is_empty() && !entries.iter().any(is_open) {
            let message =
                format!("`{client}` connects to the port `{}` of `{server}`, which does not admit it there", port.name);
            let diagnostic = Diagnostic::new(&CLIENT_NOT_ADMITTED, message).at(asked, "");
            sink.report(diagnostic.at(entries[0].origin, "only on these ports"));
        }
    }
}

fn open_ports(case: &Case<'_>, server: &str, peer: &At<Peer>, sink: &mut Sink) {
    let Some(workload) = case.plan.workloads.get(server) else { return };
    for asked in &peer.ports {
        let is_open = workload.ports.iter().any(|it| {
            let by_name = asked.name.as_ref().is_some_and(|name| name.as_str() == it.name.as_str());
            by_name || asked.number.is_some_and(|number| number.get() == i64::from(*it.number))
        });
        if !is_open && !workload.ports.is_empty() {
            let shown = asked.name.as_ref().map(ToString::to_string).or_else(|| asked.number.map(|it| it.to_string()));
            let message = format!("`{server}` does not open the port `{}`", shown.clone().unwrap_or_default());
            let near = asked.name.as_ref().and_then(|it| nearest(it, workload.ports.iter().map(|it| it.name.as_str())));
            let diagnostic = Diagnostic::new(&PEER_PORT_CLOSED, message).at(asked, "closed");
            sink.report(diagnostic.help(format!("it opens {}", open(&workload.ports))).did_you_mean_text(asked, near));
        }
    }
}

fn proxied(case: &Case<'_>, sink: &mut Sink) {
    let has_way = |it: &crate::spec::Workload| it.egress.iter().flat_map(|it| it.iter()).any(|it| it.cidr.is_some());
    let is_told = |it: &crate::spec::Workload| it.proxy.as_ref().is_some_and(|it| it.enabled.is_none_or(|it| it.value));
    let closed = case.workloads().filter(|it| is_told(it.workload) && !has_way(it.workload));
    let mut names: Vec<&str> = closed.map(|it| it.name).collect();
    names.sort_unstable();
    let proxy = case.spec().defaults.as_ref().and_then(|it| it.proxy.as_ref());
    if let Some(proxy) = proxy.filter(|_| !names.is_empty() && case.plan.identity.has_kubernetes) {
        let message = format!("no egress of {} leads to the proxy", listed(names));
        sink.report(
            Diagnostic::new(&PROXY_CLOSED, message).at(Spot::key(proxy.origin), "a policy knows no host names"),
        );
    }
}
