//! Named tables that nothing uses.

use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};

pub(super) static CHECK: Check = Check { codes: &[&UNUSED_TABLE], run };

static UNUSED_TABLE: Code = Code {
    id: "unused-table",
    severity: Severity::Warning,
    explain: "\
### What it does
Reports a table of [data], [config], [secrets] or [images] that no stage, service or other part of the spec names in any
environment. Exceptions, roles and quotas speak of things and do not use them. While there are errors it is not asked.

### Why it matters
Often a name is misspelt elsewhere, or the table was left behind: a volume is paid for, or a secret is delivered to a
namespace, and nobody reads it.

### Example
```toml
[config.training]
epochs = 10
[stages.train]
entry = \"train.py\"
```

### Use instead
`config = [\"training\"]` in the stage that reads it, or no such table.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    // What was taken out as wrong may have named anything, and a name that is not found may be the misspelt use.
    if case.resolved.incomplete.anything || sink.has_errors() {
        return;
    }
    for (table, name) in case.resolved.unused.iter() {
        let Some(node) = case.resolved.tree.at([table, name]) else { continue };
        let diagnostic = Diagnostic::new(&UNUSED_TABLE, format!("nothing uses `{table}.{name}`"));
        sink.report(diagnostic.at(Spot::key(node.origin), "").help("name it where it is read, or take it away"));
    }
}
