//! The starter for an empty folder: two small programs of the standard library, which check, compile and run as they
//! are.

use super::{PLACEHOLDER, Proposal};
use crate::source::RelPath;

/// The files of the starter, with `NAME` in place of the project's name.
pub const STARTER: &[(&str, &str)] = &[
    ("mlops.toml", include_str!("../../blueprints/starters/basic/mlops.toml")),
    ("train.py", include_str!("../../blueprints/starters/basic/train.py")),
    ("serve.py", include_str!("../../blueprints/starters/basic/serve.py")),
    ("requirements.lock", include_str!("../../blueprints/starters/basic/requirements.lock")),
];

pub(super) fn starter(name: &str) -> Proposal {
    let file = |(path, text): &(&str, &str)| {
        let path = RelPath::parse(path).expect("internal error: our own paths are relative");
        (path, text.replace("NAME", name))
    };
    Proposal {
        files: STARTER.iter().map(file).collect(),
        assumptions: vec![
            "the folder has no program, so a small one is made: train.py writes a model, serve.py answers with it"
                .to_owned(),
            PLACEHOLDER.to_owned(),
        ],
        ..Proposal::default()
    }
}
