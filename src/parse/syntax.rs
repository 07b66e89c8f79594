//! What is not TOML, said to somebody who does not know the grammar by heart.
//!
//! The reader of TOML goes on after a mistake, and then finds what follows from it. One mistake a line is believed, and
//! none between a bracket that was left open and the next header of a table.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use super::toml::{SYNTAX, span_of};
use crate::diag::Diagnostic;
use crate::source::{FileId, Node, Part, Sources, Span, Step};

/// A mistake as the reader of TOML found it.
pub(super) struct Mistake {
    pub(super) place: Range<usize>,
    pub(super) message: String,
    /// Whether the text is TOML, and only we cannot hold what it says.
    pub(super) is_ours: bool,
}

/// What is said about a text.
pub(super) struct Explained {
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Where reading can begin anew, if something was left open.
    pub(super) next_header: Option<usize>,
}

/// The diagnostics for the mistakes of a text from a byte on; `tree` is what could be read of it.
pub(super) fn explain(
    mut mistakes: Vec<Mistake>,
    start: usize,
    file: FileId,
    tree: &Node,
    sources: &Sources,
) -> Explained {
    let text = &**sources.text(file);
    // What could not be read is no number either: of one line the reader's own mistake comes first.
    mistakes.sort_by_key(|it| (sources.line(file, it.place.start.min(text.len())).0, it.is_ours, it.place.start));
    if let Some(first) = mistakes.first().and_then(|it| other_language(text, &mistakes, it)) {
        let diagnostic = first.at(span_of(file, &mistakes[0].place), "expected `key = value`, or `[table]`");
        return Explained { diagnostics: vec![diagnostic], next_header: None };
    }
    let mut explained = Explained { diagnostics: Vec::new(), next_header: None };
    let mut last_line = usize::MAX;
    for mistake in mistakes {
        let (line, begin) = sources.line(file, mistake.place.start.min(text.len()));
        if let Some(open) = swallowing_list(text, start, begin) {
            let diagnostic = Diagnostic::new(&SYNTAX, "a list is not closed");
            let diagnostic = diagnostic.at(span_of(file, &mistake.place), "expected `]` before this line");
            explained.diagnostics.push(diagnostic.at(span_of(file, &(open..open + 1)), "opened here"));
            explained.next_header = next_header(text, begin.max(start + 1));
            break;
        }
        if line != last_line {
            explained.diagnostics.push(one(&mistake, start, file, tree, sources));
            last_line = line;
        }
        if is_left_open(&mistake, text) {
            explained.next_header = next_header(text, begin.max(start + 1));
            break;
        }
    }
    explained
}

/// Where the first line from a place on begins that can only be the header of a table.
fn next_header(text: &str, from: usize) -> Option<usize> {
    let begins = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    begins.filter(|it| *it >= from).find(|it| is_header(line_of(text, *it)))
}

/// `[stages.train]`, at the beginning of the line.
fn is_header(line: &str) -> bool {
    let code = line.split(" #").next().unwrap_or_default().trim_end();
    let name = code.trim_start_matches('[').trim_end_matches(']');
    let is_name = name.starts_with(|it: char| it.is_ascii_alphabetic()) && !name.contains([',', '=']);
    code.starts_with('[') && code.ends_with(']') && is_name
}

/// The list that a line with a key or a header of its own is inside of, because it was left open before.
fn swallowing_list(text: &str, start: usize, begin: usize) -> Option<usize> {
    let line = line_of(text, begin);
    let key = line.split_once('=').map(|(key, _)| key.trim()).unwrap_or_default();
    let of_key = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let is_key = !key.is_empty() && key.chars().all(of_key);
    let open = open_bracket(text.get(start..begin)?).filter(|_| is_key || is_header(line))?;
    text[start + open..].starts_with('[').then_some(start + open)
}

/// A whole file in another language.
fn other_language(text: &str, mistakes: &[Mistake], first: &Mistake) -> Option<Diagnostic> {
    let lines: BTreeSet<&str> = mistakes.iter().map(|it| line_of(text, it.place.start)).collect();
    let yaml = lines.into_iter().filter(|it| is_yaml(it)).count();
    let what = if text.trim_start().starts_with('{') && first.place.start <= text.find('{').unwrap_or_default() {
        "JSON"
    } else if yaml > 1 && is_yaml(line_of(text, first.place.start)) {
        "YAML"
    } else {
        return None;
    };
    let diagnostic = Diagnostic::new(&SYNTAX, format!("this looks like {what}, and a spec is TOML"));
    Some(
        diagnostic
            .help("write `[project]` for a table and `name = \"demo\"` for a key; `mlopsc init` makes a first file"),
    )
}

