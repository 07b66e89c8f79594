//! The user's patches, applied after everything else and named in the output of every run.

use super::emission::Emission;
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::object::{apply_patch, verify};
use crate::plan::Plan;

pub(super) static PATCH_WITHOUT_TARGET: Code = Code {
    id: "patch-without-target",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a [[patches]] entry whose object is not emitted.

### Why it matters
The patch would silently do nothing.

### Use instead
The kind and name of an object of the output; `mlopsc compile` lists them.
",
};

pub(super) static PATCH_FAILS: Code = Code {
    id: "patch-fails",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a step of a [[patches]] entry that does not fit its object: a place that is not there, a value that is missing,
or a field that the kind does not have.

### Use instead
A JSON pointer into the object as it is emitted. `add` makes the last step of the path, but nothing before it.
",
};

pub(super) static PATCHED: Code = Code {
    id: "patched",
    severity: Severity::Note,
    explain: "\
### What it does
Says that an object was changed by a [[patches]] entry.

### Why it matters
What a patch says is not checked by the compiler: it can undo what the hardened defaults promise.
",
};

pub(super) fn apply(plan: &Plan, out: &mut Emission<'_>, sink: &mut Sink) {
    for patch in &plan.patches {
        let target = out.objects_mut().find(|it| it.kind() == patch.kind.as_str() && it.name() == patch.name.as_str());
        let Some(object) = target else {
            let message = format!("there is no {} `{}` to patch", patch.kind, patch.name);
            sink.report(Diagnostic::new(&PATCH_WITHOUT_TARGET, message).at(&patch.name, ""));
            continue;
        };
        for step in &patch.steps {
            if let Err(error) = apply_patch(&mut object.node, step.op, &step.path, step.value.as_ref()) {
                sink.report(Diagnostic::new(&PATCH_FAILS, error.to_string()).at(&step.path, ""));
            }
        }
        if let Some(Err(why)) = verify(object) {
            let message = format!("the patched {} `{}` is none: {why}", patch.kind, patch.name);
            sink.report(Diagnostic::new(&PATCH_FAILS, message).at(patch.origin, "makes something else of it"));
        }
        let message = format!("{} `{}` is patched: what the patch says is unverified", patch.kind, patch.name);
        sink.report(Diagnostic::new(&PATCHED, message).at(patch.origin, ""));
    }
}
