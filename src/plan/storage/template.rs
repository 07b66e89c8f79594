//! Templates of `[config]`: what they may print, and what is wrong in one, with its place.

use std::collections::BTreeSet;
use std::ops::Range;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde_json::{Map, Value, json};
use smol_str::ToSmolStr;

use crate::diag::{Code, Diagnostic, Severity};
use crate::plan::Identity;
use crate::plan::compute::{data_path, ports, secret_path, service_host};
use crate::plan::context::Context;
use crate::resolve::AttachedFile;
use crate::source::Span;
use crate::spec::{Workload, nearest};

pub(in crate::plan) static TEMPLATE_VALUE_UNKNOWN: Code = Code {
    id: "template-value-unknown",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a name in a template of `[config]` that stands for nothing: a setting, a dataset, a service or a port that the
spec does not have, or a path that is not one path, because no workload that reads the table mounts the dataset, or two
of them mount it at different places.

### Why it matters
An empty text in a file of somebody else's format is found by whoever reads it, at night.

### Use instead
A name that is there, with `_` for each `-`. A default (`{{ project.version | default(\"dev\") }}`) does not make a name
known: it would hide a misspelt one.
",
};

pub(in crate::plan) static BAD_CONFIG_TEMPLATE: Code = Code {
    id: "bad-config-template",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a template of `[config]` that cannot be read or filled in: a tag without its end, a filter that does not exist,
another template in it.

### Use instead
The syntax of Jinja as the library minijinja documents it: `{{ … }}`, `{% if %}`, `{% for %}`, `{% raw %}` and filters.
A template stands alone, without `include` and `extends`.
",
};

/// The text that a template becomes; `None` where it has mistakes, which are reported.
pub(super) fn render(context: &Context<'_>, identity: &Identity, table: &str, file: &AttachedFile) -> Option<String> {
    let values = values(context, identity, table);
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_debug(true);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("internal error: a good syntax"));
    if let Err(error) = environment.add_template("template", &file.text) {
        context.report(broken(file, &error));
        return None;
    }
    let template = environment.get_template("template").expect("internal error: it was just added");
    let globals: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let names: BTreeSet<String> = template.undeclared_variables(true).into_iter().collect();
    let unknown = names.iter().filter_map(|it| Unknown::find(&values, it));
    let found: Vec<(Span, Unknown<'_>)> =
        unknown.filter(|it| !globals.contains(it.name)).filter_map(|it| Some((it.place(file)?, it))).collect();
    if !found.is_empty() {
        found.into_iter().for_each(|(span, it)| context.report(it.diagnostic(file, span)));
        return None;
    }
    match template.render(minijinja::value::Serde(&values)) {
        Ok(text) => Some(text),
        Err(error) => {
            context.report(broken(file, &error));
            None
        }
    }
}

/// A dotted name that leads nowhere.
struct Unknown<'n> {
    /// The name as far as its first unknown part.
    name: &'n str,
    /// That part.
    part: &'n str,
    /// What stands before it, and the names that are there.
    before: &'n str,
    known: Vec<String>,
}

impl<'n> Unknown<'n> {
    fn find(values: &Value, name: &'n str) -> Option<Self> {
        let mut here = values;
        let mut start = 0;
        for part in name.split('.') {
            let end = start + part.len();
            // What is no table is asked by the template itself.
            let map = here.as_object()?;
            match map.get(part) {
                Some(next) => here = next,
                None => {
                    let before = name[..start].trim_end_matches('.');
                    let known = map.keys().cloned().collect();
                    return Some(Self { name: &name[..end], part: &name[start..end], before, known });
                }
            }
            start = end + 1;
        }
        None
    }

    /// The first place of the name in a tag of the template.
    fn place(&self, file: &AttachedFile) -> Option<Span> {
        let is_word = |it: char| it.is_alphanumeric() || it == '_';
        tags(&file.text).find_map(|tag| {
            let text = &file.text[tag.clone()];
            let at = text.match_indices(self.name).find(|(at, _)| {
                let before = text[..*at].chars().next_back();
                let after = text[at + self.name.len()..].chars().next();
                !before.is_some_and(|it| is_word(it) || it == '.') && !after.is_some_and(is_word)
            })?;
            let end = tag.start + at.0 + self.name.len();
            Some(span(file, &(end - self.part.len()..end)))
        })
    }

    fn diagnostic(&self, file: &AttachedFile, span: Span) -> Diagnostic {
        let message = format!("`{}` has no value in the template `{}`", self.name, file.path);
        let diagnostic = Diagnostic::new(&TEMPLATE_VALUE_UNKNOWN, message).at(span, "");
        let diagnostic = diagnostic.at(file.origin, "named here");
        let names = || self.known.iter().map(String::as_str);
        let listed = names().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        let diagnostic = match (self.before, self.part) {
            (before, "path") if before.starts_with("data.") || before.starts_with("secrets.") => {
                let (table, name) = before.split_once('.').unwrap_or_default();
                let what = if table == "data" { "dataset" } else { "secret" };
                diagnostic.help(format!(
                    "the workloads that read this table must see the {what} `{}` at one place, as files",
                    name.replace('_', "-")
                ))
            }
            ("", _) => diagnostic.help(format!("a template may print {listed}")),
            (before, _) if self.known.is_empty() => diagnostic.help(format!("`{before}` has nothing")),
            (before, _) => diagnostic.help(format!("`{before}` has {listed}")),
        };
        diagnostic.did_you_mean(span, nearest(self.part, names()))
    }
}

