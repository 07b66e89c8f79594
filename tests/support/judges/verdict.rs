//! What a judge said.

use std::fmt;
use std::path::PathBuf;

use serde_json::Value;

use super::missing::Missing;

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

pub(crate) type Judged<T> = Result<T, Missing>;

/// Takes the findings out of readings whose documents nobody asked for.
pub(crate) fn findings(readings: Vec<Reading>) -> Vec<Finding> {
    readings.into_iter().flat_map(|reading| reading.findings).collect()
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
