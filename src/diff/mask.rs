//! Secrets, taken out before anything is shown: by where they stand, by what is said of them, and by their value.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::path::Step;
use crate::parse::{credential, says_secret};

/// What stands in the place of a secret.
pub const HIDDEN: &str = "(hidden)";

/// A value of fewer characters is found everywhere, and hides nothing.
const LEAST_INSIDE: usize = 6;
const LEAST_WHOLE: usize = 3;

/// A message of others without the lines that hold a credential by their form.
#[must_use]
pub fn safe(message: &str) -> String {
    Mask::default().text(message)
}

/// What must not be shown.
#[derive(Debug, Default)]
pub(super) struct Mask {
    /// Values of secrets, plain and encoded, the longest first.
    known: Vec<String>,
}

impl Mask {
    /// Learns the secrets that objects hold.
    pub(super) fn of<'v>(objects: impl Iterator<Item = &'v Value>) -> Self {
        let mut known = BTreeSet::new();
        objects.for_each(|it| learn(it, &mut known));
        let mut known: Vec<String> = known.into_iter().collect();
        known.sort_by_key(|it| std::cmp::Reverse(it.len()));
        Self { known }
    }

    /// What may be shown of a value at a path of an object.
    pub(super) fn value(&self, kind: &str, path: &[Step], named: Option<&str>, value: &Value) -> Value {
        let keys: Vec<&str> = super::path::names(path);
        let first = keys.first().copied().unwrap_or_default();
        let hides_all = kind == "Secret" && matches!(first, "data" | "stringData");
        let key = keys.last().copied().unwrap_or_default();
        // Of a variable, the name beside the value tells.
        let told = key == "value" && named.is_some_and(tells);
        // The item of a list behind an option, such as `--password`, is told by the item before it.
        self.node(key, value, hides_all || told || is_dump(key))
    }

    /// A text without the values of secrets that are known.
    pub(super) fn inside(&self, text: &str) -> String {
        let known = self.known.iter().filter(|it| it.len() >= LEAST_INSIDE);
        known.fold(text.to_owned(), |text, it| if text.contains(it.as_str()) { text.replace(it, HIDDEN) } else { text })
    }

    /// What may be shown of a text of which nothing is known.
    pub(super) fn text(&self, text: &str) -> String {
        if text.contains("PRIVATE KEY") {
            return HIDDEN.to_owned();
        }
        let shown = |line: &str| if credential(line).is_some() { HIDDEN.to_owned() } else { line.to_owned() };
        self.inside(text).lines().map(shown).collect::<Vec<_>>().join("\n")
    }

    fn node(&self, key: &str, value: &Value, hidden: bool) -> Value {
        let hidden = hidden || is_dump(key);
        match value {
            Value::Object(map) => Value::Object(self.map(map, hidden)),
            Value::Array(items) => {
                let before = std::iter::once(None).chain(items.iter().map(Some));
                let item = |(it, before): (&Value, Option<&Value>)| {
                    let option = before.and_then(Value::as_str).filter(|it| it.starts_with('-'));
                    let told = option.is_some_and(|it| tells(it.trim_start_matches('-')));
                    self.node(key, it, hidden || told)
                };
                Value::Array(items.iter().zip(before).map(item).collect())
            }
            Value::String(text) if hidden || tells(key) || self.is_secret(key, text) => HIDDEN.into(),
            Value::Number(_) if hidden || tells(key) => HIDDEN.into(),
            Value::Bool(_) | Value::Number(_) if hidden => HIDDEN.into(),
            other => other.clone(),
        }
    }

    fn map(&self, map: &Map<String, Value>, hidden: bool) -> Map<String, Value> {
        let is_secret = map.get("kind").is_some_and(|it| it == "Secret");
        let named = map.get("name").and_then(Value::as_str).is_some_and(tells);
        let entry = |(key, value): (&String, &Value)| {
            let told = (named && key == "value") || (is_secret && matches!(key.as_str(), "data" | "stringData"));
            (key.clone(), self.node(key, value, hidden || told))
        };
        map.iter().map(entry).collect()
    }

    fn is_secret(&self, key: &str, text: &str) -> bool {
        let is_known = |it: &String| text == it || (it.len() >= LEAST_INSIDE && text.contains(it.as_str()));
        // The name of an image may tell of secrets, and its tag is none.
        let told = key != "image" && text.lines().any(|it| line_tells(it, text.contains('\n')));
        told || text.lines().any(|it| credential(it).is_some()) || self.known.iter().any(is_known)
    }
}

/// Whether a line gives a value to a name that tells of a secret; in a text of several lines it may follow on the next.
fn line_tells(line: &str, goes_on: bool) -> bool {
    let told = |at: usize| {
        let name = line[..at].trim().trim_matches(['"', '\'', '-', ' ']);
        let name = name.rsplit([' ', '\t', ',', '{', '"', '\'']).next().unwrap_or_default();
        let value = line[at + 1..].trim().trim_matches(['"', '\'', ',']);
        let is_value = if value.is_empty() { goes_on } else { !value.starts_with("$(") && !value.starts_with("${") };
        is_value && tells(name)
    };
    line.match_indices(['=', ':']).any(|(at, _)| told(at))
}

