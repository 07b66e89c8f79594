//! What an environment says about itself.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};

pub(super) static CHECK: Check = Check { codes: &[&NO_TARGET, &NO_REGISTRY], run };

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

fn run(case: &Case<'_>, sink: &mut Sink) {
    let identity = &case.plan.identity;
    if !identity.has_compose && !identity.has_kubernetes {
        let origin = case.resolved.environment.targets.as_ref().map(|it| it.origin).unwrap_or_default();
        let diagnostic = Diagnostic::new(&NO_TARGET, "there is no target").at(origin, "nothing would be written");
        sink.report(diagnostic.help("leave `targets` out for both, or say `enabled = false`"));
    }
    let Some(project) = &case.spec().project else { return };
    let pulls_own = case.programs().any(|it| it.workload.image.as_ref().is_some_and(|it| it.tag.is_some()));
    let has_own = pulls_own || !case.plan.images.is_empty();
    if identity.has_kubernetes && project.registry.is_none() && has_own {
        let diagnostic = Diagnostic::new(&NO_REGISTRY, "the project builds images, and names no registry for them");
        let diagnostic = diagnostic.at(Spot::key(project.origin), "`registry` is missing");
        sink.report(diagnostic.help("add `registry = \"registry.hospital.example/team\"` to [project]"));
    }
}
