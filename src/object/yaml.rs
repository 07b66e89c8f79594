//! YAML text from nodes: the one place that owns quoting and blocks.
//!
//! The crate behind `serde_yaml` is serde-saphyr: the archived crate of that name and its forks write `yes`, `no` and
//! `on` without quotes, which kubectl reads as booleans. What it writes is corrected here in three ways: long strings
//! are not folded; a string that begins with a tab is quoted, because readers made from libyaml refuse it as a block;
//! and lines of nothing but spaces inside blocks lose them, as linters ask for.

use serde_yaml::ser_options;

use crate::source::{Node, Value};

/// The YAML text of a document, with a line break at its end.
#[must_use]
pub fn to_yaml(node: &Node) -> String {
    let traits = Traits::of(node);
    let options = ser_options! {
        folded_wrap_chars: usize::MAX,
        prefer_block_scalars: !traits.leading_tab,
        compact_list_indent: true
    };
    let text = serde_yaml::to_string_with_options(node, options).expect("internal error: a node is always YAML");
    if traits.multi_line { trimmed(text, node) } else { text }
}

/// What the strings of a document hold that needs care.
#[derive(Default)]
struct Traits {
    multi_line: bool,
    leading_tab: bool,
}

impl Traits {
    fn of(node: &Node) -> Self {
        let mut traits = Self::default();
        traits.look(node);
        traits
    }

    fn look(&mut self, node: &Node) {
        match &node.value {
            Value::Str(text) => self.look_at_text(text),
            Value::List(items) => items.iter().for_each(|it| self.look(it)),
            Value::Map(map) => map.iter().for_each(|(key, it)| {
                self.look_at_text(key);
                self.look(it);
            }),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
        }
    }

    fn look_at_text(&mut self, text: &str) {
        if text.contains('\n') {
            self.multi_line = true;
            self.leading_tab |= text.trim_start_matches('\n').starts_with('\t');
        }
    }
}

/// Takes the spaces out of lines that hold nothing else, as long as the text still means the same.
fn trimmed(text: String, node: &Node) -> String {
    let is_blank = |line: &str| !line.is_empty() && line.bytes().all(|it| it == b' ');
    if !text.lines().any(is_blank) {
        return text;
    }
    let lines = text.lines().map(|it| if is_blank(it) { "" } else { it });
    let trimmed = lines.fold(String::new(), |out, it| out + it + "\n");
    let reread: Result<serde_json::Value, _> = serde_yaml::from_str(&trimmed);
    if reread.is_ok_and(|it| it == node.to_json()) { trimmed } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::source::Origin;

    fn yaml(json: &serde_json::Value) -> String {
        to_yaml(&Node::from_json(json, Origin::NONE))
    }

    #[test]
    fn what_looks_like_another_type_is_quoted() {
        let text = yaml(&json!({"a": "no", "b": "1.10", "c": "12:30", "y": "~", "d": "1e3", "n": true}));
        assert_eq!(text, "a: \"no\"\nb: \"1.10\"\nc: \"12:30\"\n\"y\": \"~\"\nd: \"1e3\"\n\"n\": true\n");
    }

    #[test]
    fn blank_lines_of_blocks_hold_no_spaces() {
        let text = yaml(&json!({"a": {"b": "one\n\ntwo\n"}}));
        assert_eq!(text, "a:\n  b: |\n    one\n\n    two\n");
    }

    #[test]
    fn long_lines_are_not_folded() {
        let long = "x ".repeat(200);
        assert_eq!(yaml(&json!({ "a": long })).lines().count(), 1);
    }

    #[test]
    fn a_leading_tab_is_quoted() {
        let text = yaml(&json!({"a": "\tone\ntwo"}));
        assert_eq!(text, "a: \"\\tone\\ntwo\"\n");
    }
}
