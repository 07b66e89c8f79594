//! `mlopsc diff` without a cluster: files on both sides, and servers that fail.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

#[path = "diff/defaults.rs"]
mod defaults;
#[path = "diff/formats.rs"]
mod formats;
#[path = "diff/hidden.rs"]
mod hidden;
#[path = "diff/hostile.rs"]
mod hostile;
#[path = "diff/lost.rs"]
mod lost;
#[path = "diff/meaning.rs"]
mod meaning;
#[path = "diff/offline.rs"]
mod offline;
#[path = "diff/secrets.rs"]
mod secrets;
#[path = "diff/server.rs"]
mod server;
#[path = "diff/servers.rs"]
mod servers;
#[path = "diff/sides.rs"]
mod sides;
mod support;
