//! What must hold between environments.

use crate::compile::Environment;
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Image, Recipe};
use crate::source::Origin;

/// The codes of these checks.
pub(super) const CODES: &[&Code] = &[&NAMESPACE_SHARED, &ADDRESS_SHARED, &ONE_TAG_TWO_CONTENTS];

static NAMESPACE_SHARED: Code = Code {
    id: "namespace-shared",
    severity: Severity::Error,
    explain: "\
### What it does
Reports two environments of one cluster that are in the same namespace.

### Why it matters
Each would replace the objects of the other.

### Use instead
A namespace for each. Environments that do not say `cluster` are taken to be in clusters of their own.
",
};

static ADDRESS_SHARED: Code = Code {
    id: "address-shared",
    severity: Severity::Error,
    explain: "\
### What it does
Reports two environments of one cluster, or two services of one environment, that want the same thing of which the
cluster has one: a host name with the same path, the address of a load balancer, a port of the nodes.

### Why it matters
The first to be applied has it. The other one is refused, or takes its requests.

### Use instead
An overlay that gives each environment its own: `services.api.route.host = \"a.example.org\"`. Environments are of one
cluster where they say the same `cluster` or `kube-context`.
",
};

static ONE_TAG_TWO_CONTENTS: Code = Code {
    id: "one-tag-two-contents",
    severity: Severity::Error,
    explain: "\
### What it does
Reports two environments that build different images under the same name and tag.

### Why it matters
Which of them runs would depend on who built last.

### Use instead
Another `project.version` for one of the environments, no version (the tag is then a hash of the content), or the same
base, lock file and packages in both.
",
};

/// Checks the environments against each other.
pub fn across(environments: &[Environment], sink: &mut Sink) {
    for (index, second) in environments.iter().enumerate() {
        within(second, sink);
        for first in &environments[..index] {
            if share_a_cluster(first, second) {
                namespaces(first, second, sink);
                addresses(first, second, sink);
            }
            images(first, second, sink);
        }
    }
}

fn share_a_cluster(first: &Environment, second: &Environment) -> bool {
    let (a, b) = (&first.resolved.environment, &second.resolved.environment);
    let same_cluster = a.cluster.as_ref().zip(b.cluster.as_ref()).is_some_and(|(a, b)| a.value == b.value);
    let same_context = a.kube_context.as_ref().zip(b.kube_context.as_ref()).is_some_and(|(a, b)| a.value == b.value);
    first.plan.identity.has_kubernetes && second.plan.identity.has_kubernetes && (same_cluster || same_context)
}

/// Things of which a cluster has one: what it is called in a message, and where it was asked for.
fn only_ones(environment: &Environment) -> Vec<(String, Origin)> {
    let mut ones = Vec::new();
    for workload in environment.plan.workloads.values() {
        if let Some(route) = &workload.route {
            let paths = route.paths.iter().map(|(path, _)| (format!("host `{}{path}`", route.host), route.host.origin));
            ones.extend(paths);
        }
        if let Some(expose) = &workload.expose {
            ones.extend(expose.ip.iter().map(|it| (format!("address `{it}`"), it.origin)));
            ones.extend(expose.node_port.iter().map(|it| (format!("node port {it}"), it.origin)));
        }
    }
    ones
}

fn addresses(first: &Environment, second: &Environment, sink: &mut Sink) {
    let theirs = only_ones(first);
    for (what, origin) in only_ones(second) {
        let Some((_, other)) = theirs.iter().find(|(it, _)| *it == what) else { continue };
        let message = format!("`{}` and `{}` share the {what} of one cluster", first.name, second.name);
        let diagnostic = Diagnostic::new(&ADDRESS_SHARED, message).at(origin, format!("of `{}`", second.name));
        let diagnostic = if *other == origin {
            diagnostic.help(format!("say another one in [environments.{}]", second.name))
        } else {
            diagnostic.at(*other, format!("of `{}`", first.name))
        };
        sink.report(diagnostic);
    }
}

/// The services of one environment, which share its cluster in any case.
fn within(environment: &Environment, sink: &mut Sink) {
    if !environment.plan.identity.has_kubernetes {
        return;
    }
    let mut seen: Vec<(String, Origin)> = Vec::new();
    for (what, origin) in only_ones(environment) {
        let Some((_, first)) = seen.iter().find(|(it, _)| *it == what) else {
            seen.push((what, origin));
            continue;
        };
        let message = format!("two services of `{}` share the {what}", environment.name);
        let diagnostic = Diagnostic::new(&ADDRESS_SHARED, message).at(origin, "this one");
        sink.report(if *first == origin { diagnostic } else { diagnostic.at(*first, "and this one") });
    }
}

fn namespaces(first: &Environment, second: &Environment, sink: &mut Sink) {
    for b in second.plan.namespaces.iter().map(|it| &it.name) {
        let Some(a) = first.plan.namespaces.iter().map(|it| &it.name).find(|it| it.value == b.value) else { continue };
        let message = format!("`{}` and `{}` share the namespace `{a}` of one cluster", first.name, second.name);
        let of = |it: &Environment| format!("the namespace of `{}`", it.name);
        let diagnostic = Diagnostic::new(&NAMESPACE_SHARED, message);
        let diagnostic = diagnostic.at(b.origin, of(second)).at(a.origin, of(first));
        sink.report(diagnostic.help("give one of them another `namespace`"));
    }
}

fn images(first: &Environment, second: &Environment, sink: &mut Sink) {
    for a in first.plan.images.values() {
        let same = |b: &&Image| b.repository.value == a.repository.value && b.tag.value == a.tag.value;
        let Some(b) = second.plan.images.values().find(same).filter(|b| b.making != a.making) else { continue };
        let message = format!(
            "`{}:{}` has one content in `{}` and another in `{}`",
            a.repository, a.tag, first.name, second.name
        );
        let diagnostic = Diagnostic::new(&ONE_TAG_TWO_CONTENTS, message).at(&a.tag, "one tag for both");
        let diagnostic = differences(a, b).into_iter().fold(diagnostic, |diagnostic, (what, [a, b])| {
            let here = |it: &Environment| format!("the {what} in `{}`", it.name);
            diagnostic.at(place(a), here(first)).at(place(b), here(second))
        });
        sink.report(diagnostic.help("leave `version` out for a tag that is a hash of the content, or build one image"));
    }
}

/// What two recipes say differently, with both places.
fn differences(a: &Image, b: &Image) -> Vec<(&'static str, [Origin; 2])> {
    let (Some(a), Some(b)) = (a.recipe(), b.recipe()) else { return Vec::new() };
    let origin = |it: Option<Origin>| it.unwrap_or_default();
    let lock = |it: &Recipe| origin(it.lock.as_ref().map(|it| it.origin));
    let packages = |it: &Recipe| origin(it.system_packages.first().map(|it| it.origin));
    let all = [
        ("base", a.base != b.base, [a.base.origin, b.base.origin]),
        ("lock file", a.lock != b.lock, [lock(a), lock(b)]),
        ("system packages", a.system_packages != b.system_packages, [packages(a), packages(b)]),
    ];
    all.into_iter().filter(|(_, differs, _)| *differs).map(|(what, _, places)| (what, places)).collect()
}

/// Where something is written; of what was assumed, the key of what it was assumed for.
fn place(origin: Origin) -> Spot {
    if origin.rule.is_some() { Spot::key(origin) } else { Spot::value(origin) }
}
