//! The values that are learnt from objects: those of Secrets, wherever Secrets are written down, and those whose names
//! tell of a secret, with the parts of each that are secrets by themselves.

use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::base64::decode;
use super::told::{secrets_in, tells};
use super::weight::{LEAST, is_distinctive, is_plain};

/// Shorter values, of which nothing is looked for inside of others, are known where they are all that stands there.
const LEAST_WHOLE: usize = 4;

/// So often is a value taken apart: the login in JSON, in base64, in JSON, in a packed release.
const DEPTH: usize = 6;

/// Of a packed text so many bytes are read: the API takes no Secret of more than 1 MiB, packed.
const MOST_UNPACKED: u64 = 64 << 20;

/// A text of more bytes is no file of settings, and is not read as one.
const MOST_READ: usize = 4 << 20;

/// The texts in the data of a Secret that is written wrong: numbers without quotes, lists, maps with their keys, or a text
/// in place of it all. No server takes it, and each says what it did not take.
fn mistyped(data: &Value) -> Vec<String> {
    match data {
        Value::Object(map) => map.values().filter(|it| !it.is_string()).flat_map(texts_of).collect(),
        other => texts_of(other),
    }
}

fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            map.iter().flat_map(|(key, it)| std::iter::once(key.clone()).chain(texts_of(it))).collect()
        }
        Value::Array(items) => items.iter().flat_map(texts_of).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(_) | Value::Null => Vec::new(),
    }
}

/// What was learnt: values that are looked for anywhere.
#[derive(Default)]
pub(super) struct Learnt {
    pub(super) values: BTreeSet<Vec<u8>>,
    /// What objects and namespaces are called, which is no secret.
    names: BTreeSet<String>,
}

