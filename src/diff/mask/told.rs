//! What a name, or the text around a value, says about it.

use crate::parse::says_secret;

/// Annotations that hold whole objects, secrets too.
const DUMPS: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    "kapp.k14s.io/original",
    "kapp.k14s.io/original-diff",
    "objectset.rio.cattle.io/applied",
];

/// Whether an annotation holds the whole object.
pub(super) fn is_dump(key: &str) -> bool {
    DUMPS.contains(&key)
}

/// Whether a text is a packed one in base64, once or twice: what Helm keeps of a release, with all its values.
pub(super) fn is_packed(text: &str) -> bool {
    text.starts_with("H4sI") || text.starts_with("SDRzS")
}

/// Whether a name says that its value is secret, in whatever way its words are joined.
pub(super) fn tells(name: &str) -> bool {
    let mut words = String::new();
    let mut last = ' ';
    for it in name.chars() {
        if it.is_ascii_uppercase() && last.is_ascii_lowercase() {
            words.push('-');
        }
        words.push(it);
        last = it;
    }
    says_secret(name) || says_secret(&words)
}

/// Whether a line gives a value to a name that tells of a secret; in a text of several lines it may follow on the next.
pub(super) fn line_tells(line: &str, goes_on: bool) -> bool {
    let told = |at: usize| {
        let name = line[..at].trim().trim_matches(['"', '\'', '-', ' ']);
        let name = name.rsplit([' ', '\t', ',', '{', '"', '\'']).next().unwrap_or_default();
        let value = line[at + 1..].trim().trim_matches(['"', '\'', ',']);
        let is_value = if value.is_empty() { goes_on } else { !value.starts_with("$(") && !value.starts_with("${") };
        is_value && tells(name)
    };
    line.match_indices(['=', ':']).any(|(at, _)| told(at))
}