/// `key: value`, `key:`, `- item` or `---`.
fn is_yaml(line: &str) -> bool {
    let line = line.trim();
    let word =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | '"'));
    let pair = line
        .trim_start_matches("- ")
        .split_once(':')
        .is_some_and(|(key, rest)| word(key.trim_end()) && (rest.is_empty() || rest.starts_with(' ')));
    pair || line.starts_with("- ") || line == "---"
}

/// Whether all that follows is inside of something that was never closed.
fn is_left_open(mistake: &Mistake, text: &str) -> bool {
    let (before, after) = text.split_at(text.floor_char_boundary(mistake.place.start.min(text.len())));
    let spaces = [' ', '\t', '\r'];
    let at_edge = after.trim_start_matches(spaces).starts_with('\n') || before.trim_end_matches(spaces).ends_with('\n');
    let said = |it: &str| mistake.message.starts_with(it);
    (said("missing comma") && at_edge) || said("unclosed") || said("invalid multi-line")
}

fn one(mistake: &Mistake, start: usize, file: FileId, tree: &Node, sources: &Sources) -> Diagnostic {
    let text = &**sources.text(file);
    let span = span_of(file, &mistake.place);
    let line = line_of(text, mistake.place.start);
    if mistake.message.starts_with("duplicate key") || mistake.message.starts_with("cannot extend value") {
        return given_twice(mistake, span, tree, sources);
    }
    if let Some(diagnostic) = bare_value(mistake, file, sources) {
        return diagnostic;
    }
    let (message, expected) = mistake.message.split_once(", expected ").unwrap_or((&mistake.message, ""));
    let said = |message: &str, label: &str| Diagnostic::new(&SYNTAX, message).at(span, label);
    let opened = |diagnostic: Diagnostic| match open_bracket(text.get(start..mistake.place.start).unwrap_or_default()) {
        Some(at) => diagnostic.at(span_of(file, &(start + at..start + at + 1)), "opened here"),
        None => diagnostic,
    };
    match message {
        "invalid basic string"
        | "invalid literal string"
        | "invalid multi-line basic string"
        | "invalid multi-line literal string"
            if expected.starts_with(['`', '\'', '"']) =>
        {
            said("a text is not closed", &format!("expected {expected}"))
        }
        "invalid basic string" => said("a text holds a control character", "write it as an escape, such as `\\u0007`"),
        "missing escaped value" => said("a text holds a `\\` that begins no escape", "")
            .help("write `\\\\` for a backslash, or the text in single quotes"),
        "missing comma between array elements" => opened(said("a list is not closed", "expected `,` or `]`")),
        "missing comma between key-value pairs" => {
            opened(said("a table in braces is not closed", "expected `,` or `}`"))
        }
        "unclosed array" | "unclosed inline table" => opened(said(message, &format!("expected {expected}"))),
        "unexpected key or value" => said("there is more behind the value", "expected the end of the line"),
        "recursion limit" | "cannot recurse further; max recursion depth met" => said("this is nested too deeply", ""),
        "key with no value" | "invalid unquoted key" if is_yaml(line) => {
            said("`:` does not join a key and its value in TOML", "expected `=`")
        }
        _ if expected.is_empty() => said(message, ""),
        _ => said(message, &format!("expected {expected}")),
    }
}

/// The last bracket before a place that is not closed there. Brackets in texts and comments are none.
fn open_bracket(before: &str) -> Option<usize> {
    let mut open: Vec<usize> = Vec::new();
    let mut rest = before;
    while let Some(next) = rest.chars().next() {
        let at = before.len() - rest.len();
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|it| rest.starts_with(it));
        let skipped = match (next, quote) {
            (_, Some(quote)) => {
                let inner = &rest[quote.len()..];
                inner.find(quote).map_or(rest.len(), |it| it + 2 * quote.len())
            }
            ('#', _) => rest.find('\n').unwrap_or(rest.len()),
            ('[' | '{', _) => {
                open.push(at);
                1
            }
            (']' | '}', _) => {
                open.pop();
                1
            }
            _ => next.len_utf8(),
        };
        rest = &rest[skipped..];
    }
    open.pop()
}

