//! Where diagnostics are collected, so that one run reports all of them.

use smol_str::SmolStr;

use super::{Diagnostic, Severity};

/// The diagnostics of a run.
#[derive(Debug, Default)]
pub struct Sink(Vec<Diagnostic>);

impl Sink {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; the same one twice counts once.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Whether anything here forbids writing.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|it| it.severity == severity).count()
    }

    /// All of them, in the order in which they were found.
    #[must_use]
    pub fn all(&self) -> &[Diagnostic] {
        &self.0
    }

    /// Keeps what `keep` accepts.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.0.retain(keep);
    }

    /// Joins the diagnostics of several environments: one that holds in all of them is said once and without a name.
    #[must_use]
    pub fn join(environments: Vec<(SmolStr, Self)>) -> Self {
        let all = environments.len();
        let mut joined: Vec<Diagnostic> = Vec::new();
        for (name, sink) in environments {
            for diagnostic in sink.0 {
                match joined.iter_mut().find(|it| it.is_same(&diagnostic)) {
                    Some(known) => known.environments.push(name.clone()),
                    None => joined.push(Diagnostic { environments: vec![name.clone()], ..diagnostic }),
                }
            }
        }
        for diagnostic in joined.iter_mut().filter(|it| it.environments.len() == all) {
            diagnostic.environments.clear();
        }
        Self(joined)
    }
}

impl Diagnostic {
    fn is_same(&self, other: &Self) -> bool {
        self.code == other.code
            && self.severity == other.severity
            && self.message == other.message
            && self.labels == other.labels
    }
}
