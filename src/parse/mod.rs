//! Text to tree, and tree against the schema: every mistake of syntax and shape in one run, with a fix where one is
//! near.
//!
//! This room knows no defaults and no environments. A tree that was found wrong is repaired as far as the mistakes
//! allow (a near miss is taken as meant, a wrong value left out), so that the rules behind it can still speak.

mod credential;
mod env_file;
mod secret;
mod set;
mod shape;
mod syntax;
mod toml;

use crate::diag::Code;

pub use credential::credential;
pub use env_file::{Variable, parse_env_file};
pub use secret::{LITERAL_SECRET, says_secret, take_credentials, take_secrets};
pub use set::parse_set;
pub use shape::{Loss, check_parts, check_shape, report_decode_error};
pub use toml::parse_toml;

/// The codes of this room.
pub static CODES: &[&Code] = &[
    &toml::SYNTAX,
    &set::BAD_SET,
    &shape::UNKNOWN_KEY,
    &shape::MISPLACED_KEY,
    &shape::UNBUILT_KEY,
    &shape::WRONG_TYPE,
    &shape::WRONG_VALUE,
    &shape::UNKNOWN_WORD,
    &shape::BAD_NAME,
    &secret::LITERAL_SECRET,
    &env_file::BAD_ENV_FILE,
];