fn line_of(text: &str, byte: usize) -> &str {
    let byte = text.floor_char_boundary(byte.min(text.len()));
    let start = text[..byte].rfind('\n').map_or(0, |it| it + 1);
    let end = text[byte..].find('\n').map_or(text.len(), |it| byte + it);
    &text[start..end]
}

/// A value that is a word without quotes: a text, a version, or `yes`.
fn bare_value(mistake: &Mistake, file: FileId, sources: &Sources) -> Option<Diagnostic> {
    let text = &**sources.text(file);
    let is_edge = |it: char| it.is_whitespace() || matches!(it, '=' | ',' | '[' | ']' | '{' | '}' | '#');
    let at = text.floor_char_boundary(mistake.place.start.min(text.len()));
    // An edge may be a space of several bytes, as it comes from a page of the web.
    let start = text[..at].trim_end_matches(|it| !is_edge(it)).len();
    let end = text[at..].find(is_edge).map_or(text.len(), |it| at + it);
    let before = text[..start].trim_end_matches([' ', '\t']);
    let is_value = before.ends_with(['=', ',', '[']) && !mistake.message.starts_with("un");
    // Behind a key and nothing else the whole line is one text.
    let rest = text[start..].lines().next().unwrap_or_default().split(" #").next().unwrap_or_default().trim_end();
    let is_alone = before.ends_with('=') && !line_of(before, before.len()).contains(['{', '[']);
    let end = if is_alone && !rest.contains(['"', '\'', ',', '[', '{', '=', ';']) { start + rest.len() } else { end };
    let typographic = ['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{201e}'];
    let whole = &text[start..end];
    let word = whole.trim_matches(typographic);
    let is_word = word.starts_with(|it: char| it.is_alphanumeric() || matches!(it, '/' | '.' | '-' | '~' | '*'));
    if !is_value || !is_word || word.contains(['"', '\'']) {
        return None;
    }
    let span = span_of(file, &(start..end));
    if sources.hides(span) {
        return Some(Diagnostic::new(&SYNTAX, "a text without quotes").at(span, ""));
    }
    if let Some(value) = word.strip_suffix(';') {
        let span = span_of(file, &(start + value.len()..start + value.len() + 1));
        let diagnostic = Diagnostic::new(&SYNTAX, "a line of TOML ends without `;`").at(span, "");
        return Some(diagnostic.help("each key has a line of its own"));
    }
    let (message, fix) = match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => (format!("`{word}` is no value of TOML"), "true".to_owned()),
        "false" | "no" | "off" => (format!("`{word}` is no value of TOML"), "false".to_owned()),
        "null" | "nil" | "none" | "~" => {
            let diagnostic = Diagnostic::new(&SYNTAX, format!("`{word}` is no value of TOML")).at(span, "");
            return Some(diagnostic.help("leave the key out where there is no value"));
        }
        _ if mistake.message.starts_with("invalid date") => {
            return Some(Diagnostic::new(&SYNTAX, format!("there is no day `{word}`")).at(span, ""));
        }
        _ if mistake.is_ours => return None,
        _ if word.len() < whole.len() => (format!("the quotes around `{word}` are none"), format!("\"{word}\"")),
        _ => (format!("`{word}` is a text without quotes"), format!("\"{word}\"")),
    };
    Some(Diagnostic::new(&SYNTAX, message).at(span, "").fix(format!("write `{fix}`"), span, fix))
}

/// A key or table that is there already, with the place where.
fn given_twice(mistake: &Mistake, span: Span, tree: &Node, sources: &Sources) -> Diagnostic {
    let text = &**sources.text(span.file);
    let word = text.get(mistake.place.clone()).unwrap_or_default().trim_matches(['"', '\'']);
    let path = path_of(text, &mistake.place).unwrap_or_else(|| vec![word.to_owned()]);
    let known = inside(tree, span, sources).and_then(|it| it.get(word)).or_else(|| find(tree, &path));
    let first = known.and_then(|it| it.origin.node).map(|it| sources.span(it, Part::Key));
    let first = first.filter(|it| it.start < span.start).or_else(|| header_of(&path, span, text));
    let extends = mistake.message.starts_with("cannot extend");
    let message = if extends {
        format!("`{}` is a value already, and no table", path.join("."))
    } else {
        format!("`{}` is given twice", path.join("."))
    };
    let diagnostic = Diagnostic::new(&SYNTAX, message).at(span, if extends { "used as a table" } else { "again" });
    match first {
        Some(first) => diagnostic.at(first, "first here"),
        None => diagnostic,
    }
}

