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

/// Maps whose keys and values are somebody's own.
const FREE: &[&str] = &[
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "selector",
    "data",
    "binaryData",
    "stringData",
    "parameters",
];

/// Fields in which an empty map says something that no map does not.
const MEANT: &[&str] = &["emptyDir", "podSelector", "namespaceSelector", "selector", "labelSelector", "objectSelector"];

/// Whether the keys of a map are somebody's own, so that none of them is a field of Kubernetes.
pub(super) fn is_free(map: &str) -> bool {
    FREE.contains(&map)
}

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
    if is_free(parent) {
        return false;
    }
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

/// Whether a kind is one of Kubernetes itself, whose values the server brings into one form.
pub(super) fn is_built_in(object: &Value) -> bool {
    let group = object["apiVersion"].as_str().and_then(|it| it.rsplit_once('/')).map_or("", |(group, _)| group);
    let own = [
        "admissionregistration.k8s.io",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    ];
    matches!(group, "" | "apps" | "batch" | "autoscaling") || own.contains(&group)
}

/// Whether a path of an object leads to a quantity, in the kinds of Kubernetes itself.
pub(super) fn is_quantity(kind: &str, path: &[&str]) -> bool {
    let Some((last, rest)) = path.split_last() else { return false };
    let (parent, above) = (rest.last().copied(), rest.len().checked_sub(2).map(|at| rest[at]));
    let is_resource = matches!(parent, Some("limits" | "requests")) && above == Some("resources");
    let of_kind = match kind {
        "ResourceQuota" => parent == Some("hard"),
        "PersistentVolume" => parent == Some("capacity"),
        "LimitRange" => above == Some("limits"),
        "HorizontalPodAutoscaler" => *last == "averageValue" || (*last == "value" && parent == Some("target")),
        _ => false,
    };
    let in_pod = (*last == "sizeLimit" && parent == Some("emptyDir"))
        || (*last == "divisor" && parent == Some("resourceFieldRef"))
        || (parent == Some("overhead") && above == Some("spec"));
    is_resource || of_kind || in_pod
}

/// A quantity in the form in which the server writes it; `None` where it is none, or has to be rounded.
pub(super) fn canonical(text: &str) -> Option<String> {
    let billionths = quantity(text)?;
    let suffix = text.trim_start_matches(['+', '-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let is_binary = suffix.ends_with('i') && billionths.abs() >= 1024 * 1_000_000_000;
    if suffix.starts_with(['e', 'E']) && suffix.len() > 1 {
        // The server keeps exponents in more than one form.
        return None;
    }
    let (mut number, step, suffixes): (i128, i128, &[&str]) = if is_binary {
        (exact(billionths, 1_000_000_000)?, 1024, &["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"])
    } else {
        (billionths, 1000, &["n", "u", "m", "", "k", "M", "G", "T", "P", "E"])
    };
    let mut at = 0;
    while number != 0 && number % step == 0 && at + 1 < suffixes.len() {
        (number, at) = (number / step, at + 1);
    }
    Some(if number == 0 { "0".to_owned() } else { format!("{number}{}", suffixes[at]) })
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
        "Ei" => billionths.checked_mul(1 << 60)?,
        "E" => billionths.checked_mul(1_000_000_000_000_000_000)?,
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
        assert!(!same(&["metadata", "labels", "storage"], &json!("1000m"), &json!("1")));
    }

    #[test]
    fn quantities_have_one_form() {
        for (text, form) in [
            ("1000m", "1"),
            ("0.5Gi", "512Mi"),
            ("512", "512"),
            ("1024Mi", "1Gi"),
            ("0.5Ki", "512"),
            ("1073741824", "1073741824"),
            ("1500M", "1500M"),
            ("0.1", "100m"),
            ("0Gi", "0"),
            ("100k", "100k"),
            ("1E", "1E"),
            ("1.5Gi", "1536Mi"),
            ("2000", "2k"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(form), "{text}");
        }
        assert_eq!(canonical("4e0"), None);
        assert_eq!(canonical("x"), None);
        assert_eq!(canonical("10.00000000001"), None);
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
