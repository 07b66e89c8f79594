//! The readings of a text: as it stands, and with encodings undone, each byte with the place that it comes from.
//!
//! Tools write one value in many ways: in base64, in hex, in an address, as JSON inside of JSON, broken into lines. Each
//! way back is tried on what the others gave, so that what is looked for has to be known in one form alone.

use std::ops::Range;

/// So many encodings inside of each other are undone.
const DEPTH: usize = 3;

/// Runs of fewer digits of base64 or of hex hold less than is ever looked for.
const LEAST_BASE64: usize = 8;
const LEAST_HEX: usize = 12;

/// No byte of any text (UTF-8), so that nothing is found across it.
const BREAK: u8 = 0xff;

/// What a text says in one way of reading it.
pub(super) struct Reading {
    pub(super) bytes: Vec<u8>,
    /// For each byte, where the bytes of the text that it comes from begin and end.
    places: Vec<(u32, u32)>,
}

/// One way to undo an encoding; `None` where there is nothing to undo.
type Way = fn(&Reading) -> Option<Reading>;

const WAYS: &[Way] = &[
    joined,
    percent,
    escapes,
    entities,
    |it| base64(it, 0),
    |it| base64(it, 1),
    |it| base64(it, 2),
    |it| base64(it, 3),
    |it| hex(it, 0),
    |it| hex(it, 1),
];

/// Shows all readings of a text, itself first, one after the other: a dump may be large.
pub(super) fn read(text: &str, show: &mut dyn FnMut(&Reading)) {
    let places = (0..).take(text.len()).map(|it| (it, it + 1)).collect();
    read_on(&Reading { bytes: text.as_bytes().to_vec(), places }, DEPTH, show);
}

fn read_on(reading: &Reading, depth: usize, show: &mut dyn FnMut(&Reading)) {
    show(reading);
    if depth > 0 && reading.is_text() {
        WAYS.iter().filter_map(|way| way(reading)).for_each(|it| read_on(&it, depth - 1, show));
    }
}

impl Reading {
    const fn empty() -> Self {
        Self { bytes: Vec::new(), places: Vec::new() }
    }

    /// Where the bytes of a range come from.
    pub(super) fn places(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        self.places[range].iter().map(|(start, end)| *start as usize..*end as usize)
    }

    fn push(&mut self, byte: u8, place: (u32, u32)) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    /// The place that some bytes come from together.
    fn place(&self, range: Range<usize>) -> (u32, u32) {
        (self.places[range.start].0, self.places[range.end - 1].1)
    }

    /// Whether it reads as a text at all: what was no encoding gives bytes of any kind when it is undone.
    fn is_text(&self) -> bool {
        let readable = self.bytes.iter().filter(|it| it.is_ascii_graphic() || b" \n\t\r".contains(it)).count();
        readable * 4 >= self.bytes.len() * 3
    }

    /// Each byte, or what some of them stand for together; `None` where nothing stands for anything.
    fn replaced(&self, one: impl Fn(&[u8]) -> Option<(Vec<u8>, usize)>) -> Option<Self> {
        let (mut out, mut at, mut any) = (Self::empty(), 0, false);
        while at < self.bytes.len() {
            match one(&self.bytes[at..]) {
                Some((bytes, length)) => {
                    let place = self.place(at..at + length);
                    bytes.into_iter().for_each(|it| out.push(it, place));
                    at += length;
                    any = true;
                }
                None => {
                    out.push(self.bytes[at], self.places[at]);
                    at += 1;
                }
            }
        }
        any.then_some(out)
    }

    /// The runs of at least so many bytes of a kind.
    fn runs(&self, least: usize, is_of: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
        let (mut found, mut start) = (Vec::new(), 0);
        for at in 0..=self.bytes.len() {
            if self.bytes.get(at).is_some_and(|it| is_of(*it)) {
                continue;
            }
            if at - start >= least {
                found.push(start..at);
            }
            start = at + 1;
        }
        found
    }

    /// What runs of digits stand for, `bits` by digit, when the first `skip` of each are left out.
    fn digits(&self, runs: Vec<Range<usize>>, skip: usize, bits: usize, digit: fn(u8) -> Option<u32>) -> Option<Self> {
        let mut out = Self::empty();
        for run in runs {
            let (mut held, mut count) = (0_u32, 0);
            for at in run.start + skip..run.end {
                held = (held << bits) | digit(self.bytes[at]).unwrap_or_default();
                count += bits;
                if count >= 8 {
                    count -= 8;
                    out.push(byte(held >> count), self.place(at - (8 - 1) / bits..at + 1));
                }
            }
            out.push(BREAK, (0, 0));
        }
        (!out.bytes.is_empty()).then_some(out)
    }
}

/// Without white space, where somebody broke it into lines.
fn joined(text: &Reading) -> Option<Reading> {
    let is_space = |it: &u8| it.is_ascii_whitespace();
    if !text.bytes.iter().any(is_space) {
        return None;
    }
    let mut out = Reading::empty();
    let all = text.bytes.iter().zip(&text.places).filter(|(it, _)| !is_space(it));
    all.for_each(|(it, place)| out.push(*it, *place));
    Some(out)
}

