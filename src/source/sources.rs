//! Every text that was read, and the place of every node in it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use smol_str::{SmolStr, format_smolstr};

use super::NodeId;

/// A text in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A run of bytes in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which text.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Which half of `key = value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Key,
    Value,
}

/// Where a node stands: its key, its value, and the table or list around it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text of the key; of a list item or a whole file, the value's.
    pub key: Span,
    /// The text of the value; of a table, its header.
    pub value: Span,
    /// The node around it.
    pub parent: Option<NodeId>,
    /// How it is reached from there.
    pub step: Step,
}

/// One step from a node to what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The key of a table; empty for a whole file.
    Key(SmolStr),
    /// The index in a list, from 0.
    Index(usize),
}

/// A line and a column, both from 1; the column counts characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// The texts of one run, in the order in which they were read.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<File>,
    places: Vec<Place>,
    hidden: Vec<Span>,
}

#[derive(Debug)]
struct File {
    name: String,
    text: Arc<str>,
    /// Not where it is an argument of a command.
    can_be_opened: bool,
    /// The byte at which each line begins, once somebody asked for a line.
    lines: OnceLock<Vec<usize>>,
}

impl File {
    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect()
        })
    }
}

impl Sources {
    /// Adds a text under the name that messages show, relative to where the user stands.
    ///
    /// # Panics
    /// When there are more than 2³² texts.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.push(File { name: name.into(), text: text.into(), can_be_opened: true, lines: OnceLock::new() })
    }

    /// Adds a text that is in no file, such as an argument of a command.
    ///
    /// # Panics
    /// As [`add`](Self::add).
    pub fn add_argument(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.push(File { name: name.into(), text: text.into(), can_be_opened: false, lines: OnceLock::new() })
    }

    fn push(&mut self, file: File) -> FileId {
        let id = u32::try_from(self.files.len()).expect("internal error: too many files");
        self.files.push(file);
        FileId(id)
    }

    /// Whether a text is in a file, which can be opened at its name.
    #[must_use]
    pub fn is_file(&self, file: FileId) -> bool {
        self.files[file.0 as usize].can_be_opened
    }

    /// The names of those texts that are in files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().filter(|it| it.can_be_opened).map(|it| it.name.as_str())
    }

    /// Remembers where a node stands, and gives it its id.
    pub fn place(&mut self, place: Place) -> NodeId {
        self.places.push(place);
        NodeId::from_index(self.places.len() - 1)
    }

    /// Keeps a run of bytes out of everything that is shown, because it is a secret.
    pub fn hide(&mut self, span: Span) {
        self.hidden.push(span);
    }

    /// The bytes that must not be shown.
    #[must_use]
    pub fn hidden(&self) -> &[Span] {
        &self.hidden
    }

    /// Whether any of these bytes must not be shown.
    #[must_use]
    pub fn hides(&self, span: Span) -> bool {
        self.hidden.iter().any(|it| it.file == span.file && it.start < span.end && span.start < it.end)
    }

    /// Whether the whole value of a node must not be shown.
    #[must_use]
    pub fn is_hidden(&self, node: NodeId) -> bool {
        let value = self.span(node, Part::Value);
        self.hidden.iter().any(|it| it.file == value.file && it.start <= value.start && value.end <= it.end)
    }

    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].name
    }

    #[must_use]
    pub fn text(&self, file: FileId) -> &Arc<str> {
        &self.files[file.0 as usize].text
    }

    #[must_use]
    pub fn place_of(&self, node: NodeId) -> &Place {
        &self.places[node.index()]
    }

    /// The text of one half of a node.
    #[must_use]
    pub fn span(&self, node: NodeId, part: Part) -> Span {
        let place = self.place_of(node);
        match part {
            Part::Key => place.key,
            Part::Value => place.value,
        }
    }

    /// The line and column of the first byte of a span.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        let text = self.text(span.file);
        let end = text.floor_char_boundary(span.start as usize);
        let (line, start) = self.line(span.file, end);
        Position { line, column: text[start..end].chars().count() + 1 }
    }

    /// The number, from 1, and the first byte of the line that a byte is in.
    #[must_use]
    pub fn line(&self, file: FileId, byte: usize) -> (usize, usize) {
        let lines = self.files[file.0 as usize].lines();
        let number = lines.partition_point(|start| *start <= byte);
        (number, lines[number - 1])
    }

    /// The dotted path of a node in its file: `services.api.ports[0]`.
    #[must_use]
    pub fn path(&self, node: NodeId) -> SmolStr {
        let place = self.place_of(node);
        let before = place.parent.map_or_else(SmolStr::default, |parent| self.path(parent));
        match &place.step {
            Step::Index(index) => format_smolstr!("{before}[{index}]"),
            Step::Key(key) if before.is_empty() => key.clone(),
            Step::Key(key) => format_smolstr!("{before}.{key}"),
        }
    }
}

/// The steps of such a path: `services.api.ports[0]` as `services`, `api`, `ports` and `0`.
pub fn steps_of(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[']).map(|it| it.trim_end_matches(']'))
}
