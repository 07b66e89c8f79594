//! The lines of a program, as its language sees them: without comments, joined where they belong together, and with
//! the strings apart from the code.

/// A line of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// How far it is indented.
    pub(super) indent: usize,
    /// The code, with `"0"`, `"1"` … in place of its strings.
    pub(super) code: String,
    /// The strings, in their order.
    pub(super) strings: Vec<String>,
}

impl Line {
    /// The string behind a piece of code, such as `default=`.
    pub(super) fn string_after(&self, code: &str) -> Option<&str> {
        let at = self.code.find(code)? + code.len();
        let rest = self.code[at..].trim_start().trim_start_matches(['r', 'b', 'u']).strip_prefix('"')?;
        let number: usize = rest.split('"').next()?.parse().ok()?;
        self.strings.get(number).map(String::as_str)
    }

    /// Whether the code has a name as a word of its own; a dotted name may go on at its end.
    pub(super) fn has_word(&self, word: &str) -> bool {
        let is_part = |it: char| it.is_alphanumeric() || it == '_';
        self.code.match_indices(word).any(|(at, _)| {
            let before = self.code[..at].chars().next_back();
            let after = self.code[at + word.len()..].chars().next();
            !before.is_some_and(|it| is_part(it) || it == '.') && !after.is_some_and(is_part)
        })
    }

    /// The name on the left of a plain assignment, with the code on its right.
    pub(super) fn assigned(&self) -> Option<(&str, &str)> {
        let (left, right) = self.code.split_once('=').or_else(|| self.code.split_once("<-"))?;
        let name = left.strip_suffix('<').unwrap_or(left).split(':').next()?.trim();
        let is_name = !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || "_.".contains(it));
        (is_name && !right.starts_with('=')).then(|| (name, right.trim_start_matches('-').trim()))
    }
}

/// The lines of a text. Brackets that are open join lines; braces do so in Python only.
pub(super) fn lines(text: &str, brackets: &str) -> Vec<Line> {
    let mut reader = Reader { rest: text.trim_start_matches('\u{feff}'), ..Reader::default() };
    while let Some(first) = reader.rest.chars().next() {
        match first {
            '\n' => reader.end_of_line(),
            '#' => reader.skip(reader.rest.find('\n').unwrap_or(reader.rest.len())),
            '"' | '\'' => reader.string(first),
            '\\' if reader.rest.starts_with("\\\n") => {
                reader.skip(2);
                reader.line.code.push(' ');
            }
            other => {
                if brackets.contains(other) {
                    let opens = "([{".contains(other);
                    reader.depth = if opens { reader.depth + 1 } else { reader.depth.saturating_sub(1) };
                }
                reader.code(other);
            }
        }
    }
    reader.end_of_statement();
    reader.lines
}

#[derive(Default)]
struct Reader<'t> {
    rest: &'t str,
    lines: Vec<Line>,
    line: Line,
    depth: usize,
}

impl Reader<'_> {
    fn skip(&mut self, length: usize) {
        self.rest = &self.rest[length..];
    }

    fn code(&mut self, it: char) {
        self.skip(it.len_utf8());
        if self.line.code.is_empty() && it.is_whitespace() {
            self.line.indent += if it == '\t' { 8 } else { 1 };
        } else if it != '\r' {
            self.line.code.push(it);
        }
    }

    fn string(&mut self, quote: char) {
        let triple = [quote; 3].iter().collect::<String>();
        let mark = if self.rest.starts_with(&triple) { triple.as_str() } else { &triple[..1] };
        let body = &self.rest[mark.len()..];
        let mut at = 0;
        while at < body.len() && !body[at..].starts_with(mark) {
            let mut chars = body[at..].chars();
            let first = chars.next().map_or(1, char::len_utf8);
            if body[at..].starts_with('\n') && mark.len() == 1 {
                break;
            }
            let escaped = if body[at..].starts_with('\\') { chars.next().map_or(0, char::len_utf8) } else { 0 };
            at += first + escaped;
        }
        let end = if body[at..].starts_with(mark) { at + mark.len() } else { at };
        self.line.code += &format!("\"{}\"", self.line.strings.len());
        self.line.strings.push(body[..at].to_owned());
        self.rest = &body[end..];
    }

    fn end_of_line(&mut self) {
        self.skip(1);
        if self.depth == 0 {
            self.end_of_statement();
        } else {
            self.line.code.push(' ');
        }
    }

    fn end_of_statement(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        line.code.truncate(line.code.trim_end().len());
        if !line.code.is_empty() {
            self.lines.push(line);
        }
    }
}

/// The brackets that join lines in Python.
pub(super) const PYTHON: &str = "()[]{}";
/// The brackets that join lines in R, where braces hold blocks.
pub(super) const R: &str = "()[]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_strings_are_taken_out() {
        let text = "\"\"\"Doc # no\n'comment'\"\"\"\nf(a,  # why\n  'b\\'c',\n)\nif x == \"__main__\":\n\tg()\n";
        let found = lines(text, PYTHON);
        let seen: Vec<_> = found.iter().map(|it| (it.indent, it.code.as_str(), it.strings.len())).collect();
        assert_eq!(seen, [(0, "\"0\"", 1), (0, "f(a,     \"0\", )", 1), (0, "if x == \"0\":", 1), (8, "g()", 0)]);
        assert_eq!(found[1].strings, ["b\\'c"]);
        assert_eq!(found[2].string_after("=="), Some("__main__"));
    }

    #[test]
    fn broken_texts_end() {
        for text in ["'", "\"\"\"", "'a\\", "(((", ")))", "\\", "'é\\é", "\u{feff}x"] {
            assert!(lines(text, PYTHON).len() <= 1, "{text}");
        }
    }

    #[test]
    fn assignments_and_words_are_found() {
        let one = |text: &str| lines(text, R).remove(0);
        assert_eq!(one("out: Path = Path('x')").assigned(), Some(("out", "Path(\"0\")")));
        assert_eq!(one("self.out = x").assigned(), Some(("self.out", "x")));
        assert_eq!(one("out <- x").assigned(), Some(("out", "x")));
        assert_eq!(one("if a == b:").assigned(), None);
        assert_eq!(one("f(x=1)").assigned(), None);
        assert!(one("save(out / 'x')").has_word("out"));
        assert!(!one("save(layout, a.out)").has_word("out"));
    }
}