/// The header, or the dotted key, before a place that made a table of this path first.
fn header_of(path: &[String], place: Span, text: &str) -> Option<Span> {
    let mut start = 0;
    let mut table: Vec<String> = Vec::new();
    for line in text[..place.range().start].split_inclusive('\n') {
        let is_header = line.trim_start().starts_with('[');
        let key = line.split_once('=').map(|(key, _)| format!("{key}=0"));
        let own = if is_header { steps(line, usize::MAX) } else { key.and_then(|it| steps(&it, usize::MAX)) };
        let own = own.unwrap_or_default();
        let whole: Vec<String> = if is_header { own } else { table.iter().cloned().chain(own).collect() };
        if whole == path || (!is_header && whole.len() > table.len() && whole.starts_with(path)) {
            let key = start + line.find(path.last()?.as_str())?;
            return Some(span_of(place.file, &(key..key + path.last()?.len())));
        }
        if is_header {
            table = whole;
        }
        start += line.len();
    }
    None
}

/// The innermost table in braces around a place.
fn inside<'t>(node: &'t Node, span: Span, sources: &Sources) -> Option<&'t Node> {
    let children: Vec<&Node> = match (node.as_map(), node.as_list()) {
        (Some(map), _) => map.iter().map(|(_, it)| it).collect(),
        (None, Some(list)) => list.iter().collect(),
        (None, None) => Vec::new(),
    };
    let inner = children.into_iter().find_map(|it| inside(it, span, sources));
    inner.or_else(|| {
        let own = sources.span(node.origin.node?, Part::Value);
        let is_file = matches!(&sources.place_of(node.origin.node?).step, Step::Key(key) if key.is_empty());
        let around = own.file == span.file && own.start < span.start && span.end <= own.end && !is_file;
        (around && node.as_map().is_some()).then_some(node)
    })
}

/// The node at a path; of a list of tables the last one is meant, as in TOML.
fn find<'t>(tree: &'t Node, path: &[String]) -> Option<&'t Node> {
    path.iter().try_fold(tree, |node, key| {
        let node = node.as_list().and_then(|it| it.last()).unwrap_or(node);
        node.get(key)
    })
}

/// The whole path of the key at a place: the table that the line is in, and the key's own steps up to the place.
fn path_of(text: &str, place: &Range<usize>) -> Option<Vec<String>> {
    let start = text[..place.start].rfind('\n').map_or(0, |it| it + 1);
    let line = line_of(text, place.start);
    let within = place.start - start;
    if line.trim_start().starts_with('[') {
        return steps(line, within);
    }
    let key = line.split_once('=').map_or(line, |(key, _)| key);
    let own = steps(&format!("{key}=0"), within)?;
    let header = text[..start].lines().rev().find(|it| it.trim_start().starts_with('['));
    let table = header.map_or(Some(Vec::new()), |it| steps(it, usize::MAX))?;
    Some(table.into_iter().chain(own).collect())
}

/// The steps of the one key or header of a line, up to the one at a byte of it.
fn steps(line: &str, within: usize) -> Option<Vec<String>> {
    let (document, errors) = DeTable::parse_recoverable(line);
    if !errors.is_empty() {
        return None;
    }
    let mut table = document.get_ref();
    let mut steps = Vec::new();
    while let Some((key, value)) = table.iter().next() {
        if key.span().start > within {
            break;
        }
        steps.push(key.get_ref().to_string());
        match value.get_ref() {
            toml::de::DeValue::Table(inner) => table = inner,
            toml::de::DeValue::Array(items) => match items.iter().next().map(|it| it.get_ref()) {
                Some(toml::de::DeValue::Table(inner)) => table = inner,
                _ => break,
            },
            _ => break,
        }
    }
    Some(steps)
}
