//! Any text is compiled to files or to mistakes with places, and nothing else happens.

use proptest::prelude::*;
use proptest::sample::Index;

use crate::cases;
use crate::hostile::hostile;
use crate::projects::{Project, project};

/// One way to spoil a file.
#[derive(Clone, Debug)]
enum Spoiling {
    DeleteLine(Index),
    RepeatLine(Index, Index),
    SwapLines(Index, Index),
    /// Another value behind the `=` of a line.
    Value(Index, String),
    /// The value of another line.
    ValueOf(Index, Index),
    /// Another key before it.
    Key(Index, String),
    DeleteByte(Index),
    InsertByte(Index, u8),
    InsertText(Index, String),
    Truncate(Index),
}

/// Values of every type, and what is none.
const VALUES: &[&str] = &[
    "0",
    "-1",
    "1",
    "1.5",
    "1e400",
    "nan",
    "true",
    "false",
    "\"\"",
    "\"x\"",
    "[]",
    "[1]",
    "[[]]",
    "[\"x\", \"x\"]",
    "{}",
    "{ x = 1 }",
    "[{}]",
    "[{ x = 1 }]",
    "2026-11-21",
    "07:30:00",
    "x",
    "\"",
    "",
    "'''",
    "\"\\u0000\"",
    "0x10",
    "1_0",
];

fn spoiling() -> impl Strategy<Value = Spoiling> {
    let at = any::<Index>;
    let value = || prop::sample::select(VALUES).prop_map(str::to_owned);
    prop_oneof![
        at().prop_map(Spoiling::DeleteLine),
        (at(), at()).prop_map(|(a, b)| Spoiling::RepeatLine(a, b)),
        (at(), at()).prop_map(|(a, b)| Spoiling::SwapLines(a, b)),
        (at(), value()).prop_map(|(a, b)| Spoiling::Value(a, b)),
        (at(), at()).prop_map(|(a, b)| Spoiling::ValueOf(a, b)),
        (at(), hostile()).prop_map(|(a, b)| Spoiling::Value(a, toml::Value::String(b).to_string())),
        (at(), hostile()).prop_map(|(a, b)| Spoiling::Key(a, toml::Value::String(b).to_string())),
        at().prop_map(Spoiling::DeleteByte),
        (at(), any::<u8>()).prop_map(|(a, b)| Spoiling::InsertByte(a, b)),
        (at(), hostile()).prop_map(|(a, b)| Spoiling::InsertText(a, b)),
        at().prop_map(Spoiling::Truncate),
    ]
}

impl Spoiling {
    fn apply(&self, text: Vec<u8>) -> Vec<u8> {
        match self {
            Self::DeleteByte(_) | Self::InsertByte(..) | Self::InsertText(..) | Self::Truncate(_) => {
                self.apply_to_bytes(text)
            }
            _ => self.apply_to_lines(text),
        }
    }

    fn apply_to_bytes(&self, mut text: Vec<u8>) -> Vec<u8> {
        match self {
            _ if text.is_empty() => {}
            Self::DeleteByte(at) => drop(text.remove(at.index(text.len()))),
            Self::InsertByte(at, byte) => text.insert(at.index(text.len()), *byte),
            Self::InsertText(at, more) => {
                let at = at.index(text.len());
                text.splice(at..at, more.bytes());
            }
            Self::Truncate(at) => text.truncate(at.index(text.len())),
            _ => unreachable!("this one works on lines"),
        }
        text
    }

    fn apply_to_lines(&self, text: Vec<u8>) -> Vec<u8> {
        let mut lines: Vec<Vec<u8>> = text.split(|it| *it == b'\n').map(<[u8]>::to_vec).collect();
        let count = lines.len();
        match self {
            Self::DeleteLine(at) => drop(lines.remove(at.index(count))),
            Self::RepeatLine(from, to) => lines.insert(to.index(count), lines[from.index(count)].clone()),
            Self::SwapLines(a, b) => lines.swap(a.index(count), b.index(count)),
            Self::Value(at, value) => {
                let at = at.index(count);
                if let Some((key, _)) = split(&lines[at]) {
                    lines[at] = [key, b"= ", value.as_bytes()].concat();
                }
            }
            Self::ValueOf(at, other) => {
                let (at, other) = (at.index(count), other.index(count));
                if let (Some((key, _)), Some((_, value))) = (split(&lines[at]), split(&lines[other])) {
                    lines[at] = [key, value].concat();
                }
            }
            Self::Key(at, key) => {
                let at = at.index(count);
                if let Some((_, value)) = split(&lines[at]) {
                    lines[at] = [key.as_bytes(), b" ", value].concat();
                }
            }
            _ => unreachable!("this one works on bytes"),
        }
        lines.join(&b'\n')
    }
}

/// What stands before the `=` of a line, and the rest.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    line.iter().position(|it| *it == b'=').map(|at| line.split_at(at))
}

fn check(project: &Project, text: impl AsRef<[u8]>) -> Result<(), TestCaseError> {
    crate::check(&project.compile(text))
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_spoiled_file_is_a_mistake_with_a_place(
        project in project(), spoilings in prop::collection::vec(spoiling(), 1..4)
    ) {
        let text = spoilings.iter().fold(project.spec.clone().into_bytes(), |text, it| it.apply(text));
        check(project, text)?;
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn any_bytes_are_a_mistake_with_a_place(project in project(), bytes in any::<Vec<u8>>(), text in any::<String>()) {
        check(project, bytes)?;
        check(project, text)?;
    }

    #[test]
    fn any_change_from_the_command_line_is_read_or_refused(
        project in project(), key in hostile(), value in hostile(), is_known in any::<bool>(), at in any::<Index>()
    ) {
        let places = crate::trees::places(&project.tree);
        let known = crate::trees::steps(at.get::<String>(&places)).join(".");
        let set = format!("{}={value}", if is_known { known } else { key });
        crate::check(&project.compile_with(&project.spec, &[], &[set]))?;
    }
}
