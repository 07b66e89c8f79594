//! Variants of a service: what is different in each, and who is answered by which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Amount, EnvName, EnvValue, HeaderName, ImageUse, Name, OneLine, Percent, Resources, Short, Table, Text};
use crate::source::At;

/// Who sends requests to the variants of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SplitBy {
    /// The gateway of the service's `route`: it counts requests, or reads their headers. Each variant has a Service of
    /// its own, and callers inside the cluster reach the main one.
    Gateway,
    /// The one Service, which any pod answers: the replicas are shared out by weight.
    Replicas,
}

/// How requests are shared out between a service and its variants.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Split {
    /// By what. Assumed: `gateway` for a service with a route to one, else `replicas`.
    pub by: Option<At<SplitBy>>,
}

/// The requests that a variant answers, all of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Match {
    /// Headers of the request, each with its very value.
    #[serde(default)]
    pub header: Table<HeaderName, OneLine>,
}

/// Another form of the service that runs beside it. What it does not say is as in the service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Variant {
    /// `false` switches it off.
    pub enabled: Option<At<bool>>,
    /// Another image.
    pub image: Option<At<Short<ImageUse>>>,
    /// The arguments, in place of the service's.
    #[serde(default)]
    pub args: Vec<At<Text>>,
    /// Variables beside those of the service, or in their place.
    #[serde(default)]
    pub env: Table<EnvName, Short<EnvValue>>,
    /// What it asks for, where that is not what the service does.
    pub resources: Option<At<Resources>>,
    /// How many there are, with `split.by = "gateway"`. Assumed: as many as of the service.
    pub replicas: Option<At<Amount>>,
    /// Its share of the requests, or of the replicas, in hundredths. The service keeps the rest.
    pub weight: Option<At<Percent>>,
    /// The requests that it answers, in place of a share.
    #[serde(rename = "match")]
    pub matching: Option<At<Match>>,
}

/// Whose variant a workload is.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantOf {
    pub service: Name,
    pub name: Name,
    pub by: SplitBy,
}
