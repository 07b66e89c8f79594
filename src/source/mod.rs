//! Files in, spans out: where every value came from.
//!
//! This room reads the project's files through one read-only [`Files`] value, and defines [`Node`], the value that
//! carries its [`Origin`] from a line of a file to a field of an emitted object. It knows neither TOML nor the language.

mod at;
mod decode;
mod disk;
mod files;
mod map;
mod node;
mod origin;
mod serial;
mod sources;

pub use at::At;
pub use decode::{DecodeError, decode, decode_known};
pub use files::{FileError, Files, RelPath};
pub use map::Map;
pub use node::{Node, Value};
pub use origin::{NodeId, Origin, RuleId};
pub use sources::{FileId, Part, Place, Position, Sources, Span, Step, steps_of};
