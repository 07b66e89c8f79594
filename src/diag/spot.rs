//! The place that a diagnostic speaks of.

use smol_str::SmolStr;

use crate::source::{At, NodeId, Origin, Part, Place, Position, Sources, Span};

/// A place that can be shown, as far as the rule that speaks of it knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// A half of a node.
    Node(NodeId, Part),
    /// A run of bytes.
    Span(Span),
    /// A whole file, by the name that messages show.
    File(SmolStr),
    /// A line of a file whose text is not shown, by the name that messages show.
    Line(SmolStr, usize),
    /// The project as a whole.
    Nowhere,
}

impl Spot {
    /// The key of what was written there.
    #[must_use]
    pub fn key(origin: Origin) -> Self {
        origin.node.map_or(Self::Nowhere, |node| Self::Node(node, Part::Key))
    }

    /// The value of what was written there.
    #[must_use]
    pub fn value(origin: Origin) -> Self {
        origin.node.map_or(Self::Nowhere, |node| Self::Node(node, Part::Value))
    }

    /// The bytes, where this is a place in a text.
    #[must_use]
    pub fn span(&self, sources: &Sources) -> Option<Span> {
        match self {
            Self::Node(node, part) => Some(sources.span(*node, *part)),
            Self::Span(span) => Some(*span),
            Self::File(_) | Self::Line(..) | Self::Nowhere => None,
        }
    }

    /// The file's name, with the first and the last position, as far as they are known.
    #[must_use]
    pub fn location<'s>(&'s self, sources: &'s Sources) -> Option<(&'s str, Option<(Position, Position)>)> {
        if let Self::File(name) = self {
            return Some((name, None));
        }
        if let Self::Line(name, line) = self {
            let start = Position { line: *line, column: 1 };
            return Some((name, Some((start, start))));
        }
        let span = self.span(sources)?;
        let end = Span { start: span.end, ..span };
        Some((sources.name(span.file), Some((sources.position(span), sources.position(end)))))
    }

    /// The same where it is in a file that can be opened.
    #[must_use]
    pub fn location_in_file<'s>(&'s self, sources: &'s Sources) -> Option<(&'s str, Option<(Position, Position)>)> {
        let is_file = self.span(sources).is_none_or(|it| sources.is_file(it.file));
        self.location(sources).filter(|_| is_file)
    }

    /// The place of the node itself, if it is one.
    #[must_use]
    pub fn place<'s>(&self, sources: &'s Sources) -> Option<&'s Place> {
        match self {
            Self::Node(node, _) => Some(sources.place_of(*node)),
            _ => None,
        }
    }
}

impl<T> From<&At<T>> for Spot {
    fn from(at: &At<T>) -> Self {
        Self::value(at.origin)
    }
}

impl From<Origin> for Spot {
    fn from(origin: Origin) -> Self {
        Self::value(origin)
    }
}

impl From<Span> for Spot {
    fn from(span: Span) -> Self {
        Self::Span(span)
    }
}
