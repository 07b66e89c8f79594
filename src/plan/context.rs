//! What every part of the planning reads, and the notes that it leaves.

use std::cell::RefCell;

use super::namespaces::{is_spread, namespaces};
use super::{Digests, Inputs, NamespacePlan};
use crate::diag::{Code, Diagnostic, Severity, Spot};
use crate::resolve::Resolved;
use crate::source::{At, Files, Origin, RuleId};
use crate::spec::Spec;

pub(super) static ASSUMED: Code = Code {
    id: "assumed",
    severity: Severity::Note,
    explain: "\
### What it does
Names a value that the spec leaves open and the compiler chose.

### Why it matters
A reader should know what was decided for them: the size of a volume, the port of a probe, who may connect.

### Use instead
Nothing has to change. Write the value down where another one is right.
",
};

/// The planning of one environment.
pub(super) struct Context<'p> {
    pub(super) resolved: &'p Resolved,
    pub(super) spec: &'p Spec,
    pub(super) inputs: &'p Inputs<'p>,
    pub(super) files: &'p Files,
    pub(super) digests: &'p Digests,
    /// The managed namespaces, the home first.
    pub(super) namespaces: Vec<NamespacePlan>,
    pub(super) is_spread: bool,
    notes: RefCell<Vec<Diagnostic>>,
}

impl<'p> Context<'p> {
    pub(super) fn new(resolved: &'p Resolved, inputs: &'p Inputs<'p>) -> Self {
        Self {
            resolved,
            spec: &resolved.spec,
            inputs,
            files: inputs.files,
            digests: &inputs.lock_file.digests,
            namespaces: namespaces(resolved),
            is_spread: is_spread(&resolved.spec),
            notes: RefCell::default(),
        }
    }

    /// A value of the spec, or one that a rule gives and a note names.
    pub(super) fn or_assume<T: Clone>(
        &self,
        written: Option<&At<T>>,
        of: Origin,
        rule: RuleId,
        value: T,
        note: impl FnOnce(&T) -> String,
    ) -> At<T> {
        written.cloned().unwrap_or_else(|| {
            self.note(of, note(&value));
            At::new(value, of.by(rule))
        })
    }

    /// Notes an assumption about the thing whose key is at `of`.
    pub(super) fn note(&self, of: Origin, message: String) {
        self.notes.borrow_mut().push(Diagnostic::new(&ASSUMED, message).at(Spot::key(of), ""));
    }

    /// Reports a mistake that only the planning sees.
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.notes.borrow_mut().push(diagnostic);
    }

    pub(super) fn into_notes(self) -> Vec<Diagnostic> {
        self.notes.into_inner()
    }
}
