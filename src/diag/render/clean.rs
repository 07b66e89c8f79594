//! Text that may come from a hostile file, made safe for a terminal.

use std::borrow::Cow;

/// Replaces what a reader would act on or not see (control characters, direction marks, breaks of lines that are none,
/// characters without a form, commands to a runner that reads the log) by its escaped form.
#[must_use]
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_active) && !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.char_indices().fold(String::new(), |mut out, (at, it)| {
        if is_active(it) || opens_command(text, at) {
            out.extend(it.escape_unicode());
        } else {
            out.push(it);
        }
        out
    }))
}

/// The same for a text in JSON, where such a character has an escape that stands for it.
pub(crate) fn clean_json(text: String) -> String {
    if !text.contains(is_active) && !text.contains("##") {
        return text;
    }
    text.char_indices().fold(String::new(), |mut out, (at, it)| {
        if is_active(it) || opens_command(&text, at) {
            it.encode_utf16(&mut [0; 2]).iter().for_each(|it| out.push_str(&format!("\\u{it:04x}")));
        } else {
            out.push(it);
        }
        out
    })
}

/// Whether a command to a runner begins here, which would obey whatever prints it: `::error::` at the beginning of a line,
/// `##[error]` and `##vso[…]` anywhere.
fn opens_command(text: &str, at: usize) -> bool {
    let (before, rest) = text.split_at(at);
    let is_first = || before.rsplit('\n').next().unwrap_or_default().trim_start().is_empty();
    let is_bracket = |it: &str| it.trim_start_matches(|it: char| it.is_ascii_lowercase()).starts_with('[');
    (rest.starts_with("::") && is_first()) || rest.strip_prefix("##").is_some_and(is_bracket)
}

fn is_active(it: char) -> bool {
    let is_unseen = matches!(
        it,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    (it.is_control() && it != '\n' && it != '\t') || is_unseen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_escaped() {
        assert_eq!(clean("a\u{1b}[2J\u{9b}1m\u{202e}\n\tb"), "a\\u{1b}[2J\\u{9b}1m\\u{202e}\n\tb");
    }

    #[test]
    fn commands_to_a_runner_are_text() {
        assert_eq!(clean("a::b\n  ::error::c"), "a::b\n  \\u{3a}:error::c");
        assert_eq!(clean("a ##[error]b ##vso[c]d ## e"), "a \\u{23}#[error]b \\u{23}#vso[c]d ## e");
    }

    #[test]
    fn an_escape_of_json_stands_for_the_same_text() {
        let text = "a\u{7f}\u{9b}\u{202e}\u{1b}é\u{2028}\u{e0041}##[x]";
        let json = clean_json(serde_json::to_string(text).expect("a text is JSON"));
        assert!(!json.contains(is_active) && !json.contains("##["), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).ok().as_deref(), Some(text));
    }
}
