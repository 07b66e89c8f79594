//! Where images come from, asked for `lock`: registries (the distribution API of the Open Container Initiative), and
//! folders and archives that hold images.
//!
//! One file makes requests, of two kinds that read: GET and HEAD. Every wait has an end, every fault is that of one
//! image, and no password, token or answer of a server gets into a message. What is wanted, and what becomes of the
//! answers, is not known here.

mod access;
mod credentials;
mod error;
mod layout;
mod login;
mod manifest;
mod place;
mod request;
mod store;

pub use access::{Access, Registries};
pub use error::{RegistryError, SourceError};
pub use layout::Layout;
pub use manifest::Found;
