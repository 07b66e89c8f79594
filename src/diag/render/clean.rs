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

/// The same for a text in JSON, where such a character has an escape that stands for it.
pub(crate) fn clean_json(text: String) -> String {
    if !text.contains(is_active) {
        return text;
    }
    text.chars().fold(String::new(), |mut out, it| {
        if is_active(it) {
            out.push_str(&format!("\\u{:04x}", u32::from(it)));
        } else {
            out.push(it);
        }
        out
    })
}

fn is_active(it: char) -> bool {
    let direction = matches!(it, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (it.is_control() && it != '\n' && it != '\t') || direction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_escaped() {
        assert_eq!(clean("a\u{1b}[2J\u{9b}1m\u{202e}\n\tb"), "a\\u{1b}[2J\\u{9b}1m\\u{202e}\n\tb");
    }

    #[test]
    fn an_escape_of_json_stands_for_the_same_text() {
        let text = "a\u{7f}\u{9b}\u{202e}\u{1b}é";
        let json = clean_json(serde_json::to_string(text).expect("a text is JSON"));
        assert!(!json.contains(is_active), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).ok().as_deref(), Some(text));
    }
}
