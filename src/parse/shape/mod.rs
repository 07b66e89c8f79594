//! A tree against the schema: every wrong key, type and value at once, and the tree without them.

mod check;
mod codes;
mod examine;
mod keys;
mod parts;
mod repair;
mod values;

use crate::diag::{Diagnostic, Sink};
use crate::source::DecodeError;

pub use check::check_shape;
pub(super) use codes::{BAD_NAME, MISPLACED_KEY, UNBUILT_KEY, UNKNOWN_KEY, UNKNOWN_WORD, WRONG_TYPE, WRONG_VALUE};
pub use parts::check_parts;
pub use repair::Loss;

/// Reports what the decoder refused and the schema did not: a last line of defence, so that nothing is ever ignored.
pub fn report_decode_error(error: &DecodeError, sink: &mut Sink) {
    sink.report(Diagnostic::new(&WRONG_VALUE, error.message.clone()).at(error.origin, ""));
}