/// The tags of a template, in order.
fn tags(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find("{{").into_iter().chain(text[from..].find("{%")).min()?;
        let close = if text[start..].starts_with("{{") { "}}" } else { "%}" };
        let end = text[start..].find(close).map_or(text.len(), |it| start + it + 2);
        from = end;
        Some(start..end)
    })
}

fn broken(file: &AttachedFile, error: &Error) -> Diagnostic {
    let why = error.detail().map_or_else(|| error.kind().to_string(), |it| format!("{}: {it}", error.kind()));
    let message = format!("the template `{}` cannot be filled in", file.path);
    let whole_line = || {
        let number = error.line().unwrap_or(1).saturating_sub(1);
        let start: usize = file.text.split_inclusive('\n').take(number).map(str::len).sum();
        start..file.text[start..].find('\n').map_or(file.text.len(), |it| start + it)
    };
    let place = error.range().filter(|it| it.end <= file.text.len()).unwrap_or_else(whole_line);
    let diagnostic = Diagnostic::new(&BAD_CONFIG_TEMPLATE, message).at(span(file, &place), why.replace('\n', " "));
    diagnostic.at(file.origin, "named here")
}

fn span(file: &AttachedFile, range: &Range<usize>) -> Span {
    let byte = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    Span { file: file.id, start: byte(range.start), end: byte(range.end) }
}

/// All that a template may print.
fn values(context: &Context<'_>, identity: &Identity, table: &str) -> Value {
    let spec = context.spec;
    let readers: Vec<&Workload> = programs(context).filter(|it| reads(it, table)).collect();
    let config = spec.config.by_key().map(|(name, it)| {
        let values = it.values.iter().map(|(key, value)| (word(key), json!(value.value)));
        (word(name), Value::Object(values.collect()))
    });
    let data = spec.data.by_key().filter(|(_, it)| it.is_mounted()).map(|(name, _)| {
        let of = |it: &&Workload| {
            it.inputs.iter().chain(&it.outputs).find_map(|mount| {
                let data = mount.data.as_ref().filter(|it| it.as_str() == name.as_str())?;
                Some(data_path(context, mount, data).value)
            })
        };
        (word(name), one_place(readers.iter().filter_map(of)))
    });
    let secrets = spec.secrets.by_key().map(|(name, _)| {
        let of = |it: &&Workload| {
            let mut used = it.secrets.iter().filter(|it| !it.is_env());
            let used = used.find(|it| it.name.as_ref().is_some_and(|it| it.as_str() == name.as_str()))?;
            Some(secret_path(used, name.as_str()).value)
        };
        (word(name), one_place(readers.iter().filter_map(of)))
    });
    let services =
        spec.services.by_key().map(|(name, service)| (word(name), of_service(context, name.as_str(), service)));
    let mut project = Map::new();
    project.insert("name".into(), json!(identity.project.value));
    project.extend(identity.version.as_ref().map(|it| ("version".into(), json!(it.value))));
    json!({
        "project": project,
        "environment": identity.environment,
        "namespace": identity.namespace.value,
        "config": Value::Object(config.collect()),
        "data": Value::Object(data.collect()),
        "secrets": Value::Object(secrets.collect()),
        "services": Value::Object(services.collect()),
    })
}

/// A name of the spec as one of a template, where `-` takes away.
fn word(name: &str) -> String {
    name.replace('-', "_")
}

/// Stages, services, and all that runs beside them.
fn programs<'p>(context: &Context<'p>) -> impl Iterator<Item = &'p Workload> {
    let stages = context.spec.stages.values().map(|it| &***it);
    let all = stages.chain(context.spec.services.values().map(|it| &***it));
    all.flat_map(|it| std::iter::once(it).chain(it.others().map(|(_, _, _, it, _)| it)))
}

fn reads(program: &Workload, table: &str) -> bool {
    program.config.iter().any(|it| it.name.as_ref().is_some_and(|it| it.as_str() == table))
}

/// The path that all readers agree about, where there is one.
fn one_place<P: ToSmolStr>(places: impl Iterator<Item = P>) -> Value {
    let places: BTreeSet<_> = places.map(|it| it.to_smolstr()).collect();
    match places.first().filter(|_| places.len() == 1) {
        Some(path) => json!({ "path": path }),
        None => json!({}),
    }
}

/// How a service is reached. The first port has no name to be called by.
fn of_service(context: &Context<'_>, name: &str, service: &crate::source::At<crate::spec::Service>) -> Value {
    let ports = ports(context, service, service.origin);
    let named = |number: &dyn Fn(&crate::plan::Port) -> u16| -> Map<String, Value> {
        ports.iter().map(|it| (word(&it.name), json!(number(it)))).collect()
    };
    let mut values = Map::new();
    values.extend(service_host(context, name).map(|it| ("host".into(), json!(it))));
    values.extend(ports.first().map(|it| ("port".into(), json!(it.number.value))));
    values.insert("ports".into(), Value::Object(named(&|it| it.number.value)));
    values.insert("service_ports".into(), Value::Object(named(&|it| it.service_port.value)));
    Value::Object(values)
}
