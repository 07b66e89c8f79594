//! `proxy`: the way out of a network that lets nothing out by itself.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::{NoProxy, ShortForm, ShortValue, Url};
use crate::source::At;

/// A proxy that programs and builds go through. They find it in `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, and in the
/// same names in lower case. The names of this project's services, this machine and the cluster are always reached
/// directly. A policy opens the way to it only by an `egress` with its `cidr`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Proxy {
    /// `false` for a workload that goes without the proxy of `[defaults]`; the same as `proxy = false`.
    pub enabled: Option<At<bool>>,
    /// The proxy for `http://`.
    pub http: Option<At<Url>>,
    /// The proxy for `https://`. Assumed: the same.
    pub https: Option<At<Url>>,
    /// What is reached directly: host names, `.domain` for all below it, addresses and ranges of them.
    #[serde(default)]
    pub no_proxy: Vec<At<NoProxy>>,
}

impl ShortForm for Proxy {
    const FIELD: &'static str = "enabled";
    const EXPECTED: &'static str = "`false`, or a table with `http` and `no-proxy`";

    fn from_short(it: At<ShortValue<'_>>) -> Result<Self, Option<String>> {
        match it.value {
            ShortValue::Bool(flag) => Ok(Self { enabled: Some(At::new(flag, it.origin)), ..Self::default() }),
            _ => Err(None),
        }
    }

    fn short_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean" })
    }
}
