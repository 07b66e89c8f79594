//! Secrets, taken out before anything is shown: by where they stand, by what is said of them, and by their value.
//!
//! Hidden are all values of Secrets; what stands under a name that tells (`password`, `DB_TOKEN`, `--api-key`), or has the
//! form of a credential; objects as annotations hold them, and Secrets as texts do; and every value of any Secret that is
//! on either side, wherever it stands: in another object, in a message, in the name of a field; as it is, cut, broken
//! into lines, in base64, in hex, in percent-encoding or with escapes, and inside of each other.
//!
//! What many people write is not hidden because a Secret has it, too: a word such as `postgres`, a number such as `8080`,
//! a name, an address, a path. Looked for is a value of at least 6 characters in which letters mix with digits, small
//! letters with capitals, or either with signs; a number of at least 12 digits; and words of at least 20 characters in
//! all, or of 12 where a name says that they are secret. Under a Secret and under names that tell, all is hidden.

mod base64;
mod known;
mod learn;
mod readings;
mod told;
mod weight;

use serde_json::{Map, Value};

use super::path::Step;
use crate::object::Object;
use crate::parse::credential;

pub(super) use base64::encode;
use known::{Known, WINDOW};
use told::{hints, holds_key, is_dump, is_packed, is_written_secret, line_tells, tells};

/// What stands in the place of a secret.
pub const HIDDEN: &str = "(hidden)";

/// A message of others without the secrets that objects hold, and without lines that hold a credential by their form.
#[must_use]
pub fn safe(message: &str, objects: &[Object]) -> String {
    let objects: Vec<Value> = objects.iter().map(|it| it.node.to_json()).collect();
    Mask::of(objects.iter()).text(message)
}

/// What must not be shown.
#[derive(Debug, Default)]
pub(super) struct Mask {
    known: Known,
}

impl Mask {
    /// Learns the secrets that objects hold.
    pub(super) fn of<'v>(objects: impl Iterator<Item = &'v Value> + Clone) -> Self {
        Self { known: Known::of(objects) }
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

    /// A text without the values of secrets that are known, and without parts of them.
    pub(super) fn inside(&self, text: &str) -> String {
        self.known.out_of(text, HIDDEN)
    }

    /// The name of an object.
    pub(super) fn name(&self, name: &str) -> String {
        self.known.out_of_name(name, HIDDEN)
    }

    /// What may be shown of a text of which nothing is known.
    pub(super) fn text(&self, text: &str) -> String {
        if text.contains("PRIVATE KEY") || holds_key(text) || is_written_secret(text) {
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
            Value::Number(_) if hidden || tells(key) || self.is_number(value) => HIDDEN.into(),
            Value::Bool(_) | Value::Number(_) if hidden => HIDDEN.into(),
            other => other.clone(),
        }
    }

    fn map(&self, map: &Map<String, Value>, hidden: bool) -> Map<String, Value> {
        let is_secret = map.get("kind").is_some_and(|it| it == "Secret");
        let named = map.get("name").and_then(Value::as_str).is_some_and(tells);
        let entry = |(key, value): (&String, &Value)| {
            let told = (named && key == "value") || (is_secret && matches!(key.as_str(), "data" | "stringData"));
            (self.inside(key), self.node(key, value, hidden || told))
        };
        map.iter().map(entry).collect()
    }

    fn is_number(&self, value: &Value) -> bool {
        let text = value.to_string();
        text.len() >= WINDOW && self.known.is_in(&text)
    }

    fn is_secret(&self, key: &str, text: &str) -> bool {
        // The name of an image may tell of secrets, and its tag is none.
        let told = key != "image" && text.lines().any(|it| line_tells(it, text.contains('\n')));
        let is_written = is_packed(text) || is_written_secret(text) || holds_key(text) || hints(key, text);
        told || is_written || text.lines().any(|it| credential(it).is_some()) || self.known.is_in(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(it: &str) -> Step {
        Step::Key(it.to_owned())
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
