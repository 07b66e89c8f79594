//! Files of `NAME=value` lines, which become environment variables.

use super::secret::{hide_on_line, take_variable};
use super::toml::span_of;
use crate::diag::{Code, Diagnostic, Severity, Sink};
use crate::source::{FileId, Sources, Span};
use crate::spec::EnvName;

pub(super) static BAD_ENV_FILE: Code = Code {
    id: "bad-env-file",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a line of an `env-file` that is not `NAME=value`, or whose name stands there twice.

### Why it matters
Programs that read such files disagree about everything else: `export`, spaces around `=`, references to other
variables, values of several lines. What is written here is what a program gets.

### Use instead
One variable a line, empty lines, and lines that begin with `#`. Quotes around a whole value are left out, and nothing
in a value is replaced.
",
};

/// A variable, and the place of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: EnvName,
    pub value: String,
    pub line: Span,
}

/// Reads a file. What is wrong in it, and each secret, goes to the sink and is left out.
pub fn parse_env_file(file: FileId, sources: &mut Sources, sink: &mut Sink) -> Vec<Variable> {
    let text = sources.text(file).clone();
    let mut variables: Vec<Variable> = Vec::new();
    let mut start = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let span = span_of(file, &(start..start + line.len()));
        start += whole.len();
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        match variable(line, span) {
            Ok(found) => {
                let value = Span { start: span.end - u32::try_from(line.len() - found.1).unwrap_or(0), ..span };
                let variable = found.0;
                if take_variable(variable.name.as_str(), &variable.value, value, sources, sink) {
                    continue;
                }
                match variables.iter().find(|it| it.name == variable.name) {
                    None => variables.push(variable),
                    Some(first) => {
                        let message = format!("`{}` stands in `{}` twice", variable.name, sources.name(file));
                        let diagnostic = Diagnostic::new(&BAD_ENV_FILE, message).at(span, "this one");
                        sink.report(diagnostic.at(first.line, "and this one"));
                    }
                }
            }
            Err(why) => {
                hide_on_line(span, sources);
                let message = format!("`{}` has a line that is no variable", sources.name(file));
                sink.report(Diagnostic::new(&BAD_ENV_FILE, message).at(span, why));
            }
        }
    }
    variables
}

/// The variable of a line, and the byte of the line with which its value begins.
fn variable(line: &str, span: Span) -> Result<(Variable, usize), &'static str> {
    let (name, value) = line.split_once('=').ok_or("expected `NAME=value`")?;
    let known = EnvName::parse(name).map_err(|_| {
        let is_name = EnvName::check(name.trim().trim_start_matches("export ").trim()).is_ok();
        if is_name { "expected the name alone before `=`" } else { "expected letters, digits and `_` before `=`" }
    })?;
    let quoted = |mark: char| value.strip_prefix(mark).and_then(|it| it.strip_suffix(mark));
    let bare = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
    if bare == value && value.starts_with(['"', '\'']) {
        return Err("expected the quote again at the end of the line");
    }
    if bare.chars().any(char::is_control) {
        return Err("expected no control character");
    }
    Ok((Variable { name: known, value: bare.to_owned(), line: span }, name.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(String, String)>, Vec<String>) {
        let (mut sources, mut sink) = (Sources::default(), Sink::new());
        let file = sources.add("site.env", text);
        let found = parse_env_file(file, &mut sources, &mut sink);
        let found = found.into_iter().map(|it| (it.name.to_string(), it.value)).collect();
        (found, sink.all().iter().map(|it| it.labels[0].text.clone()).collect())
    }

    #[test]
    fn what_is_written_is_what_a_program_gets() {
        let text = "# site\n\nA=1\r\nB=\"two words\"\nC='x=$A'\nD=\nE=a # b\n";
        let (found, wrong) = read(text);
        assert_eq!(wrong, Vec::<String>::new());
        let expected = [("A", "1"), ("B", "two words"), ("C", "x=$A"), ("D", ""), ("E", "a # b")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_programs_disagree_about_is_refused() {
        for line in ["export A=1", "A = 1", "A: 1", "1A=1", "A=\"1", "A=1\nA=2", "A=\u{1b}"] {
            assert_eq!(read(line).1.len(), 1, "{line:?}");
        }
    }
}
