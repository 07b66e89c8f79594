//! Workloads: what runs, in which pods, with what.

mod awaits;
mod container;
mod env;
mod exposure;
pub(super) mod fit;
mod gpu;
mod handed;
mod helpers;
mod mounts;
mod placement;
mod ports;
mod prepare;
mod probes;
mod resources;
mod run;
mod variants;
mod workload;

use super::image::Images;
use super::{ConfigTable, Index, SecretRef, Volume};

pub(super) use env::RENDEZVOUS_PORT;

pub(super) use exposure::service_host;
pub(super) use helpers::add_helpers;
pub(super) use mounts::{data_path, secret_path};
pub(super) use ports::ports;
pub(super) use prepare::preparation;
pub use variants::replica_share;
pub(super) use variants::variants_of;
pub(super) use workload::workloads;

/// What is planned before workloads are.
pub(super) struct Parts<'p> {
    /// The installation's name.
    pub(super) instance: &'p str,
    pub(super) volumes: &'p Index<Volume>,
    pub(super) configs: &'p Index<ConfigTable>,
    pub(super) secrets: &'p Index<SecretRef>,
    pub(super) images: &'p Images,
}
