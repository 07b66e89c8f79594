//! A Kubernetes cluster of the tests' own: a real API server, its admission, its controllers and its scheduler, on
//! loopback ports, and nodes that are played.
//!
//! `programs` says where the programs come from, `guard` keeps them together and ends them with the test, `control`
//! starts them, `http` and `kubectl` talk to them. A cluster that cannot be had is [`Missing`], which is never the same
//! as satisfied: see [`OrNotRun`]. One that breaks fails the test.

#![allow(clippy::panic, reason = "a cluster that breaks ends the test")]
#![allow(dead_code, unused_imports, unreachable_pub, reason = "every test binary uses a part of it")]

#[path = "cluster/api.rs"]
mod api;
#[path = "cluster/control.rs"]
mod control;
#[path = "cluster/crds.rs"]
mod crds;
#[path = "cluster/guard.rs"]
mod guard;
#[path = "harness.rs"]
pub(crate) mod harness;
#[path = "cluster/http.rs"]
mod http;
#[path = "kit.rs"]
mod kit;
#[path = "missing.rs"]
mod missing;
#[path = "cluster/programs.rs"]
mod programs;

pub use api::{Said, plural_path};
pub use control::{Cluster, Parts};
pub use crds::crds_of;
pub use guard::Reach;
pub use http::Reply;
pub(crate) use missing::{Missing, OrNotRun};
