//! The user's patches, applied after everything else and named in the output of every run.

use super::emission::Emission;
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::object::{Misfit, Object, apply_patch, verify};
use crate::plan::{ObjectPatch, Plan};

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
or a value of another type than the field has.

### Use instead
A JSON pointer into the object as it is emitted. `add` makes the last step of the path, but nothing before it.
",
};

pub(super) static PATCH_UNKNOWN_FIELD: Code = Code {
    id: "patch-unknown-field",
    severity: Severity::Note,
    explain: "\
### What it does
Says that a [[patches]] entry writes a field that its kind does not have in the version of Kubernetes that this compiler
knows. The field stays in the output.

### Why it matters
A newer cluster may know the field. If it is misspelt, no cluster does, and `kubectl apply` refuses the object.

### Use instead
Compare the spelling with `kubectl explain` of the cluster.
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
        // One name may be there in several namespaces: what is said of it is said of all.
        let is_meant = |it: &&mut Object| it.kind() == patch.kind.as_str() && it.name() == patch.name.as_str();
        let mut count = 0;
        for object in out.objects_mut().filter(is_meant) {
            let known = unknown_fields(object);
            for step in &patch.steps {
                if let Err(error) = apply_patch(&mut object.node, step.op, &step.path, step.value.as_ref()) {
                    sink.report(Diagnostic::new(&PATCH_FAILS, error.to_string()).at(&step.path, ""));
                }
            }
            judge(patch, object, &known, sink);
            count += 1;
        }
        if count == 0 {
            let message = format!("there is no {} `{}` to patch", patch.kind, patch.name);
            sink.report(Diagnostic::new(&PATCH_WITHOUT_TARGET, message).at(&patch.name, ""));
            continue;
        }
        let message = format!("{} `{}` is patched: what the patch says is unverified", patch.kind, patch.name);
        sink.report(Diagnostic::new(&PATCHED, message).at(patch.origin, ""));
    }
}

/// What became of the object is the user's; a field that nobody knows may be one of a newer cluster, a value that fits no
/// type is none anywhere.
fn judge(patch: &ObjectPatch, object: &Object, known: &[String], sink: &mut Sink) {
    match verify(object) {
        None | Some(Ok(())) => {}
        Some(Err(Misfit::Wrong(why))) => {
            let message = format!("the patched {} `{}` is none: {why}", patch.kind, patch.name);
            sink.report(Diagnostic::new(&PATCH_FAILS, message).at(patch.origin, "makes something else of it"));
        }
        Some(Err(Misfit::Unknown(fields))) => {
            // What an earlier patch of the same object wrote was said there.
            for field in fields.iter().filter(|it| !known.contains(it)) {
                let message = format!("`{field}` is no field of a {} that this compiler knows", patch.kind);
                let diagnostic = Diagnostic::new(&PATCH_UNKNOWN_FIELD, message).at(patch.origin, "kept as it is");
                sink.report(diagnostic);
            }
        }
    }
}

fn unknown_fields(object: &Object) -> Vec<String> {
    match verify(object) {
        Some(Err(Misfit::Unknown(fields))) => fields,
        _ => Vec::new(),
    }
}
