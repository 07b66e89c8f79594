//! The lines of a text that a diagnostic shows, without what must not be shown.

use std::ops::Range;

use crate::source::{FileId, Sources};

/// Some lines of a text.
pub(super) struct Excerpt {
    /// The number of the first line, from 1.
    pub(super) line: usize,
    /// The lines; secrets are stars.
    pub(super) text: String,
    /// The byte of the text with which they begin.
    start: usize,
}

impl Excerpt {
    /// The lines from the first to the last of some places. A whole file for each of a thousand diagnostics would take
    /// seconds.
    pub(super) fn new(file: FileId, places: impl IntoIterator<Item = Range<usize>>, sources: &Sources) -> Self {
        let text = sources.text(file);
        let reach = places.into_iter().reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(0..0);
        let (line, start) = sources.line(file, reach.start.min(text.len()));
        let last = text.floor_char_boundary(reach.end.max(start));
        let end = text[last..].find('\n').map_or(text.len(), |it| last + it + 1);
        let hidden = sources.hidden().iter().filter(|it| it.file == file).map(|it| it.range());
        let mut shown = text[start..end].to_owned();
        for secret in hidden.filter(|it| it.start < end && start < it.end) {
            let secret = secret.start.max(start) - start..secret.end.min(end) - start;
            let stars = stars(&shown[secret.clone()]);
            shown.replace_range(secret, &stars);
        }
        Self { line, text: shown.replace(acts_unseen, "·"), start }
    }

    /// The same place in the excerpt.
    pub(super) fn range(&self, place: &Range<usize>) -> Range<usize> {
        place.start.saturating_sub(self.start)..place.end.saturating_sub(self.start)
    }
}

/// The control characters of two bytes, which the renderer passes on to the terminal; the mark for them is as long.
fn acts_unseen(it: char) -> bool {
    it.is_control() && !it.is_ascii()
}

/// A mark for each character, as many bytes long, so that every place behind it keeps its column. Quotes stay.
fn stars(secret: &str) -> String {
    let inner = secret.trim_matches(['"', '\'']);
    let (before, after) = secret.split_once(inner).unwrap_or_default();
    let mark = |it: char| match it {
        '\n' | '\r' => it,
        _ => ['*', '·', '•', '🞄'][it.len_utf8() - 1],
    };
    format!("{before}{}{after}", inner.chars().map(mark).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{acts_unseen, stars};

    #[test]
    fn marks_for_control_characters_keep_every_place() {
        let actors: Vec<char> = (char::MIN..=char::MAX).filter(|it| acts_unseen(*it)).collect();
        assert!(actors.contains(&'\u{9b}'));
        assert!(actors.iter().all(|it| it.len_utf8() == "·".len()));
    }

    #[test]
    fn marks_are_as_long_as_what_they_hide() {
        for secret in ["hunter2", "päßwörd", "秘密", "🔑", "two\nlines"] {
            let shown = stars(secret);
            assert_eq!((shown.len(), shown.chars().count()), (secret.len(), secret.chars().count()), "{secret}");
            assert!(secret.chars().all(|it| it == '\n' || !shown.contains(it)), "{shown}");
        }
        assert_eq!(stars("\"hunter2\""), "\"*******\"");
        assert_eq!(stars("\"\""), "\"\"");
    }
}
