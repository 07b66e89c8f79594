//! `--set path=value`: a change to the file from the command line.

use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::source::{Node, Sources};

pub(super) static BAD_SET: Code = Code {
    id: "bad-set",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `--set` that is not `path=value`.

### Example
`--set services.api.replicas` has no value.

### Use instead
`--set services.api.replicas=3`. The value is read as TOML; what is no TOML value is taken as a string, so
`--set project.version=1.4.0` needs no quotes.
",
};

/// Tables that `--set` cannot change: what they say is used up before, or by every environment.
const NOT_SET: [(&str, &str); 2] = [
    ("environments", "name the value itself, and choose the environment with `--env`"),
    ("extends", "write it in the file"),
];

/// The tree of one `--set`; `None` when it is wrong, which is then in `sink`.
pub fn parse_set(argument: &str, sources: &mut Sources, sink: &mut Sink) -> Option<Node> {
    let (path, value) = argument.split_once('=').map_or((argument, None), |(path, value)| (path, Some(value)));
    // What stands behind `=` may be a secret, and is not needed to find the mistake.
    let shown = if value.is_some() { format!("{path}=…") } else { path.to_owned() };
    let wrong = |why: &str| {
        Diagnostic::new(&BAD_SET, format!("`--set {}`: {why}", shown.escape_debug()))
            .at(Spot::File("the command line".into()), "")
    };
    let form = "write `--set path=value`, such as `--set services.api.replicas=3`";
    let Some(value) = value else {
        sink.report(wrong("there is no `=`").help(form));
        return None;
    };
    let Some(first) = first_step(path) else {
        sink.report(wrong("what is before `=` is no path").help(form));
        return None;
    };
    if let Some((table, instead)) = NOT_SET.iter().find(|(it, _)| *it == first) {
        sink.report(wrong(&format!("`{table}` cannot be set")).help(*instead));
        return None;
    }
    // No key asks for a fraction: `1.10` is a version.
    let is_value = format!("value = {value}")
        .parse::<toml::Table>()
        .is_ok_and(|it| it.len() == 1 && it.values().all(|it| !it.is_float()));
    let value = if is_value { value.to_owned() } else { toml::Value::String(value.to_owned()).to_string() };
    let file = sources.add_argument("the command line (--set)", format!("{path} = {value}"));
    super::parse_toml(file, sources, sink)
}

/// The first step of a path of keys; `None` if it is none.
fn first_step(path: &str) -> Option<String> {
    let is_one_line = !path.contains(['\n', '\r', '#']);
    let table = format!("{path} = 0").parse::<toml::Table>().ok().filter(|_| is_one_line)?;
    table.keys().next().cloned()
}
