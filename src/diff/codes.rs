//! The codes under which tools that show findings by rule (SARIF, annotations) know the verdicts of a diff.

use super::model::Verdict;
use super::risk;
use crate::diag::{Code, Severity};

macro_rules! code {
    ($name:ident, $id:literal, $severity:ident, $does:literal, $matters:literal) => {
        static $name: Code = Code {
            id: $id,
            severity: Severity::$severity,
            explain: concat!("### What it does\n", $does, "\n\n### Why it matters\n", $matters, "\n"),
        };
    };
}

/// The code of a verdict; nothing that is as it should be has one.
pub(super) fn code_of(verdict: Verdict) -> Option<&'static Code> {
    match verdict {
        Verdict::Same | Verdict::NotStarted => None,
        Verdict::Changed => Some(&OBJECT_DIFFERS),
        Verdict::Create => Some(&OBJECT_MISSING),
        Verdict::Orphan => Some(&OBJECT_ORPHANED),
        Verdict::Terminating => Some(&OBJECT_TERMINATING),
        Verdict::Conflict => Some(&FIELD_CONTESTED),
        Verdict::Replace => Some(&OBJECT_REPLACED),
        Verdict::Immutable => Some(&FIELD_IMMUTABLE),
        Verdict::Refused => Some(&OBJECT_REFUSED),
        Verdict::Unknown => Some(&OBJECT_UNKNOWN),
    }
}

/// Every code of a diff: of its verdicts, then of what it would weaken.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    Verdict::ALL.into_iter().filter_map(code_of).chain(risk::CODES.iter().copied())
}

code!(
    OBJECT_DIFFERS,
    "object-differs",
    Note,
    "Names an object of which `mlopsc diff` found fields that would change, at the line of the spec that changes them.",
    "It is what applying the spec would do; who reviews sees it before it is done."
);
code!(
    OBJECT_MISSING,
    "object-missing",
    Note,
    "Names an object that is wanted and not there, so that applying the spec would make it.",
    "It is what applying the spec would do; who reviews sees it before it is done."
);
code!(
    OBJECT_ORPHANED,
    "object-orphaned",
    Warning,
    "Names an object that was made from this spec once and is not in it any more.",
    "It goes on running, and may hold data, until somebody deletes it; applying the spec does not."
);
code!(
    OBJECT_TERMINATING,
    "object-terminating",
    Warning,
    "Names an object that somebody deleted and that is there only until its finalizers let go of it.",
    "What is applied to it now goes with it, and what it holds may go, too. See who deleted it and what holds it; when it\n\
     is gone, applying makes it anew."
);
code!(
    FIELD_CONTESTED,
    "field-contested",
    Warning,
    "Names an object with a field that somebody else owns and says otherwise about.",
    "Applying is refused until one of them gives way: take the field out of the spec, or take it over with\n\
     `--force-conflicts`."
);
code!(
    OBJECT_REPLACED,
    "object-replaced",
    Warning,
    "Names an object that has to be deleted and made anew, because a field of it can never change.",
    "What it runs stops in between, and applying alone is refused."
);
code!(
    FIELD_IMMUTABLE,
    "field-immutable",
    Error,
    "Names an object that holds data and of which a field would change that never can.",
    "It could only be had by deleting the data. Undo the change, or make another object and copy."
);
code!(
    OBJECT_REFUSED,
    "object-refused",
    Error,
    "Names an object that the server would not take, with its reason.",
    "Applying the spec would fail there."
);
code!(
    OBJECT_UNKNOWN,
    "object-unknown",
    Error,
    "Names an object of which the server could not say what would become of it, with its reason.",
    "Nothing is known: neither that it is the same nor that it differs. The exit code is 3."
);
