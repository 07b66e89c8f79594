//! The rules of the house that a project is in: where images come from, and which storage classes volumes ask for.

use super::case::listed;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::Claim;
use crate::source::At;
use crate::spec::ImageReference;

pub(super) static CHECK: Check =
    Check { codes: &[&REGISTRY_NOT_ALLOWED, &STORAGE_CLASS_NOT_ALLOWED, &SETTLES_NOTHING], run };

static REGISTRY_NOT_ALLOWED: Code = Code {
    id: "registry-not-allowed",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an image that would come from, or go to, a registry that is not among the `registries` of [house].

### Why it matters
Images of a hospital are scanned where they are kept. One from elsewhere was seen by nobody, and its registry learns
what the hospital runs.

### Use instead
The same image from a registry of the house, or a mirror of it in `[build] mirrors`.
",
};

static STORAGE_CLASS_NOT_ALLOWED: Code = Code {
    id: "storage-class-not-allowed",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a volume whose `storage-class` is not among the `storage-classes` of [house], or that names none.

### Why it matters
Which disks are encrypted and which are copied at night is a matter of the storage class. Without one a volume is of the
cluster's default, which others may change.

### Use instead
`storage-class` with one of the classes of the house.
",
};

static SETTLES_NOTHING: Code = Code {
    id: "settles-nothing",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a path in `final` of [house] that no file can have.

### Why it matters
A key misspelt settles nothing, and nobody would see it.

### Use instead
A key of the language with its tables in front, `*` for every name: `cluster`, `defaults.user`, `data.*.storage-class`.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for house in &case.resolved.houses {
        let unknown = house.settled.iter().filter(|it| !crate::spec::has_key(it));
        unknown.for_each(|it| sink.report(Diagnostic::new(&SETTLES_NOTHING, format!("there is no `{it}`")).at(it, "")));
        if let Some(first) = house.registries.first() {
            check_registries(case, &house.registries, Spot::from(first), sink);
        }
        if let Some(first) = house.storage_classes.first() {
            let names: Vec<&str> = house.storage_classes.iter().map(|it| it.as_str()).collect();
            check_classes(case, &names, &Spot::from(first), sink);
        }
    }
}

fn check_registries(case: &Case<'_>, allowed: &[At<crate::spec::RegistryPath>], rule: Spot, sink: &mut Sink) {
    let is_allowed =
        |image: &str| ImageReference::parse(image).is_ok_and(|image| allowed.iter().any(|it| it.holds(&image)));
    let own = case.spec().project.as_ref().and_then(|it| it.registry.as_ref());
    let own = own.map(|it| (format!("{it}/{}", case.plan.identity.project), Spot::from(it)));
    let fetched = case.plan.fetched();
    let fetched = fetched.iter().map(|it| (it.reference.to_string(), Spot::value(it.origin)));
    let mut seen = std::collections::BTreeSet::new();
    for (image, spot) in fetched.chain(own).filter(|(image, _)| !is_allowed(image)) {
        if seen.insert(image.clone()) {
            let message = format!("`{image}` is of no registry of the house");
            let diagnostic = Diagnostic::new(&REGISTRY_NOT_ALLOWED, message).at(spot, "");
            let names = listed(allowed.iter().map(|it| it.as_str()));
            sink.report(
                diagnostic.at(rule.clone(), "the house allows these").help(format!("take it from one of {names}")),
            );
        }
    }
}

fn check_classes(case: &Case<'_>, allowed: &[&str], rule: &Spot, sink: &mut Sink) {
    // Compose knows no storage classes.
    for volume in case.plan.volumes.values().filter(|_| case.plan.identity.has_kubernetes) {
        // A dataset without a table is reported as that.
        let is_said = case.spec().data.get(volume.name.as_str()).is_some();
        let is_made = is_said && matches!(volume.claim, Claim::New | Claim::PerReplica | Claim::Run);
        let class = volume.storage_class.as_ref();
        if !is_made || class.is_some_and(|it| allowed.contains(&it.as_str())) {
            continue;
        }
        let (message, spot) = match class {
            Some(it) => (format!("`{it}` is no storage class of the house"), Spot::value(it.origin)),
            None => (format!("`data.{}` names no storage class", volume.name), Spot::key(volume.origin)),
        };
        let diagnostic = Diagnostic::new(&STORAGE_CLASS_NOT_ALLOWED, message).at(spot, "");
        let names = listed(allowed.iter().copied());
        sink.report(diagnostic.at(rule.clone(), "the house allows these").help(format!("use one of {names}")));
    }
}
