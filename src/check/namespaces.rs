//! Namespaces: what each says goes together, no two are one, and a dataset is where those are who mount it.

use super::case::listed;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::HOME_KEY;
use crate::spec::{NamespaceMode, PodSecurity, SecretFrom};

pub(super) static CHECK: Check =
    Check { codes: &[&NAMESPACE_UNCLEAR, &NAMESPACE_TWICE, &DATA_ACROSS_NAMESPACES, &SECRET_MADE_TWICE], run };

static NAMESPACE_UNCLEAR: Code = Code {
    id: "namespace-unclear",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a table of [namespaces] whose keys do not go together: a Pod Security level below `restricted` without a
`reason` or a reason without such a level, keys of one's own namespace in an `external` one, an external home, or a
quota of the home beside `[quota]`.

### Why it matters
A lower level is an exception that an auditor asks about, and what is said of another team's namespace has no effect.

### Use instead
`reason = \"…\"` beside `pod-security = \"baseline\"`; of an external namespace its `name` alone.
",
};

static NAMESPACE_TWICE: Code = Code {
    id: "namespace-twice",
    severity: Severity::Error,
    explain: "\
### What it does
Reports two tables of [namespaces] that stand for one namespace of the cluster.

### Why it matters
Their levels, quotas and policies would overwrite each other.

### Use instead
A `name` of its own for each.
",
};

static DATA_ACROSS_NAMESPACES: Code = Code {
    id: "data-across-namespaces",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a dataset that workloads of two namespaces mount.

### Why it matters
A claim belongs to one namespace; pods of another wait for it for ever.

### Use instead
One namespace for all that mount it, or a service between them.
",
};

static SECRET_MADE_TWICE: Code = Code {
    id: "secret-made-twice",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `generated` secret that workloads of two namespaces read.

### Why it matters
Each namespace would get a value of its own under the one name, and neither program would know the other's.

### Use instead
A secret for each, or one from a store that holds the value for both.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, namespace) in &case.spec().namespaces {
        let mut report = |message: String, origin: crate::source::Origin, label: &str| {
            sink.report(Diagnostic::new(&NAMESPACE_UNCLEAR, message).at(Spot::key(origin), label));
        };
        let level = namespace.pod_security;
        let is_lower = level.is_some_and(|it| it.value != PodSecurity::Restricted);
        if let (Some(level), None) = (level.filter(|_| is_lower), &namespace.reason) {
            report(
                format!("`namespaces.{name}` does not say why its level is lower"),
                level.origin,
                "needs a `reason`",
            );
        }
        if let Some(reason) = namespace.reason.as_ref().filter(|_| !is_lower) {
            report(format!("`namespaces.{name}` gives a reason for nothing"), reason.origin, "no level below it");
        }
        let external = namespace.mode.filter(|it| it.value == NamespaceMode::External);
        let own = [
            ("pod-security", level.map(|it| it.origin)),
            ("quota", namespace.quota.as_ref().map(|it| it.origin)),
            ("labels", namespace.labels.iter().next().map(|(_, it)| it.origin)),
        ];
        for (key, origin) in own.into_iter().filter(|_| external.is_some()) {
            if let Some(origin) = origin {
                report(
                    format!("`{key}` of another team's namespace `{name}` has no effect"),
                    origin,
                    "not ours to say",
                );
            }
        }
        if let Some(external) = external.filter(|_| name.as_str() == HOME_KEY) {
            report("the project has no namespace of its own".to_owned(), external.origin, "everything is in this one");
        }
        if let (Some(quota), Some(_), HOME_KEY) = (&namespace.quota, &case.spec().quota, name.as_str()) {
            report("the quota of the home is said twice".to_owned(), quota.origin, "`[quota]` says it");
        }
    }
    shared(case, sink);
    data(case, sink);
    for secret in case.plan.secrets.values().filter(|it| it.from.value == SecretFrom::Generated) {
        let places = case.plan.places_of(secret);
        if places.len() > 1 {
            let message = format!(
                "the secret `{}` would be made in {}",
                secret.name,
                listed(places.iter().map(|it| it.as_str()))
            );
            let diagnostic = Diagnostic::new(&SECRET_MADE_TWICE, message).at(Spot::value(secret.from.origin), "");
            sink.report(diagnostic.help("declare one for each namespace"));
        }
    }
}

fn shared(case: &Case<'_>, sink: &mut Sink) {
    let all = &case.plan.namespaces;
    for (index, namespace) in all.iter().enumerate() {
        if let Some(other) = all[..index].iter().find(|it| it.name.value == namespace.name.value) {
            let message = format!("`{}` and `{}` are both the namespace `{}`", other.key, namespace.key, other.name);
            let diagnostic = Diagnostic::new(&NAMESPACE_TWICE, message).at(namespace.name.origin, "");
            sink.report(diagnostic.at(other.name.origin, "the same"));
        }
    }
}

fn data(case: &Case<'_>, sink: &mut Sink) {
    let home = &case.plan.identity.namespace.value;
    let workloads = case.plan.workloads.values().map(|it| &it.namespace.value);
    let volumes = case.plan.volumes.values().map(|it| &it.namespace.value);
    if workloads.chain(volumes).all(|it| it == home) {
        return;
    }
    for volume in case.plan.volumes.values().filter(|it| !it.claim.is_of_pod()) {
        let users = case
            .plan
            .workloads
            .values()
            .filter(|it| it.pod.volumes.iter().any(|it| it.source.is_dataset(&volume.name)));
        let away: Vec<_> = users.filter(|it| it.namespace.value != volume.namespace.value).collect();
        let Some(first) = away.first() else { continue };
        let message = format!(
            "dataset `{}` is in the namespace `{}`, and {} in another",
            volume.name,
            volume.namespace,
            listed(away.iter().map(|it| it.name.as_str()))
        );
        let diagnostic = Diagnostic::new(&DATA_ACROSS_NAMESPACES, message).at(first.namespace.origin, "here");
        sink.report(diagnostic.at(Spot::key(volume.origin), "mounted by both"));
    }
}
