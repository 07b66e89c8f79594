//! The values of secrets, and where a text holds one of them or a part of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::base64::{decode, encode, inside};
use super::told::{is_dump, tells};

/// So many bytes of a secret are not shown anywhere.
pub(super) const WINDOW: usize = 6;

/// A secret of fewer characters is only known where it is all that stands there.
const LEAST_WHOLE: usize = 3;

/// Secrets whose parts are looked for inside of other texts as base64.
const LEAST_ENCODED: usize = 8;

/// A name of so many characters that is a secret is no name.
const LEAST_IN_NAMES: usize = 16;

/// Values of secrets, plain and encoded.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The longest first.
    texts: Vec<String>,
    /// Runs of [`WINDOW`] bytes that are in no common word, with the text and the place that each is from; in order.
    windows: Vec<([u8; WINDOW], u32, u32)>,
}

impl Known {
    /// Learns the secrets that objects hold.
    pub(super) fn of<'v>(objects: impl Iterator<Item = &'v Value>) -> Self {
        let mut known = BTreeSet::new();
        objects.for_each(|it| learn(it, &mut known));
        let mut texts: Vec<String> = known.into_iter().collect();
        texts.sort_by_key(|it| std::cmp::Reverse(it.len()));
        let mut windows = Vec::new();
        for (text, of) in texts.iter().zip(0_u32..) {
            let whole = looks_random(text);
            let runs = text.as_bytes().windows(WINDOW).zip(0_u32..).filter(|(run, _)| whole || is_telling(run));
            windows.extend(runs.filter_map(|(run, at)| Some((run.try_into().ok()?, of, at))));
        }
        windows.sort_unstable();
        Self { texts, windows }
    }

    /// Whether a text is a secret, or holds a part of one.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.texts.iter().any(|it| it == text) || self.covered(text).contains(&true)
    }

    /// A text with `instead` in the place of every secret and every part of one.
    pub(super) fn out_of(&self, text: &str, instead: &str) -> String {
        let covered = self.covered(text);
        if !covered.contains(&true) {
            return text.to_owned();
        }
        let (mut out, mut was_covered) = (String::new(), false);
        for (at, it) in text.char_indices() {
            match (covered[at], was_covered) {
                (true, false) => out.push_str(instead),
                (true, true) => {}
                (false, _) => out.push(it),
            }
            was_covered = covered[at];
        }
        out
    }

    /// The name of an object, which only a long secret is taken out of: short ones are in the names of everything.
    pub(super) fn out_of_name(&self, name: &str, instead: &str) -> String {
        let is_long = |it: &&String| it.len() >= LEAST_IN_NAMES && it.bytes().any(|it| it.is_ascii_digit());
        let long = self.texts.iter().filter(|it| is_long(it) && !it.contains('.'));
        long.fold(name.to_owned(), |name, it| name.replace(it.as_str(), instead))
    }

    /// For each byte of a text, whether it belongs to a secret.
    fn covered(&self, text: &str) -> Vec<bool> {
        let bytes = text.as_bytes();
        let mut covered = vec![false; bytes.len()];
        for it in self.texts.iter().filter(|it| it.len() >= WINDOW) {
            text.match_indices(it.as_str()).for_each(|(at, it)| covered[at..at + it.len()].fill(true));
        }
        let mut at = 0;
        while let Some(run) = bytes.get(at..at + WINDOW) {
            let first = self.windows.partition_point(|(known, ..)| known.as_slice() < run);
            let same = self.windows[first..].iter().take_while(|(known, ..)| known.as_slice() == run);
            let longest = same.map(|(_, of, from)| self.around(bytes, at, *of as usize, *from as usize));
            if let Some((start, end)) = longest.max_by_key(|(start, end)| end - start) {
                covered[start..end].fill(true);
                at = end.saturating_sub(WINDOW - 1).max(at);
            }
            at += 1;
        }
        // A character is shown whole or not at all.
        for (at, it) in text.char_indices() {
            let end = at + it.len_utf8();
            let any = covered[at..end].contains(&true);
            covered[at..end].fill(any);
        }
        covered
    }

    /// How far a text goes on as the secret does, in which `at` is at `from`.
    fn around(&self, bytes: &[u8], at: usize, of: usize, from: usize) -> (usize, usize) {
        let secret = self.texts[of].as_bytes();
        let before = bytes[..at].iter().rev().zip(secret[..from].iter().rev()).take_while(|(one, other)| one == other);
        let after = bytes[at..].iter().zip(&secret[from..]).take_while(|(one, other)| one == other);
        (at - before.count(), at + after.count())
    }
}

