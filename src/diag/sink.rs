//! Where diagnostics are collected, so that one run reports all of them.

use std::collections::HashMap;

use smol_str::SmolStr;

use super::{Diagnostic, Severity};

/// The diagnostics of a run.
#[derive(Debug, Default)]
pub struct Sink {
    all: Vec<Diagnostic>,
    places: Places,
}

/// Where the diagnostics of a message are: a large project has thousands, and each is compared with few.
type Places = HashMap<String, Vec<usize>>;

impl Sink {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; the same one twice counts once.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        let places = self.places.entry(diagnostic.message.clone()).or_default();
        if !places.iter().any(|at| self.all[*at] == diagnostic) {
            places.push(self.all.len());
            self.all.push(diagnostic);
        }
    }

    /// Whether anything here forbids writing.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.all.iter().filter(|it| it.severity == severity).count()
    }

    /// All of them, in the order in which they were found.
    #[must_use]
    pub fn all(&self) -> &[Diagnostic] {
        &self.all
    }

    /// Keeps what `keep` accepts.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.all.retain(keep);
        self.places = Places::new();
        for (at, diagnostic) in self.all.iter().enumerate() {
            self.places.entry(diagnostic.message.clone()).or_default().push(at);
        }
    }

    /// Joins the diagnostics of several environments: one that holds in all of them is said once and without a name.
    #[must_use]
    pub fn join(environments: Vec<(SmolStr, Self)>) -> Self {
        let all = environments.len();
        let mut joined = Self::new();
        for (name, sink) in environments {
            for diagnostic in sink.all {
                let places = joined.places.entry(diagnostic.message.clone()).or_default();
                match places.iter().find(|at| joined.all[**at].is_same(&diagnostic)) {
                    Some(at) => joined.all[*at].environments.push(name.clone()),
                    None => {
                        places.push(joined.all.len());
                        joined.all.push(Diagnostic { environments: vec![name.clone()], ..diagnostic });
                    }
                }
            }
        }
        for diagnostic in joined.all.iter_mut().filter(|it| it.environments.len() == all) {
            diagnostic.environments.clear();
        }
        joined
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
