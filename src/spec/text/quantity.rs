//! Amounts of cpu, memory and storage in Kubernetes' notation.

use super::names::explain;
use super::text_type;

text_type! {
    /// An amount of cpu: cores (`"4"`, `"0.5"`) or thousandths (`"500m"`). A whole number may stand without quotes.
    Cpu: "cpu", examples ["500m", "4"], or integer;
    |text| explain(millis(text).is_some_and(|it| it > 0), "cores such as `4` or `0.5`, or thousandths such as `500m`")
}

text_type! {
    /// An amount of memory or storage in bytes, with a suffix of Kubernetes: `Ki`, `Mi`, `Gi`, `Ti`, `Pi` are powers
    /// of 1024, `k`, `M`, `G`, `T`, `P` powers of 1000.
    Quantity: "quantity", examples ["512Mi", "4Gi", "2Ti"];
    |text| {
        if text.ends_with('m') {
            return Err("`m` means thousandths of a byte; write `Mi` for mebibytes".to_owned());
        }
        explain(bytes(text).is_some_and(|it| it > 0), "a number above 0 and one of Ki, Mi, Gi, Ti, Pi, k, M, G, T, P")
    }
}

impl Cpu {
    /// Thousandths of a core.
    #[must_use]
    pub fn millis(&self) -> u64 {
        millis(self.as_str()).expect("internal error: a cpu amount was checked")
    }

    /// An amount of so many thousandths, in its shortest form.
    #[must_use]
    pub fn from_millis(millis: u64) -> Self {
        let text = if millis.is_multiple_of(1000) { (millis / 1000).to_string() } else { format!("{millis}m") };
        Self::parse(&text).unwrap_or_default()
    }
}

impl Quantity {
    /// Bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        bytes(self.as_str()).expect("internal error: a quantity was checked")
    }

    /// An amount of so many bytes, with the largest power of 1024 that divides it.
    #[must_use]
    pub fn from_bytes(bytes: u64) -> Self {
        let units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
        let power = (1..units.len()).rev().find(|it| bytes > 0 && bytes.is_multiple_of(1 << (10 * it))).unwrap_or(0);
        Self::parse(&format!("{}{}", bytes >> (10 * power), units[power])).unwrap_or_default()
    }
}

fn millis(text: &str) -> Option<u64> {
    match text.strip_suffix('m') {
        Some(thousandths) => digits(thousandths),
        None => scaled(text, 1000),
    }
}

fn bytes(text: &str) -> Option<u64> {
    let split = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let unit = match suffix {
        "" => 1,
        "k" => 1000,
        "M" => 1000_u64.pow(2),
        "G" => 1000_u64.pow(3),
        "T" => 1000_u64.pow(4),
        "P" => 1000_u64.pow(5),
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "Pi" => 1 << 50,
        _ => return None,
    };
    scaled(number, unit)
}

/// `number × unit` for a decimal number, exactly; `None` where that is no whole number or too large.
fn scaled(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.ends_with('.') {
        return None;
    }
    let mut total = digits(whole)?.checked_mul(unit)?;
    if !fraction.is_empty() {
        let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part = digits(fraction)?.checked_mul(unit)?;
        if !part.is_multiple_of(scale) {
            return None;
        }
        total = total.checked_add(part / scale)?;
    }
    Some(total)
}

fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_counted_in_thousandths() {
        for (text, expected) in [("1", 1000), ("500m", 500), ("0.5", 500), ("1.25", 1250), ("16", 16_000)] {
            assert_eq!(Cpu::parse(text).map(|it| it.millis()), Ok(expected), "{text}");
        }
        for bad in ["", "0", "0m", "m", "1.", ".5", "1.0005", "-1", "1 ", "1k", "99999999999999999999"] {
            assert!(Cpu::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn memory_is_counted_in_bytes() {
        for (text, expected) in [("1Ki", 1024), ("1.5Gi", 1_610_612_736), ("2G", 2_000_000_000), ("4Ti", 4 << 40)] {
            assert_eq!(Quantity::parse(text).map(|it| it.bytes()), Ok(expected), "{text}");
        }
        for bad in ["", "0", "1gb", "1GB", "1GiB", "128m", "1e3", "Gi", "1 Gi", "20000Pi", "0.1"] {
            assert!(Quantity::check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn sums_are_written_as_people_write_them() {
        assert_eq!(Quantity::from_bytes(3 << 30).as_str(), "3Gi");
        assert_eq!(Quantity::from_bytes((1 << 30) + (1 << 29)).as_str(), "1536Mi");
        assert_eq!(Quantity::from_bytes(1500).as_str(), "1500");
        assert_eq!(Cpu::from_millis(2500).as_str(), "2500m");
        assert_eq!(Cpu::from_millis(2000).as_str(), "2");
    }
}
