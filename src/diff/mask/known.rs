//! Where a text holds one of the values of secrets, or a part of one, in whatever encoding.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use serde_json::Value;

use super::learn::Learnt;
use super::readings::read;
use super::weight::{LEAST, is_plain, is_telling, looks_random};

/// So many bytes of a secret are not shown anywhere.
pub(super) const WINDOW: usize = LEAST;

/// A name of so many characters that is a secret is no name.
const LEAST_IN_NAMES: usize = 16;

/// Values of secrets, plain and encoded.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The longest first.
    values: Vec<Vec<u8>>,
    /// Finds those that are looked for inside of others.
    finder: Option<AhoCorasick>,
    /// Runs of [`WINDOW`] bytes that are in no common word, with the value and the place that each is from; in order.
    windows: Vec<([u8; WINDOW], u32, u32)>,
    /// By the first two bytes of a run, where such runs begin and, at the next, end; empty where there are none.
    starts: Vec<usize>,
}

impl Known {
    /// Learns the secrets that objects hold.
    pub(super) fn of<'v>(objects: impl Iterator<Item = &'v Value> + Clone) -> Self {
        let mut values: Vec<Vec<u8>> = Learnt::of(objects).values.into_iter().collect();
        values.sort_by_key(|it| std::cmp::Reverse(it.len()));
        let mut windows = Vec::new();
        for (value, of) in values.iter().zip(0_u32..) {
            windows.extend(telling(value).into_iter().map(|(run, at)| (run, of, at)));
        }
        windows.sort_unstable();
        let starts = starts(&windows);
        let long = values.iter().filter(|it| it.len() >= WINDOW);
        let finder = AhoCorasick::new(long).ok().filter(|it| it.patterns_len() > 0);
        Self { values, finder, windows, starts }
    }

    /// Whether a text is a secret, or holds a part of one.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.values.iter().any(|it| it == text.trim().as_bytes()) || self.covered(text).contains(&true)
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
        let is_long = |it: &&str| it.len() >= LEAST_IN_NAMES && it.contains(|it: char| it.is_ascii_digit());
        let texts = self.values.iter().filter_map(|it| std::str::from_utf8(it).ok());
        let long = texts.filter(is_long).filter(|it| !it.contains('.'));
        long.fold(name.to_owned(), |name, it| name.replace(it, instead))
    }

    /// For each byte of a text, whether it belongs to a secret.
    fn covered(&self, text: &str) -> Vec<bool> {
        let mut covered = vec![false; text.len()];
        if self.values.is_empty() || text.len() < WINDOW {
            return covered;
        }
        read(text, &mut |reading| {
            let places = self.found(&reading.bytes).into_iter().flat_map(|it| reading.places(it));
            places.for_each(|it| covered[it].fill(true));
        });
        // What fills up base64 goes with it.
        for at in 1..covered.len() {
            covered[at] |= covered[at - 1] && text.as_bytes()[at] == b'=';
        }
        // A character is shown whole or not at all.
        for (at, it) in text.char_indices() {
            let end = at + it.len_utf8();
            let any = covered[at..end].contains(&true);
            covered[at..end].fill(any);
        }
        covered
    }

    /// Where secrets are in a text that is written as they are.
    fn found(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let whole = self.finder.iter().flat_map(|it| it.find_overlapping_iter(bytes));
        let mut found: Vec<Range<usize>> = whole.map(|it| it.range()).collect();
        let mut at = 0;
        while let Some(run) = bytes.get(at..at + WINDOW) {
            let near = self.near(run);
            let first = near.partition_point(|(known, ..)| known.as_slice() < run);
            let same = near[first..].iter().take_while(|(known, ..)| known.as_slice() == run);
            let longest = same.map(|(_, of, from)| self.around(bytes, at, *of as usize, *from as usize));
            if let Some(range) = longest.max_by_key(ExactSizeIterator::len) {
                at = range.end.saturating_sub(WINDOW - 1).max(at);
                found.push(range);
            }
            at += 1;
        }
        found
    }

    /// The windows that begin as a run does.
    fn near(&self, run: &[u8]) -> &[([u8; WINDOW], u32, u32)] {
        let pair = pair(run);
        match (self.starts.get(pair), self.starts.get(pair + 1)) {
            (Some(first), Some(end)) => &self.windows[*first..*end],
            _ => &[],
        }
    }

    /// How far a text goes on as the secret does, in which `at` is at `from`.
    fn around(&self, bytes: &[u8], at: usize, of: usize, from: usize) -> Range<usize> {
        let secret = self.values[of].as_slice();
        let before = bytes[..at].iter().rev().zip(secret[..from].iter().rev()).take_while(|(one, other)| one == other);
        let after = bytes[at..].iter().zip(&secret[from..]).take_while(|(one, other)| one == other);
        at - before.count()..at + after.count()
    }
}

fn pair(run: &[u8]) -> usize {
    usize::from(run[0]) << 8 | usize::from(run[1])
}

/// Where in windows, which are in order, those with each pair of first bytes begin.
fn starts(windows: &[([u8; WINDOW], u32, u32)]) -> Vec<usize> {
    let mut starts = Vec::new();
    for (at, (run, ..)) in windows.iter().enumerate() {
        while starts.len() <= pair(run) {
            starts.push(at);
        }
    }
    starts.push(windows.len());
    starts
}

/// The runs of a secret by which it is known, with where they are: none that are in common words.
fn telling(value: &[u8]) -> Vec<([u8; WINDOW], u32)> {
    let (mut found, mut start) = (Vec::new(), 0);
    for word in value.split(u8::is_ascii_whitespace) {
        let is_odd = std::str::from_utf8(word).map_or(true, |it| !is_plain(it));
        let whole = looks_random(word);
        for (run, at) in word.windows(WINDOW).zip(start..).filter(|(run, _)| is_odd && (whole || is_telling(run))) {
            found.extend(run.try_into().ok().map(|it| (it, at)));
        }
        start += u32::try_from(word.len()).unwrap_or(u32::MAX) + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::base64::encode;
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
    fn what_a_secret_holds_in_another_type_is_a_secret() {
        let secret = json!({"kind": "Secret", "stringData": {"pin": 99_887_766_554_433_u64, "all": {"PlantedKey88": ["Planted99"]}}});
        let text = json!({"kind": "Secret", "data": "PlantedWhole99"});
        let variable = json!({"kind": "Pod", "env": [{"name": "DB_PASSWORD", "value": 8_374_659_283_746_u64}]});
        let known = Known::of([&secret, &text, &variable].into_iter());
        for planted in ["99887766554433", "PlantedKey88", "Planted99", "PlantedWhole99", "8374659283746"] {
            assert!(known.is_in(planted), "{planted}");
        }
    }

    #[test]
    fn a_common_word_is_not_looked_for() {
        let known = known("postgresql");
        assert!(!known.is_in("postgresql") && !known.is_in("use postgresql here") && !known.is_in("postgres:16"));
    }
}
