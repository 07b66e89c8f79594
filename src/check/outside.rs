//! Ways in from outside the namespace, ways out to the API server, and the order in which services start.

use super::case::{Program, open};
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Port, RouteBy};
use crate::source::At;
use crate::spec::{ExposeType, Permission, PortRef, Protocol, Role, SecretFrom, SecretType, Short, nearest};

pub(super) static CHECK: Check = Check {
    codes: &[
        &ROUTE_INCOMPLETE,
        &PORT_UNKNOWN,
        &EXPOSED_TO_NOBODY,
        &EXPOSE_UNCLEAR,
        &POWERFUL,
        &GRANTS_NOTHING,
        &NO_WAY_TO_API,
        &AWAITED,
    ],
    run,
};

static ROUTE_INCOMPLETE: Code = Code {
    id: "route-incomplete",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a route that nothing takes requests in for or that nothing lets in, a certificate that is no `tls` secret or is
for another host, a path that no request has, a port that takes no TCP connection, and a path that an Ingress cannot
rewrite.

### Why it matters
The host name would lead nowhere, or to a page that the program does not know.

### Use instead
`gateway = { name = \"…\", namespace = \"…\" }` in [cluster], or a `class` in the route for an Ingress; a secret with
`type = \"tls\"` or from cert-manager; a gateway for rewrites.
",
};

pub(super) static PORT_UNKNOWN: Code = Code {
    id: "port-unknown",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a route, an `expose`, `metrics` or a port of the machine of Compose on a port that the service does not open.

### Use instead
The name or the number of one of its `ports`.
",
};

static EXPOSED_TO_NOBODY: Code = Code {
    id: "exposed-to-nobody",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `expose` of a service none of whose `clients` has a `cidr`, or none for the ports that are exposed.

### Why it matters
What is opened to addresses outside the cluster is opened to the clients' addresses and to no others, so that this one
would be open to none, or, without the network's own rules, to all.

### Use instead
`clients = [{ cidr = \"10.20.8.0/24\" }]`.
",
};

static EXPOSE_UNCLEAR: Code = Code {
    id: "expose-unclear",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an `expose` whose keys do not go together: an address for ports of the nodes, or one node port for several
ports.

### Use instead
`ip` with a LoadBalancer; `node-port` with one entry in `ports`.
",
};

static POWERFUL: Code = Code {
    id: "powerful-permission",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a permission that is as good as all others: to read secrets, to run commands in pods, to make tokens, or to
change roles.

### Why it matters
Whoever takes over the program takes over the namespace, and with it the data that its pods mount.

### Use instead
The few resources and verbs that the program needs; `names` for secrets.
",
};

