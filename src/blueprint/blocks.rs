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

/// What stands between `{%` and `%}`, with its place; comments are left out.
fn tags(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find('{')?;
            let rest = &text[start..];
            if rest.starts_with("{#") {
                at = start + rest.find("#}")? + 2;
            } else if rest.starts_with("{%") {
                let end = start + rest.find("%}")?;
                at = end + 2;
                return Some((start, text[start + 2..end].trim_matches(['-', '+']).trim()));
            } else {
                at = start + 1;
            }
        }
    })
}
