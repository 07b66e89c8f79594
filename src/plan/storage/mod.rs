//! Datasets, settings and secrets as what pods mount.

mod config;
mod data;
mod secret;
mod template;
mod together;

pub(super) use config::{CONFIG_JSON, configs, hex, short_hash};
pub(super) use data::volumes;
pub(super) use secret::secrets;
pub(super) use template::{BAD_CONFIG_TEMPLATE, TEMPLATE_VALUE_UNKNOWN};
pub(super) use together::tie;
