//! What a name, or the text around a value, says about it.

use serde_json::Value;

use super::base64::decode;
use super::weight::{is_plain, looks_random};
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

/// Whether a text is a Secret as it is written down, or holds one, even where it was cut off.
pub(super) fn is_written_secret(text: &str) -> bool {
    if !text.contains("Secret") || !text.contains("kind") {
        return false;
    }
    let plain: String = text.chars().filter(|it| !it.is_whitespace() && !"\"'\\".contains(*it)).collect();
    plain.contains("kind:Secret") && plain.to_ascii_lowercase().contains("data:")
}

/// The Secrets that are written down in a text, as JSON or YAML.
pub(super) fn secrets_in(text: &str) -> Vec<Value> {
    if !is_written_secret(text) {
        return Vec::new();
    }
    let documents = match serde_json::from_str::<Value>(text) {
        Ok(document) => vec![document],
        Err(_) => serde_yaml::from_multiple::<Value>(text).unwrap_or_default(),
    };
    let items = |it: Value| match &it["items"] {
        Value::Array(items) => items.clone(),
        _ => vec![it],
    };
    documents.into_iter().flat_map(items).collect()
}

/// Words of a name that say that its value is secret if nobody could have thought of it.
const HINTS: &[&str] = &[
    "key",
    "auth",
    "salt",
    "pepper",
    "seed",
    "cookie",
    "session",
    "signature",
    "sas",
    "dsn",
    "jwt",
    "bearer",
    "webhook",
    "passcode",
    "pin",
    "hmac",
    "connection",
];

/// Whether a value is a random one of at least 16 characters under a name that says what random values are for.
pub(super) fn hints(name: &str, value: &str) -> bool {
    let words = words(name);
    let is_public = words.contains("pub");
    let says = words.split(['_', '-', '.', '/']).any(|it| HINTS.contains(&it));
    let is_random = || value.len() >= 16 && looks_random(value.as_bytes()) && !is_plain(value);
    says && !is_public && is_random()
}

/// Whether a text holds a private key without the lines around it that say so: DER (X.690) of a version and then a key
/// (RFC 8017, 5915, 5958), where a certificate or a public key begins with another sequence.
pub(super) fn holds_key(text: &str) -> bool {
    let unbroken: String = text.replace("\\n", "").split_whitespace().collect();
    let is_digit = |it: char| it.is_ascii_alphanumeric() || it == '+' || it == '/';
    let runs =
        |text: &str| text.split(|it| !is_digit(it)).any(|it| it.len() >= 40 && it.starts_with('M') && is_key(it));
    runs(text) || runs(&unbroken)
}

fn is_key(digits: &str) -> bool {
    let bytes = decode(&digits[..40]).unwrap_or_default();
    let ([0x30, 0x82, _, _, content @ ..] | [0x30, 0x81, _, content @ ..] | [0x30, 0..=0x7f, content @ ..]) =
        bytes.as_slice()
    else {
        return false;
    };
    matches!(content, [0x02, 0x01, 0 | 1 | 3, 0x02 | 0x04 | 0x30, ..])
}

/// Whether a name says that its value is secret, in whatever way its words are joined.
pub(super) fn tells(name: &str) -> bool {
    says_secret(name) || says_secret(&words(name))
}

/// A name whose words are joined by capitals with `-` between them, in small letters.
fn words(name: &str) -> String {
    let mut words = String::new();
    let mut last = ' ';
    for it in name.chars() {
        if it.is_ascii_uppercase() && last.is_ascii_lowercase() {
            words.push('-');
        }
        words.push(it.to_ascii_lowercase());
        last = it;
    }
    words
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
