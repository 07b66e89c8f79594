//! How many replicas there are, how they are replaced, and how many may be away.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{Count, Duration, LabelKey, LabelValue, MetricName, Percent, Ranged, ShortForm, ShortValue, Table};
use crate::source::At;

/// Lets load decide the number of replicas: a HorizontalPodAutoscaler. The workload then carries no `replicas`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Autoscale {
    /// The least number of replicas. Assumed: 1.
    pub min: Option<At<Count>>,
    /// The greatest number of replicas. Required.
    pub max: Option<At<Count>>,
    /// The share of the requested cpu to aim at. Assumed: 70 where nothing else is aimed at.
    pub cpu_percent: Option<At<Percent>>,
    /// The share of the requested memory to aim at.
    pub memory_percent: Option<At<Percent>>,
    /// The utilization of the pods' GPUs to aim at, as the metric `DCGM_FI_DEV_GPU_UTIL` of a metrics adapter.
    pub gpu_percent: Option<At<Percent>>,
    /// Further metrics, which a metrics adapter of the cluster must serve.
    #[serde(default)]
    pub metrics: Vec<At<Metric>>,
}

/// A metric to scale by.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Metric {
    /// Its name, as the adapter serves it.
    pub name: Option<At<MetricName>>,
    /// The value for each replica to aim at, as a whole number.
    pub average: Option<At<Count>>,
    /// Whether it describes something outside the cluster, such as a queue. Assumed: `false`.
    pub external: Option<At<bool>>,
    /// Labels that select its series.
    #[serde(default)]
    pub labels: Table<LabelKey, LabelValue>,
}

/// A number of replicas, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Budget {
    Count(u32),
    Percent(u32),
}

/// How many pods may be away when nodes are drained. One of the two keys. Assumed for two or more replicas: at most one
/// is away.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Disruption {
    /// As many must stay.
    pub min_available: Option<At<Budget>>,
    /// As many may be away.
    pub max_unavailable: Option<At<Budget>>,
}

/// How new pods take over from old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RolloutForm {
    /// One after the other.
    Rolling,
    /// The old ones stop before the new ones start: for what may run only once.
    Recreate,
}

/// How a change reaches the pods.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rollout {
    /// Assumed: `rolling`, and `recreate` for a single replica that holds a ReadWriteOnce volume or a GPU.
    pub form: Option<At<RolloutForm>>,
    /// How many pods there may be above the wanted number. Assumed: 1.
    pub max_surge: Option<At<Budget>>,
    /// How many of the wanted pods may be missing. Assumed: 0.
    pub max_unavailable: Option<At<Budget>>,
    /// After how long without progress the rollout has failed. Assumed: 10m.
    pub deadline: Option<At<Duration>>,
}

impl ShortForm for Rollout {
    const FIELD: &'static str = "form";
    const EXPECTED: &'static str = "`rolling`, `recreate`, or a table with `max-surge` and `max-unavailable`";

    fn from_short(it: At<ShortValue<'_>>) -> Result<Self, Option<String>> {
        let form = match it.value {
            ShortValue::Str("rolling") => RolloutForm::Rolling,
            ShortValue::Str("recreate") => RolloutForm::Recreate,
            _ => return Err(None),
        };
        Ok(Self { form: Some(At::new(form, it.origin)), ..Self::default() })
    }

    fn short_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<RolloutForm>()
    }
}

/// As many pods as there may be.
const MOST: i64 = 1_000_000;

impl Budget {
    /// The name of the grammar of a share in the schema.
    pub const FORMAT: &'static str = "share";

    /// Whether a text is a share.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(text: &str) -> Result<(), String> {
        Self::parse(text).map(drop)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').filter(|it| it.len() <= 3 && it.bytes().all(|it| it.is_ascii_digit()));
        let percent = percent.and_then(|it| it.parse().ok()).filter(|it| *it <= 100);
        percent.map(Self::Percent).ok_or_else(|| "expected a number, or a share of `0%` to `100%`".to_owned())
    }

    /// How many pods this is of `replicas`, a share being rounded up as Kubernetes rounds it for budgets.
    #[must_use]
    pub fn of(self, replicas: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => {
                let share = (u64::from(replicas) * u64::from(percent)).div_ceil(100);
                u32::try_from(share).unwrap_or(u32::MAX)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl serde::de::Visitor<'_> for Either {
            type Value = Budget;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of pods, or a share such as `25%`")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Budget, E> {
                Ranged::<0, MOST>::new(number).map(|it| Budget::Count(it.u32())).map_err(E::custom)
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Budget, E> {
                super::ranged::whole(number)
                    .ok_or_else(|| E::custom("expected a whole number"))
                    .and_then(|it| self.visit_i64(it))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Budget, E> {
                Budget::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Budget {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Budget".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": MOST,
            "format": Self::FORMAT,
            "x-expected": "a number of pods, or a share such as `25%`",
        })
    }
}
