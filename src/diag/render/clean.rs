//! Text that may come from a hostile file, made safe for a terminal.

use std::borrow::Cow;

/// Replaces what a terminal would act on (control characters, direction marks) by its escaped form.
#[must_use]
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_active) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::new(), |mut out, it| {
        if is_active(it) {
            out.extend(it.escape_unicode());
        } else {
            out.push(it);
        }
        out
    }))
}

fn is_active(it: char) -> bool {
    let direction = matches!(it, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (it.is_control() && it != '\n' && it != '\t') || direction
}
