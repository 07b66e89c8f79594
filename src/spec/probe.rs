//! How the kubelet learns whether a service has started, is ready, and lives.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Count, Duration, HttpPath, PortRef, Short, ShortForm, ShortValue, Text};
use crate::source::At;

/// The probes of a service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Probes {
    /// Until this succeeds once, the others wait. Assumed: as `ready`, for a minute.
    pub startup: Option<At<Short<Probe>>>,
    /// While this fails, no request is sent here. Assumed: a TCP connection to the first port.
    pub ready: Option<At<Short<Probe>>>,
    /// When this fails, the container is restarted. Assumed: a TCP connection to the first port.
    pub live: Option<At<Short<Probe>>>,
}

/// One probe. Exactly one of `http`, `tcp`, `grpc` and `exec` says what is tried.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Probe {
    /// The path of an HTTP request that answers 200 to 399.
    pub http: Option<At<HttpPath>>,
    /// A connection that opens.
    pub tcp: Option<At<bool>>,
    /// The gRPC health service answers `SERVING`.
    pub grpc: Option<At<bool>>,
    /// A command that exits with 0.
    #[serde(default)]
    pub exec: Vec<At<Text>>,
    /// The port that is asked. Assumed: the first.
    pub port: Option<At<Short<PortRef>>>,
    /// How often. Assumed: 10s.
    pub every: Option<At<Duration>>,
    /// How long one try may take. Assumed: 3s.
    pub timeout: Option<At<Duration>>,
    /// How many failures in a row count. Assumed: 3.
    pub failures: Option<At<Count>>,
    /// For `startup`: how long starting may take. Assumed: 60s.
    #[serde(rename = "for")]
    pub within: Option<At<Duration>>,
}

impl ShortForm for Probe {
    const FIELD: &'static str = "http";
    const EXPECTED: &'static str = "the path of an HTTP request, or a table with `http`, `tcp`, `grpc` or `exec`";

    fn from_short(it: At<ShortValue<'_>>) -> Result<Self, Option<String>> {
        let ShortValue::Str(text) = it.value else { return Err(None) };
        let path = HttpPath::parse(text).map_err(Some)?;
        Ok(Self { http: Some(At::new(path, it.origin)), ..Self::default() })
    }

    fn short_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<HttpPath>()
    }
}