/// Annotations that hold the whole object.
fn is_dump(key: &str) -> bool {
    super::defaults::NOISE_OF_ANNOTATIONS[..2].contains(&key)
}

/// Whether a name says that its value is secret, in whatever way its words are joined.
fn tells(name: &str) -> bool {
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

/// The secrets of an object, and of what a tool wrote down of it.
fn learn(object: &Value, known: &mut BTreeSet<String>) {
    if let Some(before) = super::owners::last_applied(object) {
        learn(&before, known);
    }
    if object["kind"] == "Secret" {
        for (key, value) in ["data", "stringData"].iter().filter_map(|it| object[*it].as_object()).flatten() {
            let _ = key;
            let Some(text) = value.as_str() else { continue };
            keep(text, known);
            keep(&encode(text), known);
            if let Some(plain) = decode(text) {
                keep(&plain, known);
            }
        }
    }
    learn_told(object, known);
}

/// Values of variables whose names tell.
fn learn_told(value: &Value, known: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let named = map.get("name").and_then(Value::as_str).is_some_and(tells);
            for (key, it) in map {
                match it.as_str() {
                    Some(text) if named && key == "value" && text.len() >= LEAST_INSIDE => keep(text, known),
                    _ => learn_told(it, known),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| learn_told(it, known)),
        _ => {}
    }
}

fn keep(text: &str, known: &mut BTreeSet<String>) {
    // A certificate is known by each of its lines too.
    for part in std::iter::once(text).chain(text.lines().filter(|it| it.len() >= 16)) {
        let part = part.trim();
        if part.len() >= LEAST_WHOLE && !["true", "false"].contains(&part) && part.parse::<u16>().is_err() {
            known.insert(part.to_owned());
        }
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64, as the data of a Secret is written.
pub(super) fn encode(text: &str) -> String {
    let mut out = String::new();
    for part in text.as_bytes().chunks(3) {
        let bits = part.iter().fold(0_u32, |bits, it| bits << 8 | u32::from(*it)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= part.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// The text behind base64; `None` where it is none.
fn decode(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for digit in text.bytes() {
        let value = ALPHABET.iter().position(|it| *it == digit)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 255) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(it: &str) -> Step {
        Step::Key(it.to_owned())
    }

    #[test]
    fn base64_goes_both_ways() {
        for text in ["", "a", "ab", "abc", "correct-horse", "é\n"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        assert_eq!(encode("correct"), "Y29ycmVjdA==");
    }

    #[test]
    fn values_of_secrets_are_hidden_wherever_they_stand() {
        let secret = json!({"kind": "Secret", "data": {"a": encode("hunter22")}});
        let mask = Mask::of([&secret].into_iter());
        assert_eq!(mask.value("Secret", &[key("data"), key("a")], None, &json!("x")), json!(HIDDEN));
        let shown = mask.value("ConfigMap", &[key("data")], None, &json!({"url": "db:hunter22@x", "lines": "a\nb"}));
        assert_eq!(shown, json!({"url": HIDDEN, "lines": "a\nb"}));
        assert_eq!(mask.text("quota of hunter22"), "quota of (hidden)");
        assert_eq!(mask.text(&encode("hunter22")), HIDDEN);
    }

    #[test]
    fn names_and_options_tell() {
        let mask = Mask::default();
        let shown = mask.value("Deployment", &[key("containers")], None, &json!([{"name": "a", "args": ["--db-password", "x",
            "--token=abcdef", "--port", "80"], "env": [{"name": "DB_PASSWORD", "value": "x"}, {"name": "N", "value": "1"}]}]));
        assert_eq!(shown[0]["args"], json!(["--db-password", HIDDEN, HIDDEN, "--port", "80"]));
        assert_eq!(shown[0]["env"], json!([{"name": "DB_PASSWORD", "value": HIDDEN}, {"name": "N", "value": "1"}]));
        let value = [key("env"), key("value")];
        assert_eq!(mask.value("Deployment", &value, Some("API_TOKEN"), &json!("x")), json!(HIDDEN));
        let script = |text: &str| mask.value("ConfigMap", &[key("data"), key("run")], None, &json!(text));
        assert_eq!(script("a: 1\npassword: |\n  hunter\n"), json!(HIDDEN));
        assert_eq!(script("password=ab"), json!(HIDDEN));
        assert_eq!(script("TOKEN=$(cat /run/t)\n"), json!("TOKEN=$(cat /run/t)\n"));
        assert_eq!(mask.value("Pod", &[key("image")], None, &json!("x.org/token:1.2")), json!("x.org/token:1.2"));
        assert_eq!(mask.value("Broker", &[key("spec"), key("adminPassword")], None, &json!("x")), json!(HIDDEN));
    }
}
