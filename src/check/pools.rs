//! Pools that a placement names and nothing in a manifest can name.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};

pub(super) static CHECK: Check = Check { codes: &[&POOL_WITHOUT_LABEL], run };

static POOL_WITHOUT_LABEL: Code = Code {
    id: "pool-without-label",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a `placement.pool` that names a pool without a `label`.

### Why it matters
The scheduler knows nodes by their labels alone. Without one the pods are let onto the nodes of the pool, and onto every
other node as well: what must stay on the encrypted disks of one pool may run anywhere.

### Use instead
The label that the nodes of the pool have and no others:
```toml
[cluster.pools.cpu]
label = \"hospital.example/pool=cpu\"
```
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    let Some(cluster) = case.spec().cluster.as_ref().filter(|_| case.plan.identity.has_kubernetes) else { return };
    for program in case.programs() {
        let Some(name) = program.workload.placement.as_ref().and_then(|it| it.pool.as_ref()) else { continue };
        let Some(pool) = cluster.pools.get(name.as_str()).filter(|it| it.label.is_none()) else { continue };
        let message = format!("nothing keeps `{}` on the nodes of pool `{name}`: it has no label", program.name);
        let diagnostic = Diagnostic::new(&POOL_WITHOUT_LABEL, message).at(name, "");
        sink.report(diagnostic.at(Spot::key(pool.origin), "say with `label` how its nodes are known"));
    }
}