impl Learnt {
    pub(super) fn of<'v>(objects: impl Iterator<Item = &'v Value> + Clone) -> Self {
        let names = objects.clone().flat_map(|it| ["name", "namespace"].map(|key| it["metadata"][key].as_str()));
        let mut learnt = Self { names: names.flatten().map(str::to_owned).collect(), ..Self::default() };
        objects.for_each(|it| learnt.object(it, DEPTH));
        learnt
    }

    /// Learns the secrets of an object, and of those that are written down in it.
    fn object(&mut self, object: &Value, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if object["kind"] == "Secret" {
            let values = |of: &str| object[of].as_object().into_iter().flatten().map(|(key, it)| (key.clone(), it));
            for (key, text) in values("data").filter_map(|(key, it)| Some((key, it.as_str()?))) {
                // What is no base64 is somebody's mistake, and no less secret.
                let value = decode(text).unwrap_or_else(|| text.as_bytes().to_vec());
                self.value(&value, tells(&key), depth);
            }
            for (key, text) in values("stringData").filter_map(|(key, it)| Some((key, it.as_str()?))) {
                self.value(text.as_bytes(), tells(&key), depth);
            }
            for text in ["data", "stringData"].iter().flat_map(|it| mistyped(&object[*it])) {
                self.value(text.as_bytes(), true, depth);
            }
        }
        self.told(object, depth);
    }

    /// Values of variables and fields whose names tell, and Secrets that a text holds.
    fn told(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Object(map) => {
                let named = map.get("name").and_then(Value::as_str).is_some_and(tells);
                for (key, it) in map {
                    match it.as_str() {
                        None if it.is_number() && (tells(key) || (named && key == "value")) => {
                            self.value(it.to_string().as_bytes(), true, depth);
                        }
                        Some(text) if named && key == "value" => self.value(text.as_bytes(), true, depth),
                        // Names of secrets stand under telling keys, too.
                        Some(text) if tells(key) && !is_plain(text) => self.value(text.as_bytes(), true, depth),
                        _ => self.told(it, depth),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|it| self.told(it, depth)),
            Value::String(text) => secrets_in(text).iter().for_each(|it| self.object(it, depth)),
            _ => {}
        }
    }

    /// Learns a value, and the secrets that it is made of.
    fn value(&mut self, value: &[u8], told: bool, depth: usize) {
        self.keep(value, told);
        let Some(depth) = depth.checked_sub(1) else { return };
        if is_packed(value) {
            return self.packed(value, depth);
        }
        let Ok(text) = std::str::from_utf8(value) else { return };
        if let Some(plain) = decode(text).filter(|it| is_text(it) || is_packed(it)) {
            self.value(&plain, told, depth);
        }
        self.document(text, depth);
        for line in text.lines().filter(|it| it.len() < text.trim().len()) {
            self.part(line, false);
        }
        for (name, part) in text.lines().flat_map(assignments) {
            self.part(part, told || tells(name));
        }
        let logins = text.split_once("://").and_then(|(_, rest)| Some(rest.split_once('@')?.0));
        if let Some((_, password)) = logins.or(Some(text).filter(|_| told)).and_then(|it| it.split_once(':')) {
            self.part(password, true);
        }
    }

    /// What Helm keeps of a release: its values, and the manifests that were made of them.
    fn packed(&mut self, packed: &[u8], depth: usize) {
        let mut text = String::new();
        if MultiGzDecoder::new(packed).take(MOST_UNPACKED).read_to_string(&mut text).is_err() {
            return;
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(release) => self.told(&release, depth),
            Err(_) => self.value(text.as_bytes(), false, depth),
        }
    }

    /// The values in a file of settings: all of it is secret, because of some of them.
    fn document(&mut self, text: &str, depth: usize) {
        let is_document = text.contains(':') && text.contains(['\n', '{']) && text.len() <= MOST_READ;
        let Some(document) = is_document.then(|| serde_yaml::from_str::<Value>(text).ok()).flatten() else { return };
        self.told(&document, depth);
        self.leaves(&document, false, depth);
    }

    fn leaves(&mut self, value: &Value, told: bool, depth: usize) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, it)| self.leaves(it, tells(key), depth)),
            Value::Array(items) => items.iter().for_each(|it| self.leaves(it, told, depth)),
            Value::String(text) if told || !is_plain(text) => self.value(text.as_bytes(), true, depth),
            _ => {}
        }
    }

    /// Learns a part of a text, in which there are common words too.
    fn part(&mut self, part: &str, told: bool) {
        if told || !is_plain(part) {
            self.keep(part.as_bytes(), told);
        }
    }

    /// Keeps a value as it is: encodings are undone where it is looked for.
    fn keep(&mut self, value: &[u8], told: bool) {
        let value = value.trim_ascii();
        let text = std::str::from_utf8(value);
        let text_is_plain = text.is_ok_and(is_plain);
        let is_name = text_is_plain && text.is_ok_and(|it| self.names.contains(it));
        let is_short = value.len() >= LEAST_WHOLE && text.is_ok() && !text_is_plain;
        let is_known = text.map_or(value.len() >= LEAST, |it| is_distinctive(it, told));
        if is_name || !(is_known || is_short) {
            return;
        }
        self.values.insert(value.to_owned());
        // A sentence may be broken elsewhere; what is in lines by itself is known line by line.
        if let Ok(text) = text.map(|it| it.replace(' ', ""))
            && is_known
            && !text.contains('\n')
            && is_plain(&text) == text_is_plain
        {
            self.values.insert(text.into_bytes());
        }
    }
}

/// Whether bytes are a text of some length: any word of four letters is base64 of something.
fn is_text(bytes: &[u8]) -> bool {
    let is_readable = |it: &str| it.chars().all(|it| !it.is_control() || it.is_whitespace());
    bytes.len() >= LEAST && std::str::from_utf8(bytes).is_ok_and(is_readable)
}

/// RFC 1952, section 2.3.1.
fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// The names and values of `name=value; name: "value"` on a line.
fn assignments(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split([';', '&']).filter_map(|part| {
        let (name, value) = part.split_once(['=', ':'])?;
        Some((
            name.trim_start_matches("export ").trim_matches([' ', '"', '\'']),
            value.trim_matches([' ', '"', '\'', ',']),
        ))
    })
}
