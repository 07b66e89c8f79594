//! Services in several variants, and who is answered by which.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Run, replica_share};
use crate::source::{At, Origin};
use crate::spec::{Amount, Name, SplitBy, Variant, Workload};

pub(super) static CHECK: Check = Check { codes: &[&VARIANT_IMPOSSIBLE, &SPLIT_UNCLEAR], run };

static VARIANT_IMPOSSIBLE: Code = Code {
    id: "variant-impossible",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a variant of a service that is no Deployment, and one whose name `<service>-<variant>` is taken or too long.

### Why it matters
A StatefulSet keeps data that belongs to its own pods, and a DaemonSet has a pod on every node: neither can be there
twice.

### Use instead
A Deployment; another name.
",
};

static SPLIT_UNCLEAR: Code = Code {
    id: "split-unclear",
    severity: Severity::Error,
    explain: "\
### What it does
Reports variants of which it is not known who is answered by which: shares of more than 100 in all, a variant with both
a `weight` and a `match` or with neither, a split by gateway without a route to one, a header that no gateway reads,
replicas that cannot be shared out.

### Why it matters
Some requests would go nowhere, or all of them to one variant.

### Example
```toml
[services.api]
entry = \"serve.py\"
port = 8080
[services.api.variants.b]
weight = 20
match = { header = { x-cohort = \"b\" } }
```

### Use instead
`weight` for a share of the requests, or `match` for those with a header, which needs `split.by = \"gateway\"` and a
`route` without a `class`. By replicas, at least one for the service and one for each variant.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, service) in &case.spec().services {
        let on: Vec<(&Name, &At<Variant>)> =
            service.variants.iter().filter(|(_, it)| it.enabled.is_none_or(|it| it.value)).collect();
        if let Some(split) = service.split.as_ref().filter(|_| service.variants.is_empty()) {
            let message = format!("`services.{name}` has no variants");
            sink.report(Diagnostic::new(&SPLIT_UNCLEAR, message).at(Spot::key(split.origin), "nothing to share out"));
        }
        if on.is_empty() {
            continue;
        }
        let mut of = Of { name, service, sink };
        of.kind(case);
        on.iter().for_each(|(variant, it)| of.named(case, variant, it));
        on.iter().for_each(|(variant, it)| of.one_way(variant, it));
        of.weights(&on);
        match service.splits_by() {
            SplitBy::Gateway => of.by_gateway(),
            SplitBy::Replicas => of.by_replicas(&on),
        }
    }
}

/// A service with variants.
struct Of<'c, 's> {
    name: &'c Name,
    service: &'c Workload,
    sink: &'s mut Sink,
}

impl Of<'_, '_> {
    fn unclear(&mut self, message: String, at: impl Into<Spot>, label: &str) {
        self.sink.report(Diagnostic::new(&SPLIT_UNCLEAR, message).at(at, label));
    }

    fn kind(&mut self, case: &Case<'_>) {
        let Some(workload) = case.plan.workloads.get(self.name.as_str()) else { return };
        let kind = match workload.run {
            Run::StatefulSet(_) => "StatefulSet",
            Run::DaemonSet(_) => "DaemonSet",
            Run::Deployment(_) | Run::Job(_) | Run::CronJob(_) => return,
        };
        let origin = self.service.variants.values().next().map(|it| it.origin).unwrap_or_default();
        let message = format!("`services.{}` is a {kind}, which has no variants", self.name);
        let diagnostic = Diagnostic::new(&VARIANT_IMPOSSIBLE, message).at(Spot::key(origin), "only of a Deployment");
        let why = self.service.kind.map(|it| it.origin).or(self.service.outputs.first().map(|it| it.origin));
        self.sink.report(diagnostic.at(why.unwrap_or_default(), "because of this"));
    }

    fn named(&mut self, case: &Case<'_>, variant: &Name, it: &At<Variant>) {
        let full = format!("{}-{variant}", self.name);
        let spec = case.spec();
        let other = spec.services.get(&full).map(|it| it.origin).or(spec.stages.get(&full).map(|it| it.origin));
        let known = spec.variants.get(&full);
        if let Some(other) = other.or(known.map(|it| it.origin).filter(|other| *other != it.origin)) {
            let diagnostic = Diagnostic::new(&VARIANT_IMPOSSIBLE, format!("the name `{full}` is taken"));
            let diagnostic = diagnostic.at(Spot::key(it.origin), "would be called so");
            self.sink.report(diagnostic.at(Spot::key(other), "is called so"));
        } else if let Err(why) = Name::check(&full) {
            let diagnostic = Diagnostic::new(&VARIANT_IMPOSSIBLE, format!("`{full}` is no name"));
            self.sink.report(diagnostic.at(Spot::key(it.origin), why));
        }
    }

