//! A Docker engine of the tests' own: dockerd with BuildKit and Compose from Debian's packages, in namespaces of its own,
//! without a way to any network.
//!
//! `roots` unpacks the packages, once; `engine` starts and ends the daemon; `client` talks to it; `stand_ins` makes the
//! images that no registry is asked for; `mirror` serves the packages that images install. An engine that cannot be had
//! is [`Missing`], which is never the same as satisfied: see [`OrNotRun`]. One that breaks fails the test.

#![allow(clippy::panic, reason = "an engine that breaks ends the test")]
#![allow(dead_code, unused_imports, unreachable_pub, reason = "every test binary uses a part of it")]

#[path = "docker/client.rs"]
mod client;
#[path = "docker/engine.rs"]
mod engine;
#[path = "cluster/guard.rs"]
mod guard;
#[path = "harness.rs"]
pub(crate) mod harness;
#[path = "kit.rs"]
mod kit;
#[path = "docker/mirror.rs"]
mod mirror;
#[path = "missing.rs"]
mod missing;
#[path = "cluster/programs.rs"]
mod programs;
#[path = "docker/roots.rs"]
mod roots;
#[path = "docker/stand_ins.rs"]
mod stand_ins;

pub use client::{Said, built, said};
pub use engine::Engine;
pub(crate) use kit::{Kit, Site, ready};
pub use mirror::{Mirror, registry, uv, without_frameworks};
pub(crate) use missing::{Missing, OrNotRun};
pub use stand_ins::{StandIn, stand_in_of};
