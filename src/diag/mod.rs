//! What went wrong and where: one model of a diagnostic, and one renderer for each reader.
//!
//! This room knows places in files, and nothing of the language: codes stand beside the rules that raise them.

mod code;
mod diagnostic;
mod render;
mod sink;
mod spot;
mod words;

pub use code::{Code, Severity};
pub use diagnostic::{Diagnostic, Edit, Help, Label};
pub use render::{Format, render};
pub(crate) use render::{clean, clean_json};
pub use sink::Sink;
pub use spot::Spot;
pub(crate) use words::in_words;
