//! The blocks of a template, read as text: a template that extends another one may name only blocks that are there.

/// A block.
pub(super) struct Block<'t> {
    pub(super) name: &'t str,
    /// Counted from 1.
    pub(super) line: usize,
    /// Whether no other block is around it.
    pub(super) is_outer: bool,
}

/// The template that a text extends, where it names one.
pub(super) fn extended(text: &str) -> Option<&str> {
    tags(text).find_map(|(_, tag)| Some(tag.strip_prefix("extends")?.trim().trim_matches(['"', '\''])))
}

/// Every block, in the order of the text.
pub(super) fn all(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut depth = 0_usize;
    tags(text).filter_map(move |(at, tag)| {
        let mut words = tag.split_whitespace();
        match words.next() {
            Some("block") => {
                depth += 1;
                let line = text[..at].matches('\n').count() + 1;
                Some(Block { name: words.next()?, line, is_outer: depth == 1 })
            }
            Some("endblock") => {
                depth = depth.saturating_sub(1);
                None
            }
            _ => None,
        }
    })
}

/// The first line, counted from 1, of what is printed nowhere: a template that extends another one prints its blocks.
pub(super) fn outside(text: &str) -> Option<usize> {
    let (mut extends, mut depth) = (false, 0_usize);
    pieces(text).find_map(|(at, piece)| {
        match piece {
            Piece::Tag(tag) => match tag.split_whitespace().next() {
                Some("extends") => extends = true,
                Some("block" | "macro") => depth += 1,
                Some("set") if !tag.contains('=') => depth += 1,
                Some("endblock" | "endmacro" | "endset") => depth = depth.saturating_sub(1),
                _ => {}
            },
            Piece::Text(it) if extends && depth == 0 => {
                let start = it.find(|it: char| !it.is_whitespace())?;
                return Some(text[..at + start].matches('\n').count() + 1);
            }
            Piece::Text(_) => {}
        }
        None
    })
}

enum Piece<'t> {
    /// What stands between `{%` and `%}`.
    Tag(&'t str),
    /// Everything else but comments.
    Text(&'t str),
}

fn tags(text: &str) -> impl Iterator<Item = (usize, &str)> {
    pieces(text).filter_map(|(at, piece)| match piece {
        Piece::Tag(tag) => Some((at, tag)),
        Piece::Text(_) => None,
    })
}

/// The pieces of a template with their places; comments are left out.
fn pieces(text: &str) -> impl Iterator<Item = (usize, Piece<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let (start, rest) = (at, &text[at..]);
            if rest.is_empty() {
                return None;
            } else if rest.starts_with("{#") {
                at += rest.find("#}")? + 2;
            } else if rest.starts_with("{%") {
                let end = rest.find("%}")?;
                at += end + 2;
                return Some((start, Piece::Tag(rest[2..end].trim_matches(['-', '+']).trim())));
            } else {
                let end = ["{#", "{%"].iter().filter_map(|it| rest.find(it)).min().unwrap_or(rest.len());
                at += end;
                return Some((start, Piece::Text(&rest[..end])));
            }
        }
    })
}
