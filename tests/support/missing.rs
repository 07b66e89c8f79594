//! Why something that a test needs is not there.
//!
//! Absence has a type of its own, so that no test can take it for approval.

use std::cell::RefCell;
use std::io::{self, Write};
use std::mem;

thread_local! {
    /// What the test of this thread said of itself.
    static NOT_RUN: RefCell<Vec<String>> = RefCell::default();
}

/// What was not tested on this thread since this was last asked, and why.
pub(crate) fn not_run() -> Vec<String> {
    NOT_RUN.with_borrow_mut(mem::take)
}

/// Why a judge or a cluster is not there.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    pub(crate) reason: String,
}

/// Takes an answer apart from the absence of one.
pub(crate) trait OrNotRun<T> {
    /// Gives the answer, or says loudly that `what` was not tested; the harness then counts the test as ignored.
    fn or_not_run(self, what: &str) -> Option<T>;

    /// The same where what is missing is data that a checkout need not have: never a failure.
    fn or_left_out(self, what: &str) -> Option<T>;
}

impl<T> OrNotRun<T> for Result<T, Missing> {
    #[track_caller]
    fn or_not_run(self, what: &str) -> Option<T> {
        match self {
            Ok(answer) => Some(answer),
            Err(missing) => {
                missing.report(what);
                None
            }
        }
    }

    fn or_left_out(self, what: &str) -> Option<T> {
        self.map_err(|missing| missing.say(what)).ok()
    }
}

impl Missing {
    /// Says on standard error that `what` was not tested, and fails where `CI=true`: a check that
    /// cannot run never counts as passed.
    #[track_caller]
    pub(crate) fn report(&self, what: &str) {
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "NOT RUN: {what}: {}", self.reason);
        self.say(what);
        NOT_RUN.with_borrow_mut(|it| it.push(format!("{what}: {}", self.reason)));
    }

    fn say(&self, what: &str) {
        // The print macros are captured by the test harness, where nobody would see the line. Others write there too, so
        // that it has to be written at once.
        let line = format!("NOT RUN: {what}: {}\n", self.reason);
        let _ = io::stderr().write_all(line.as_bytes());
    }
}