static GRANTS_NOTHING: Code = Code {
    id: "grants-nothing",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a permission that grants nothing: a verb that the API does not have, `create` for objects by their names, and
resources of the whole cluster, which a Role cannot grant.

### Why it matters
The program is refused when it asks, and who reads the Role believes that it may.

### Use instead
The verbs of the API (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`), without
`names` for `create`; for nodes, namespaces and volumes a ClusterRole, as a manifest in [[objects]].
",
};

static NO_WAY_TO_API: Code = Code {
    id: "no-way-to-api",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a workload with `permissions` whose `egress` names no range of addresses.

### Why it matters
It gets a token, but nothing lets it connect to the API server: what is not declared is closed, and the address of the
API server cannot be known from the spec.

### Use instead
`egress = [{ cidr = \"<address of the API server>/32\", ports = [6443] }]`.
",
};

static AWAITED: Code = Code {
    id: "awaits-for-ever",
    severity: Severity::Error,
    explain: "\
### What it does
Reports services that wait for each other, and a service that waits for one without a port, or whose first port takes no
TCP connection.

### Why it matters
None of them would ever start.

### Use instead
`after` in one direction only; a port in the service that is waited for, one of TCP first.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for program in case.workloads() {
        let Some(planned) = case.plan.workloads.get(program.name) else { continue };
        let it = program.workload;
        let ports = planned.ports.as_slice();
        let asked =
            [it.route.as_ref().and_then(|it| it.port.as_ref()), it.metrics.as_ref().and_then(|it| it.port.as_ref())];
        let opened = it.expose.iter().flat_map(|it| &it.ports);
        asked.into_iter().flatten().chain(opened).for_each(|it| known_port(&program, ports, it, sink));
        if ports.is_empty() {
            let keys = [
                ("route", it.route.as_ref().map(|it| it.origin)),
                ("expose", it.expose.as_ref().map(|it| it.origin)),
                ("metrics", it.metrics.as_ref().map(|it| it.origin)),
            ];
            for (key, origin) in keys.into_iter().filter_map(|(key, it)| Some((key, it?))) {
                let message = format!("`{}.{key}` leads to no port", program.path);
                let diagnostic =
                    Diagnostic::new(&PORT_UNKNOWN, message).at(Spot::key(origin), "there is none to lead to");
                sink.report(diagnostic.help("name it with `port`"));
            }
        }
        route(case, &program, sink);
        expose(&program, ports, sink);
        permissions(&program, sink);
    }
    awaited(case, sink);
}

fn known_port(program: &Program<'_>, ports: &[Port], asked: &At<Short<PortRef>>, sink: &mut Sink) {
    let is_it = |port: &Port| asked.is(&port.name, port.number.value);
    if !ports.is_empty() && !ports.iter().any(is_it) {
        let diagnostic = Diagnostic::new(&PORT_UNKNOWN, format!("`{}` does not open this port", program.path));
        sink.report(diagnostic.at(asked.origin, "none of its ports").help(format!("it opens {}", open(ports))));
    }
}

fn route(case: &Case<'_>, program: &Program<'_>, sink: &mut Sink) {
    let Some(route) = &program.workload.route else { return };
    let mut report = |message: String, diagnostic: &dyn Fn(Diagnostic) -> Diagnostic| {
        sink.report(diagnostic(Diagnostic::new(&ROUTE_INCOMPLETE, message)));
    };
    let gateway = case.spec().cluster.as_ref().and_then(|it| it.gateway.as_ref());
    if route.class.is_none() && gateway.is_none() {
        report(format!("nothing takes requests in for `{}.route`", program.path), &|it| {
            it.at(Spot::key(route.origin), "attaches to no gateway")
                .help("name a `gateway` in [cluster], or a `class` here for an Ingress")
        });
    }
    let secret = route.tls.as_ref().and_then(|it| Some((it, case.plan.secrets.get(it.as_str())?)));
    if let Some((name, secret)) = secret.filter(|(_, it)| it.kind.value != SecretType::Tls) {
        report(format!("the secret `{name}` holds no certificate"), &|it| {
            it.at(name, "must be of type `tls`").at(Spot::key(secret.origin), "is of another type")
        });
    }
    if let Some((name, secret)) =
        secret.filter(|(_, it)| it.from.value == SecretFrom::CertManager && !it.dns.is_empty())
        && let Some(host) = route.host.as_ref().filter(|host| !secret.dns.iter().any(|it| covers(it, host)))
    {
        report(format!("the certificate `{name}` is not for `{host}`"), &|it| {
            it.at(host, "").at(secret.dns.first().map_or(secret.origin, |it| it.origin), "for this and no other host")
        });
    }
    let planned = case.plan.workloads.get(program.name).and_then(|it| Some((it, it.route.as_ref()?)));
    if let Some((planned, to)) = planned
        && planned.ports.iter().any(|it| it.name.value == to.port.0.value && it.protocol != Protocol::Tcp)
    {
        report(format!("`{}.route` leads to a port that takes no TCP connection", program.path), &|it| {
            it.at(Spot::key(route.origin), "requests come by TCP").help("name another one with `port`")
        });
    }
    let paths = route.paths.iter().filter_map(|it| it.path.as_ref());
    let is_odd =
        |it: &str| it.contains(['?', '#']) || it.contains("//") || it.split('/').any(|it| it == "." || it == "..");
    for path in paths.filter(|it| is_odd(it.as_str())) {
        report(format!("no request has a path that begins with `{path}`"), &|it| {
            it.at(path, "neither `?` nor `//`, `/.` and `/..`")
        });
    }
    let is_closed = program.workload.clients.is_some() && route.from.is_none();
    if is_closed && planned.is_some_and(|(_, it)| matches!(it.by, RouteBy::Ingress { .. })) {
        report(format!("nothing lets the controller of `{}.route` in", program.path), &|it| {
            it.at(Spot::key(route.origin), "`clients` is the whole list of who may connect")
                .help("say with `from` which namespace the controller is in")
        });
    }
    let is_ingress = case.plan.workloads.get(program.name).and_then(|it| it.route.as_ref());
    if is_ingress.is_some_and(|it| matches!(it.by, RouteBy::Ingress { .. })) {
        for rewrite in route.paths.iter().filter_map(|it| it.rewrite.as_ref()) {
            report("an Ingress cannot rewrite a path".to_owned(), &|it| {
                it.at(rewrite, "only a gateway can").help("leave `class` out and name a `gateway` in [cluster]")
            });
        }
    }
}

fn expose(program: &Program<'_>, ports: &[Port], sink: &mut Sink) {
    let it = program.workload;
    let Some(expose) = &it.expose else { return };
    let is = |asked: &[At<Short<PortRef>>], port: &Port| {
        asked.is_empty() || asked.iter().any(|it| it.is(&port.name, port.number.value))
    };
    let exposed = || ports.iter().filter(|it| is(&expose.ports, it));
    let ranges = it.clients.iter().flat_map(|it| it.iter()).filter(|it| it.cidr.is_some());
    // A port that is not open is reported as that.
    let is_known = exposed().next().is_some();
    let has_range = ranges.into_iter().any(|client| !is_known || exposed().any(|it| is(&client.ports, it)));
    if !has_range {
        let message = format!("`{}` is exposed, but none of its clients has a range of addresses", program.path);
        let diagnostic = Diagnostic::new(&EXPOSED_TO_NOBODY, message).at(Spot::key(expose.origin), "open to nobody");
        sink.report(diagnostic.help("add `{ cidr = \"…\" }` to its `clients`"));
    }
    let is_balanced = expose.kind.is_none_or(|it| it.value == ExposeType::LoadBalancer);
    if let Some(ip) = expose.ip.as_ref().filter(|_| !is_balanced) {
        let diagnostic = Diagnostic::new(&EXPOSE_UNCLEAR, "ports of the nodes have the addresses of the nodes");
        sink.report(diagnostic.at(ip, "only for a LoadBalancer"));
    }
    let opened = if expose.ports.is_empty() { it.ports.len() } else { expose.ports.len() };
    if let Some(port) = expose.node_port.filter(|_| opened > 1) {
        let diagnostic = Diagnostic::new(&EXPOSE_UNCLEAR, format!("one node port cannot stand for {opened} ports"));
        sink.report(diagnostic.at(port.origin, "of which one?").help("name one port in `ports`"));
    }
}

/// Resources that are as good as all others, with the verbs that make them so.
const ALL_POWER: &[(&str, &[&str])] = &[
    ("secrets", &["get", "list", "watch"]),
    ("pods/exec", &["create", "get"]),
    ("pods/attach", &["create", "get"]),
    ("pods/ephemeralcontainers", &["patch", "update"]),
    ("serviceaccounts/token", &["create"]),
    ("roles", &["create", "update", "patch", "bind", "escalate"]),
    ("rolebindings", &["create", "update", "patch"]),
    ("serviceaccounts", &["impersonate"]),
    ("pods", &["create"]),
];

/// Whether a certificate for a name is one for a host: `*` stands for one label (RFC 6125, section 6.4.3).
fn covers(name: &str, host: &str) -> bool {
    let behind = |it: &str| it.split_once('.').map(|(_, rest)| rest.to_owned());
    name == host || name.strip_prefix("*.").is_some_and(|rest| behind(host).as_deref() == Some(rest))
}

fn permissions(program: &Program<'_>, sink: &mut Sink) {
    let it = program.workload;
    let Some(first) = it.permissions.first() else { return };
    for permission in &it.permissions {
        grants_nothing(permission, sink);
        for resource in &permission.resources {
            let verbs = ALL_POWER.iter().find(|(name, _)| *name == resource.as_str()).map(|(_, verbs)| *verbs);
            let strong = permission.verbs.iter().find(|it| verbs.is_some_and(|verbs| verbs.contains(&it.as_str())));
            if let Some(verb) = strong.filter(|_| permission.names.is_empty()) {
                let message = format!("`{}` may {verb} {resource}, and so nearly everything", program.path);
                sink.report(Diagnostic::new(&POWERFUL, message).at(resource, "a way to all other permissions"));
            }
        }
    }
    let has_way = it.egress.iter().flat_map(|it| it.iter()).any(|it| it.cidr.is_some());
    if !has_way {
        let message = format!("`{}` has permissions, but no way to the API server", program.path);
        let diagnostic = Diagnostic::new(&NO_WAY_TO_API, message).at(Spot::key(first.origin), "nothing opens it");
        sink.report(
            diagnostic.help("add `{ cidr = \"<address of the API server>/32\", ports = [6443] }` to its `egress`"),
        );
    }
}

/// The verbs of the Kubernetes API (its documentation, "Authorization", "Determine the request verb").
const VERBS: [&str; 14] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "approve",
    "sign",
];
/// Resources of the core group that are in no namespace.
const OF_CLUSTER: [&str; 4] = ["componentstatuses", "namespaces", "nodes", "persistentvolumes"];

fn grants_nothing(permission: &Permission, sink: &mut Sink) {
    for verb in &permission.verbs {
        if !VERBS.contains(&verb.as_str()) {
            let diagnostic = Diagnostic::new(&GRANTS_NOTHING, format!("the API has no verb `{verb}`")).at(verb, "");
            sink.report(diagnostic.did_you_mean_text(verb, nearest(verb, VERBS)));
        } else if verb.as_str() == "create" && !permission.names.is_empty() {
            let diagnostic = Diagnostic::new(&GRANTS_NOTHING, "what is not there yet has no name to be known by");
            sink.report(diagnostic.at(verb, "never granted for `names`").at(&permission.names[0], ""));
        }
    }
    let is_core = permission.api.as_ref().is_none_or(|it| it.is_empty());
    for resource in permission.resources.iter().filter(|it| is_core && OF_CLUSTER.contains(&it.as_str())) {
        let message = format!("`{resource}` are of the whole cluster, and a Role is of one namespace");
        sink.report(Diagnostic::new(&GRANTS_NOTHING, message).at(resource, "never granted"));
    }
}

fn awaited(case: &Case<'_>, sink: &mut Sink) {
    let services = &case.spec().services;
    for (name, service) in services {
        for other in &service.after {
            let Some(awaited) = case.plan.workloads.get(other.as_str()) else { continue };
            // Whoever waits asks the first port.
            let answers = awaited.ports.first().is_some_and(|it| it.protocol == Protocol::Tcp);
            if !answers && services.get(other.as_str()).is_some() {
                let what = if awaited.ports.is_empty() { "no port" } else { "no TCP port first" };
                let message = format!("`services.{name}` waits for `{other}`, which opens {what}");
                let diagnostic = Diagnostic::new(&AWAITED, message);
                sink.report(diagnostic.at(other, "never takes a connection"));
            } else if waits_for(case, other, name.as_str(), &mut Vec::new()) {
                let message = format!("`services.{name}` waits for itself");
                sink.report(Diagnostic::new(&AWAITED, message).at(other, format!("which waits for `{name}`")));
            }
        }
    }
}

/// Whether `later` waits for `earlier`, directly or not.
fn waits_for<'c>(case: &Case<'c>, later: &'c str, earlier: &str, seen: &mut Vec<&'c str>) -> bool {
    if later == earlier {
        return true;
    }
    if seen.contains(&later) {
        return false;
    }
    seen.push(later);
    let Some(service) = case.spec().services.get(later) else { return false };
    service.after.iter().any(|it| waits_for(case, it.as_str(), earlier, seen))
}

/// Whether a role can be in `after` of another: stages follow stages, services follow services.
pub(super) fn table_of_after(role: Role) -> &'static str {
    if role == Role::Service { "services" } else { "stages" }
}
