//! Datasets, settings and secrets as what pods mount.

mod config;
mod data;
mod secret;
mod together;

pub(super) use config::{configs, hex, short_hash};
pub(super) use data::volumes;
pub(super) use secret::secrets;
pub(super) use together::tie;