/// RFC 3986, section 2.1; forms write a space as `+`, which stays.
fn percent(text: &Reading) -> Option<Reading> {
    text.replaced(|rest| match rest {
        [b'%', high, low, ..] => Some((vec![byte(nibble(*high)? << 4 | nibble(*low)?)], 3)),
        _ => None,
    })
}

/// As JSON, YAML, shells and programming languages write what they cannot write otherwise.
fn escapes(text: &Reading) -> Option<Reading> {
    text.replaced(|rest| {
        let [b'\\', kind, more @ ..] = rest else { return None };
        let number = |digits: &[u8]| digits.iter().try_fold(0, |sum, it| Some(sum << 4 | nibble(*it)?));
        let plain = |it: u8| Some((vec![it], 2));
        match kind {
            b'n' => plain(b'\n'),
            b't' => plain(b'\t'),
            b'r' => plain(b'\r'),
            b'"' | b'\'' | b'\\' | b'/' => plain(*kind),
            b'u' => {
                let it = char::from_u32(number(more.get(..4)?)?)?;
                Some((it.to_string().into_bytes(), 6))
            }
            b'x' => Some((vec![byte(number(more.get(..2)?)?)], 4)),
            _ => None,
        }
    })
}

/// As HTML writes what it cannot write otherwise.
fn entities(text: &Reading) -> Option<Reading> {
    const NAMED: &[(&str, u8)] = &[("amp", b'&'), ("lt", b'<'), ("gt", b'>'), ("quot", b'"'), ("apos", b'\'')];
    text.replaced(|rest| {
        let end = rest.iter().take(10).position(|it| *it == b';').filter(|_| rest[0] == b'&')?;
        let name = std::str::from_utf8(&rest[1..end]).ok()?;
        let named = NAMED.iter().find(|(it, _)| *it == name).map(|(_, it)| char::from(*it));
        let numbered = || match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
            Some(digits) => char::from_u32(u32::from_str_radix(digits, 16).ok()?),
            None => char::from_u32(name.strip_prefix('#')?.parse().ok()?),
        };
        Some((named.or_else(numbered)?.to_string().into_bytes(), end + 1))
    })
}

/// Base64 in either alphabet (RFC 4648, sections 4 and 5); what is looked for may begin at any digit of four.
fn base64(text: &Reading, skip: usize) -> Option<Reading> {
    text.digits(text.runs(LEAST_BASE64, |it| sextet(it).is_some()), skip, 6, sextet)
}

/// Hex in either case; what is looked for may begin at any digit of two.
fn hex(text: &Reading, skip: usize) -> Option<Reading> {
    text.digits(text.runs(LEAST_HEX, |it| nibble(it).is_some()), skip, 4, nibble)
}

fn sextet(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

/// The last eight bits.
fn byte(bits: u32) -> u8 {
    bits.to_le_bytes()[0]
}

fn nibble(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of a text in which a value is, in whatever reading.
    fn found<'t>(text: &'t str, value: &str) -> Option<&'t str> {
        let mut found = None;
        read(text, &mut |it| {
            if let Some(at) = it.bytes.windows(value.len()).position(|it| it == value.as_bytes()) {
                let (start, end) = it.place(at..at + value.len());
                found.get_or_insert(&text[start as usize..end as usize]);
            }
        });
        found
    }

    #[test]
    fn a_value_is_read_in_every_encoding_and_found_in_its_place() {
        for (text, place) in [
            ("it is s3cr&t-Value.", "s3cr&t-Value"),
            ("73336372267 4", ""),
            ("x=733363722674 2d56616c7565", "733363722674 2d56616c7565"),
            ("0A7333637226742D56616C7565", "7333637226742D56616C7565"),
            ("?a=s3cr%26t-Value", "s3cr%26t-Value"),
            ("%73%33%63%72%26%74%2D%56%61%6c%75%65", "%73%33%63%72%26%74%2D%56%61%6c%75%65"),
            (r#"{"a":"s3cr\u0026t-Value"}"#, r"s3cr\u0026t-Value"),
            (r#""{\"a\":\"s3cr\\u0026t-Value\"}""#, r"s3cr\\u0026t-Value"),
            ("<b>s3cr&amp;t-Value</b>", "s3cr&amp;t-Value"),
            ("s3cr&#38;t-Value", "s3cr&#38;t-Value"),
            ("s3c\n  r&t\n  -Va\n  lue", "s3c\n  r&t\n  -Va\n  lue"),
            ("czNjciZ0LVZhbHVl", "czNjciZ0LVZhbHVl"),
            ("YXMzY3ImdC1WYWx1ZQ", "XMzY3ImdC1WYWx1ZQ"),
            ("czNj\\n  ciZ0\\n  LVZh\\n  bHVl", "czNj\\n  ciZ0\\n  LVZh\\n  bHVl"),
            // Base64 of hex.
            ("NzMzMzYzNzIyNjc0MmQ1NjYxNmM3NTY1", "NzMzMzYzNzIyNjc0MmQ1NjYxNmM3NTY1"),
        ] {
            assert_eq!(found(text, "s3cr&t-Value").unwrap_or_default(), place, "{text}");
        }
    }
}