/// Whether a text is one word that nobody would write: small letters, capitals, digits and signs take turns in it.
fn looks_random(text: &str) -> bool {
    let class = |it: u8| match it {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let is_word = !text.bytes().any(|it| b" ./:_@-\"'\n\t,{}[]()".contains(&it));
    let turns = text.as_bytes().windows(2).filter(|it| class(it[0]) != class(it[1])).count();
    is_word && turns >= (text.len() / 6).max(2)
}

/// Whether a run of bytes is no part of a word, an address or a number, which would be found everywhere.
fn is_telling(run: &[u8]) -> bool {
    let count = |of: fn(&u8) -> bool| run.iter().filter(|it| of(it)).count();
    let lower = count(|it| it.is_ascii_lowercase());
    let upper = count(|it| it.is_ascii_uppercase());
    let digits = count(|it| it.is_ascii_digit());
    let plain = count(|it| b" ./:_@-\"'\n\t,={}[]()".contains(it));
    let odd = run.len() - lower - upper - digits - plain;
    let letters = lower + upper;
    (letters > 0 && digits > 0) || (lower > 0 && upper > 1) || (odd > 0 && odd < run.len())
}

/// The secrets of an object, and of what a tool wrote down of it.
fn learn(object: &Value, known: &mut BTreeSet<String>) {
    let annotations = object["metadata"]["annotations"].as_object().into_iter().flatten();
    for (_, dump) in annotations.filter(|(key, _)| is_dump(key)) {
        if let Some(before) = dump.as_str().and_then(|it| serde_json::from_str(it).ok()) {
            learn(&before, known);
        }
    }
    if object["kind"] == "Secret" {
        for value in ["data", "stringData"].iter().filter_map(|it| object[*it].as_object()).flat_map(|it| it.values()) {
            let Some(text) = value.as_str() else { continue };
            keep(text, known);
            if let Some(plain) = decode(text) {
                keep(&plain, known);
            }
        }
    }
    told(object, known);
}

/// Values of variables and fields whose names tell.
fn told(value: &Value, known: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let named = map.get("name").and_then(Value::as_str).is_some_and(tells);
            for (key, it) in map {
                match it.as_str() {
                    Some(text) if named && key == "value" && text.len() >= WINDOW => keep(text, known),
                    Some(text) if tells(key) && text.len() >= WINDOW && is_odd(text) => keep(text, known),
                    _ => told(it, known),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|it| told(it, known)),
        _ => {}
    }
}

/// Whether a value looks like no name: names of secrets stand under telling keys, too.
fn is_odd(text: &str) -> bool {
    let is_name = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-./_".contains(&it);
    !text.bytes().all(is_name) && text.as_bytes().windows(WINDOW).any(is_telling)
}

/// Keeps a value, its lines, and every form in which it is found elsewhere.
fn keep(text: &str, known: &mut BTreeSet<String>) {
    for part in std::iter::once(text).chain(text.lines().filter(|it| it.len() >= 16)) {
        let part = part.trim();
        if part.len() < LEAST_WHOLE || ["true", "false"].contains(&part) || part.parse::<u16>().is_ok() {
            continue;
        }
        known.insert(part.to_owned());
        known.insert(encode(part));
        // As a server quotes it in JSON, and as Go does, which escapes for HTML.
        let quoted = Value::from(part).to_string();
        let quoted = quoted[1..quoted.len() - 1].to_owned();
        known.insert(quoted.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e"));
        known.insert(quoted);
        if part.len() >= LEAST_ENCODED {
            known.extend(inside(part));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(value: &str) -> Known {
        Known::of([&json!({"kind": "Secret", "data": {"a": encode(value)}})].into_iter())
    }

    #[test]
    fn parts_of_a_secret_are_found() {
        let known = known("tr0ub4dor&3xyz");
        assert_eq!(known.out_of("it was tr0ub4do", "?"), "it was ?");
        assert_eq!(known.out_of("…b4dor&3x and on", "?"), "…? and on");
        assert_eq!(known.out_of("tr0ub is too little", "?"), "tr0ub is too little");
        assert_eq!(known.out_of(&encode("say tr0ub4dor&3xyz now"), "?").matches('?').count(), 1);
        assert_eq!(known.out_of("\"tr0ub4dor\\u00263xyz\"", "?"), "\"?\"");
    }

    #[test]
    fn a_common_word_is_only_known_as_a_whole() {
        let known = known("postgresql");
        assert!(known.is_in("postgresql") && known.is_in("use postgresql here"));
        assert!(!known.is_in("postgres:16"));
    }
}
