//! A TOML text as a tree whose nodes know their places.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::syntax::Mistake;
use super::{secret, syntax};
use crate::diag::{Code, Severity, Sink};
use crate::source::{FileId, Map, Node, NodeId, Origin, Place, Sources, Span, Step, Value};

pub(super) static SYNTAX: Code = Code {
    id: "syntax",
    severity: Severity::Error,
    explain: "\
### What it does
Reports what is not TOML: a missing quote, a key given twice, a value that is none.

### Why it matters
Nothing after the mistake can be trusted to mean what it seems to. While a file has mistakes of syntax, only those are
shown.

### Use instead
TOML 1.0. An editor with the published schema shows such mistakes while you type.
",
};

/// Reads a text. The tree is `None` when it has mistakes of syntax, which are then in `sink`.
pub fn parse_toml(file: FileId, sources: &mut Sources, sink: &mut Sink) -> Option<Node> {
    let text = sources.text(file).clone();
    let mut start = 0;
    let (mut tree, mut mistakes) = read(file, &text, sources);
    if mistakes.is_empty() {
        return Some(tree);
    }
    loop {
        let places: Vec<Span> = mistakes.iter().map(|it| span_of(file, &it.place)).collect();
        secret::hide_secrets(&mut tree, &places, sources);
        let explained = syntax::explain(mistakes, start, file, &tree, sources);
        explained.diagnostics.into_iter().for_each(|it| sink.report(it));
        // Behind a bracket that was left open the next header begins anew; what is before it is blank.
        start = explained.next_header?;
        (tree, mistakes) = read(file, &(" ".repeat(start) + &text[start..]), sources);
    }
}

/// What can be read of a text, and what cannot.
fn read(file: FileId, text: &str, sources: &mut Sources) -> (Node, Vec<Mistake>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file, sources, wrong: Vec::new() };
    let tree = reader.table(&document, None, Step::Key("".into()), 0..0);
    let mistake = |it: &toml::de::Error| Mistake {
        place: it.span().unwrap_or(text.len()..text.len()),
        message: it.message().lines().next().unwrap_or_default().to_owned(),
        is_ours: false,
    };
    let mistakes = errors.iter().map(mistake).chain(reader.wrong).collect();
    (tree, mistakes)
}

/// A run of bytes of a file.
pub(super) fn span_of(file: FileId, range: &Range<usize>) -> Span {
    let byte = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    Span { file, start: byte(range.start), end: byte(range.end) }
}

struct Reader<'s> {
    file: FileId,
    sources: &'s mut Sources,
    wrong: Vec<Mistake>,
}

impl Reader<'_> {
    fn place(&mut self, parent: Option<NodeId>, step: Step, key: &Range<usize>, value: &Range<usize>) -> NodeId {
        let key = span_of(self.file, key);
        // A table that only its sub-tables make has no text of its own: its key stands for it.
        let value = if value.is_empty() { key } else { span_of(self.file, value) };
        self.sources.place(Place { key, value, parent, step })
    }

    fn table(&mut self, table: &Spanned<DeTable<'_>>, parent: Option<NodeId>, step: Step, key: Range<usize>) -> Node {
        let id = self.place(parent, step, &key, &table.span());
        let entries = table.get_ref().iter().map(|(key, value)| {
            let step = Step::Key(key.get_ref().as_ref().into());
            (key.get_ref().as_ref().into(), self.value(value, id, step, key.span()))
        });
        Node::new(entries.collect::<Map>(), Origin::written(id))
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, parent: NodeId, step: Step, key: Range<usize>) -> Node {
        let id = self.place(Some(parent), step, &key, &value.span());
        let plain = match value.get_ref() {
            DeValue::String(it) => Value::Str(it.as_ref().into()),
            DeValue::Boolean(it) => Value::Bool(*it),
            DeValue::Datetime(it) => Value::Str(it.to_string().into()),
            // A program is given what stands in the file: of the version `1.10` no number is made.
            DeValue::Integer(_) | DeValue::Float(_) if self.is_for_program(parent) => {
                Value::Str(self.sources.text(self.file)[value.span()].into())
            }
            DeValue::Integer(it) => {
                let digits = it.as_str().replace('_', "");
                let number = i64::from_str_radix(&digits, it.radix());
                self.number(number.ok().map(Value::Int), &value.span(), "an integer of more than 64 bits")
            }
            DeValue::Float(it) => {
                let number = it.as_str().replace('_', "").parse::<f64>().ok().filter(|it| it.is_finite());
                self.number(number.map(Value::Float), &value.span(), "a number that is not finite")
            }
            DeValue::Array(items) => {
                let items = items.iter().enumerate();
                let nodes = items.map(|(index, it)| self.value(it, id, Step::Index(index), it.span()));
                Value::List(nodes.collect())
            }
            DeValue::Table(table) => {
                let entries = table.iter().map(|(key, value)| {
                    let step = Step::Key(key.get_ref().as_ref().into());
                    (key.get_ref().as_ref().into(), self.value(value, id, step, key.span()))
                });
                Value::Map(entries.collect())
            }
        };
        Node::new(plain, Origin::written(id))
    }

    /// Whether a value below a node is one of `env`, which the program reads as text.
    fn is_for_program(&self, parent: NodeId) -> bool {
        let path = self.sources.path(parent);
        let mut steps: Vec<&str> = path.split('.').collect();
        if steps.first() == Some(&"environments") {
            steps.drain(..2.min(steps.len()));
        }
        // A thing that is called `env` stands directly in the table of its kind.
        let last = steps.iter().rev().take(2).any(|it| *it == "env");
        last && steps.iter().skip(2).any(|it| *it == "env")
    }

    fn number(&mut self, number: Option<Value>, span: &Range<usize>, why: &str) -> Value {
        number.unwrap_or_else(|| {
            self.wrong.push(Mistake { place: span.clone(), message: why.to_owned(), is_ours: true });
            Value::Null
        })
    }
}
