//! The stable name of a kind of diagnostic, and what `mlopsc explain` says about it.

use serde::Serialize;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something to know, such as a value that the compiler chose; `check` still succeeds.
    Note,
    /// The output would work but should not be used as it is: exit code 1.
    Warning,
    /// Nothing can be written: exit code 2.
    Error,
}

/// A kind of diagnostic. Its name is kebab-case, says the fault and not the cure, and is never used again for another.
#[derive(Debug)]
pub struct Code {
    /// The name, as `mlopsc explain` takes it.
    pub id: &'static str,
    /// Its weight, unless the rule says otherwise for one case.
    pub severity: Severity,
    /// Markdown: what the rule looks for, why it matters, an example, what to write instead.
    pub explain: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