    /// Each variant says in one way which requests it answers.
    fn one_way(&mut self, variant: &Name, it: &At<Variant>) {
        let path = format!("services.{}.variants.{variant}", self.name);
        match (it.weight, &it.matching) {
            (Some(weight), Some(matching)) => {
                let message = format!("`{path}` has both a share of the requests and requests of its own");
                let diagnostic = Diagnostic::new(&SPLIT_UNCLEAR, message).at(Spot::key(weight.origin), "a share");
                self.sink.report(diagnostic.at(Spot::key(matching.origin), "its own"));
            }
            (None, None) => {
                self.unclear(format!("`{path}` gets no requests"), Spot::key(it.origin), "`weight` or `match`");
            }
            (None, Some(matching)) if matching.header.is_empty() => {
                self.unclear(format!("`{path}` would get all requests"), matching.origin, "names no header");
            }
            _ => {}
        }
    }

    fn weights(&mut self, on: &[(&Name, &At<Variant>)]) {
        let weights: Vec<_> = on.iter().filter_map(|(_, it)| it.weight).collect();
        let sum: u32 = weights.iter().map(|it| it.value.u32()).sum();
        if sum > 100 {
            let message = format!("the variants of `services.{}` have {sum} hundredths of it", self.name);
            let start = Diagnostic::new(&SPLIT_UNCLEAR, message);
            self.sink.report(weights.iter().fold(start, |diagnostic, it| diagnostic.at(it.origin, "")));
        }
    }

    fn by_gateway(&mut self) {
        let said = self.service.split.as_ref().and_then(|it| it.by).map(|it| it.origin);
        let class = self.service.route.as_ref().map(|it| it.class.as_ref().map(|it| it.origin));
        let message = format!("no gateway sends requests to `services.{}`", self.name);
        let diagnostic = Diagnostic::new(&SPLIT_UNCLEAR, message).at(said.unwrap_or_default(), "asks for one");
        match class {
            None => self.sink.report(diagnostic.help("give it a `route`, or split by `replicas`")),
            Some(Some(class)) => self.sink.report(diagnostic.at(class, "an Ingress shares nothing out")),
            Some(None) => {}
        }
    }

    fn by_replicas(&mut self, on: &[(&Name, &At<Variant>)]) {
        for (variant, it) in on {
            if let Some(matching) = &it.matching {
                let message = format!("nobody reads the headers of requests to `services.{}`", self.name);
                let diagnostic =
                    Diagnostic::new(&SPLIT_UNCLEAR, message).at(Spot::key(matching.origin), "only a gateway");
                self.sink.report(diagnostic.help("give the service a `route` and split by `gateway`"));
            }
            if let Some(replicas) = it.replicas {
                let message = format!("the replicas of `{}-{variant}` follow from its weight", self.name);
                self.unclear(message, Spot::key(replicas.origin), "only with a split by `gateway`");
            }
        }
        if let Some(scale) = &self.service.autoscale {
            let message = format!("the replicas of `services.{}` cannot be shared out", self.name);
            self.unclear(message, Spot::key(scale.origin), "load decides how many there are");
            return;
        }
        let total = self.service.replicas.map_or(1, |it| it.map(Amount::u32).value);
        let given: u32 = on.iter().filter_map(|(_, it)| it.weight).map(|it| replica_share(total, it.value)).sum();
        let sum: u32 = on.iter().filter_map(|(_, it)| it.weight).map(|it| it.value.u32()).sum();
        if sum <= 100 && (given > total || (given == total && sum < 100)) {
            let origin = self.service.replicas.map_or(Origin::NONE, |it| it.origin);
            let first = on.first().map(|(_, it)| it.origin).unwrap_or_default();
            let least = on.len() + usize::from(sum < 100);
            let message = format!("`services.{}` and its variants need {least} replicas at least", self.name);
            let diagnostic = Diagnostic::new(&SPLIT_UNCLEAR, message).at(origin, "too few");
            self.sink.report(diagnostic.at(Spot::key(first), "needs one of its own"));
        }
    }
}

/// What is said about a service and is as true of its variants is said once.
pub(super) fn say_once(case: &Case<'_>, sink: &mut Sink) {
    let variants = &case.spec().variants;
    if variants.is_empty() {
        return;
    }
    let of_service = |message: &str| {
        variants.iter().fold(message.to_owned(), |message, (name, it)| {
            let service = it.variant.as_ref().map(|it| it.service.as_str()).unwrap_or_default();
            let message = message.replace(it.path("services", name).as_str(), &format!("services.{service}"));
            message.replace(&format!("`{name}`"), &format!("`{service}`"))
        })
    };
    let all: Vec<Diagnostic> = sink.all().to_vec();
    sink.retain(|it| {
        let general = of_service(&it.message);
        let is_known =
            |other: &&Diagnostic| other.code.id == it.code.id && other.labels == it.labels && other.message == general;
        general == it.message || !all.iter().any(|other| is_known(&other))
    });
}
