//! The way to a cluster: carries the questions of `diff`, and nothing else.
//!
//! With `registry` the only room that touches a network, and the only one that is asynchronous inside. What a question is, and that
//! none changes anything, is decided in `diff`; the one function that makes a request of it is in `request.rs`.

mod access;
mod asking;
mod client;
mod login;
mod program;
mod request;
mod trust;
mod turns;
mod why;

pub use access::{Access, Cluster, LiveError, connect};
