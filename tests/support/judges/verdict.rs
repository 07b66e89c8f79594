//! What a judge said, or why nothing was said.
//!
//! The absence of a verdict has a type of its own, so that no test can take it for approval.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::Value;

/// One objection of one judge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) file: PathBuf,
    /// Absent where the judge does not tell.
    pub(crate) line: Option<u64>,
    pub(crate) rule: String,
    /// The object or the stage that is meant, where a file holds several.
    pub(crate) subject: Option<String>,
    pub(crate) message: String,
}

/// What a judge made of one file or folder, for tests that compare it with what was meant.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) file: PathBuf,
    pub(crate) findings: Vec<Finding>,
    pub(crate) documents: Vec<Value>,
}

/// Why a judge is not there.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    pub(crate) reason: String,
}

pub(crate) type Judged<T> = Result<T, Missing>;

/// Takes the findings out of readings whose documents nobody asked for.
pub(crate) fn findings(readings: Vec<Reading>) -> Vec<Finding> {
    readings.into_iter().flat_map(|reading| reading.findings).collect()
}

/// Takes a verdict apart from the absence of one.
pub(crate) trait OrNotRun<T> {
    /// Gives the verdict, or says loudly that `what` was not judged.
    fn or_not_run(self, what: &str) -> Option<T>;
}

impl<T> OrNotRun<T> for Judged<T> {
    #[track_caller]
    fn or_not_run(self, what: &str) -> Option<T> {
        match self {
            Ok(verdict) => Some(verdict),
            Err(missing) => {
                missing.report(what);
                None
            }
        }
    }
}

impl Missing {
    /// Says on standard error that `what` was not judged, and fails where `CI=true`: a check that
    /// cannot run never counts as passed.
    #[track_caller]
    pub(crate) fn report(&self, what: &str) {
        let line = format!("NOT RUN: {what}: {}", self.reason);
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{line}");
        // The print macros are captured by the test harness, where nobody would see the line.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}: ", self.rule)?;
        if let Some(subject) = &self.subject {
            write!(f, "{subject}: ")?;
        }
        f.write_str(&self.message)
    }
}
