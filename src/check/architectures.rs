//! Architectures of nodes that no node has.

use super::{Case, Check};
use crate::catalogue::{architecture_like, is_architecture};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};

pub(super) static CHECK: Check = Check { codes: &[&ARCHITECTURE_UNKNOWN], run };

static ARCHITECTURE_UNKNOWN: Code = Code {
    id: "architecture-unknown",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a label `kubernetes.io/arch`, of a pool or in a `node-selector`, with a value that is no architecture which the
compiler knows.

### Why it matters
Every node says of itself what it is, in the words of Go. For a pod that asks for `x86_64` there is no node: it waits
for ever.

### Use instead
`amd64` for processors of Intel and AMD, `arm64` for those of Arm, `ppc64le` for Power, `s390x` for IBM Z:
```toml
[services.viewer.placement]
node-selector = { \"kubernetes.io/arch\" = \"amd64\" }
```
",
};

/// The label that every node has.
pub(super) const ARCHITECTURE: &str = "kubernetes.io/arch";

fn run(case: &Case<'_>, sink: &mut Sink) {
    if !case.plan.identity.has_kubernetes {
        return;
    }
    let spec = case.spec();
    for label in spec.cluster.iter().flat_map(|it| &it.pools).filter_map(|(_, it)| it.label.as_ref()) {
        if let (ARCHITECTURE, value) = label.parts() {
            check(value, Spot::from(label), |it| format!("{ARCHITECTURE}={it}"), sink);
        }
    }
    let of_helpers = spec.defaults.iter().filter_map(|it| it.placement.as_ref());
    for placement in case.programs().filter_map(|it| it.workload.placement.as_ref()).chain(of_helpers) {
        for (_, value) in placement.node_selector.iter().filter(|(key, _)| key.as_str() == ARCHITECTURE) {
            check(value, Spot::from(value), str::to_owned, sink);
        }
    }
}

fn check(value: &str, spot: Spot, written: impl Fn(&str) -> String, sink: &mut Sink) {
    if is_architecture(value) {
        return;
    }
    let diagnostic = Diagnostic::new(&ARCHITECTURE_UNKNOWN, format!("`{value}` is no architecture of nodes"));
    let diagnostic = diagnostic.at(spot.clone(), "");
    sink.report(match architecture_like(value) {
        Some(near) => diagnostic.did_you_mean_text(spot, Some(written(near))),
        None => diagnostic.help("write it as Go does: `amd64`, `arm64`, `ppc64le` or `s390x`"),
    });
}
