//! Whole numbers with a least and a greatest value.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

/// A whole number of `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Ranged<const MIN: i64, const MAX: i64>(i64);

/// How many of something there are; none is allowed.
pub type Amount = Ranged<0, 1_000_000>;
/// How many of something there are, at least one.
pub type Count = Ranged<1, 1_000_000>;
/// A share in hundredths.
pub type Percent = Ranged<1, 100>;
/// A port number.
pub type PortNumber = Ranged<1, 65_535>;
/// The number of a user or group that is not root.
pub type UserId = Ranged<1, 2_147_483_647>;
/// The value of a PriorityClass that users may make.
pub type PriorityValue = Ranged<-1_000_000_000, 1_000_000_000>;

impl<const MIN: i64, const MAX: i64> Ranged<MIN, MAX> {
    /// The number, if it is in the range.
    ///
    /// # Errors
    /// The range.
    pub fn new(number: i64) -> Result<Self, String> {
        if (MIN..=MAX).contains(&number) { Ok(Self(number)) } else { Err(format!("expected {MIN} to {MAX}")) }
    }

    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The number, for ranges without negative values that fit.
    ///
    /// # Panics
    /// When the range of the type does not fit, which its first use shows.
    #[must_use]
    pub fn u32(self) -> u32 {
        u32::try_from(self.0).expect("internal error: the range fits")
    }
}

impl<const MIN: i64, const MAX: i64> fmt::Display for Ranged<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Ranged<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whole).and_then(|it| Self::new(it).map_err(serde::de::Error::custom))
    }
}

/// A number without a fraction is a whole one, as in JSON Schema, however it is written.
#[must_use]
pub(super) fn whole(number: f64) -> Option<i64> {
    // Beyond this not every whole number is a float.
    const MOST: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is in the range")]
    (number.fract() == 0.0 && number.abs() <= MOST).then_some(number as i64)
}

struct Whole;

impl serde::de::Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<i64, E> {
        whole(number).ok_or_else(|| E::custom("expected a whole number"))
    }
}

impl<const MIN: i64, const MAX: i64> JsonSchema for Ranged<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Ranged_{MIN}_{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": MIN, "maximum": MAX})
    }
}
