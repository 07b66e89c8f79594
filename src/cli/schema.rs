//! `mlopsc schema`: the JSON Schema of the language.

use super::{Exit, print};

pub(super) fn run() -> Exit {
    print::data(crate::spec::schema_text());
    Exit::Clean
}
