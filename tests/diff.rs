//! `mlopsc diff` without a cluster: files on both sides, and servers that fail.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

#[path = "diff/offline.rs"]
mod offline;
#[path = "diff/secrets.rs"]
mod secrets;
#[path = "diff/server.rs"]
mod server;
#[path = "diff/servers.rs"]
mod servers;
mod support;
