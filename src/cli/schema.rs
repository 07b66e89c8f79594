//! `mlopsc schema`: the JSON Schemas of what people write and of what programs read.

use super::args::{Schema, SchemaOf};
use super::{Exit, print};

pub(super) fn run(it: &Schema) -> Exit {
    print::data(match it.of {
        SchemaOf::Spec => crate::spec::schema_text(),
        SchemaOf::Diff => crate::diff::schema_text(),
    });
    Exit::Clean
}
