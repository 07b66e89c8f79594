//! When two values mean the same: quantities, numbers, numbers that may be strings, and what is empty.

use serde_json::Value;

/// Maps of quantities.
const QUANTITIES: &[&str] = &[
    "limits",
    "requests",
    "capacity",
    "hard",
    "max",
    "min",
    "default",
    "defaultRequest",
    "maxLimitRequestRatio",
    "overhead",
    "allocatable",
];

/// Fields that are a quantity.
const QUANTITY: &[&str] = &["sizeLimit", "divisor", "averageValue", "storage", "memoryLimit"];

/// Fields that take a number or a string.
const INT_OR_STRING: &[&str] = &["targetPort", "port", "maxUnavailable", "minAvailable", "maxSurge"];

/// Fields in which an empty map says something that no map does not.
const MEANT: &[&str] = &["emptyDir", "podSelector", "namespaceSelector", "selector", "labelSelector", "objectSelector"];

/// Whether two values of a field, which is named by the keys that lead to it, mean the same.
pub(super) fn same(names: &[&str], one: &Value, other: &Value) -> bool {
    if one == other {
        return true;
    }
    if let (Value::Number(one), Value::Number(other)) = (one, other) {
        return one.as_f64() == other.as_f64();
    }
    let (Some(first), Some(second)) = (scalar(one), scalar(other)) else { return false };
    let last = names.last().copied().unwrap_or_default();
    let parent = names.len().checked_sub(2).map_or("", |at| names[at]);
    if QUANTITY.contains(&last) || QUANTITIES.contains(&parent) {
        return quantity(&first).is_some() && quantity(&first) == quantity(&second);
    }
    INT_OR_STRING.contains(&last) && first == second
}

/// Whether a value says no more than a field that is not there.
pub(super) fn says_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty() && !MEANT.contains(&name),
        _ => false,
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A quantity in billionths; `None` where it is none, or is larger than any that is real.
pub(super) fn quantity(text: &str) -> Option<i128> {
    let digits = text.find(|it: char| !it.is_ascii_digit() && !"+-.".contains(it)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let (number, negative) = match number.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (number.strip_prefix('+').unwrap_or(number), false),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.len() > 9 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    let billionths = whole.checked_mul(1_000_000_000)?.checked_add(fraction)?;
    let scaled = match suffix {
        "n" => exact(billionths, 1_000_000_000)?,
        "u" => exact(billionths, 1_000_000)?,
        "m" => exact(billionths, 1_000)?,
        "" => billionths,
        "k" => billionths.checked_mul(1_000)?,
        "M" => billionths.checked_mul(1_000_000)?,
        "G" => billionths.checked_mul(1_000_000_000)?,
        "T" => billionths.checked_mul(1_000_000_000_000)?,
        "P" => billionths.checked_mul(1_000_000_000_000_000)?,
        "Ki" => billionths.checked_mul(1 << 10)?,
        "Mi" => billionths.checked_mul(1 << 20)?,
        "Gi" => billionths.checked_mul(1 << 30)?,
        "Ti" => billionths.checked_mul(1 << 40)?,
        "Pi" => billionths.checked_mul(1 << 50)?,
        exponent => {
            let power: u32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            billionths.checked_mul(10_i128.checked_pow(power)?)?
        }
    };
    Some(if negative { -scaled } else { scaled })
}

fn exact(value: i128, by: i128) -> Option<i128> {
    (value % by == 0).then_some(value / by)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_compared_by_value() {
        let same_cpu = |one, other| same(&["resources", "limits", "cpu"], &one, &other);
        assert!(same_cpu(json!("1000m"), json!("1")));
        assert!(same_cpu(json!(2), json!("2")));
        assert!(same_cpu(json!("1000M"), json!("1G")));
        assert!(same_cpu(json!("0.5Gi"), json!("512Mi")));
        assert!(same_cpu(json!("1e3"), json!("1k")));
        assert!(!same_cpu(json!("1G"), json!("1Gi")));
        assert!(!same_cpu(json!("x"), json!("y")));
        assert!(!same(&["data", "size"], &json!("1000m"), &json!("1")));
    }

    #[test]
    fn a_number_may_be_a_string_where_kubernetes_says_so() {
        assert!(same(&["spec", "maxUnavailable"], &json!(1), &json!("1")));
        assert!(!same(&["env", "value"], &json!(1), &json!("1")));
    }

    #[test]
    fn an_empty_selector_says_something() {
        assert!(says_nothing("labels", &json!({})) && says_nothing("rules", &json!([])));
        assert!(!says_nothing("podSelector", &json!({})) && !says_nothing("emptyDir", &json!({})));
    }
}
