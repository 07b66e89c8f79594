//! `mlopsc explain`: why something is what it is.

use super::args::{Args, Explain};
use super::project::Project;
use super::{Exit, Failure, print, project};
use crate::compile::{Compiled, Environment, compile};
use crate::diag::clean;
use crate::plan::{RULES, rule};
use crate::source::{Node, Origin, Part, RelPath, Sources, Value, steps_of};
use crate::spec::nearest;

pub(super) fn run(args: &Args, it: &Explain) -> Result<Exit, Failure> {
    if let Some(text) = of_catalogue(&it.what) {
        print::data(&text);
        return Ok(Exit::Clean);
    }
    let near = near_word(&it.what);
    let project = project::find(args).map_err(|failure| match &near {
        Some(near) => unknown_word(&it.what, near),
        None => failure,
    })?;
    let out = project.out(None)?;
    let compiled = compile(&project.options(args, &out, &[])?);
    if compiled.sink.has_errors() {
        let is_value = |it: &Environment, path: &str| it.resolved.tree.at(path.split('.')).is_some();
        if let Some(near) = near.filter(|_| !compiled.environments.iter().any(|env| is_value(env, &it.what))) {
            return Err(unknown_word(&it.what, &near));
        }
        return Ok(print::diagnostics(args, &compiled.sink, &compiled.sources));
    }
    let text = match split_pointer(&it.what) {
        Some((file, pointer)) => of_file(&project, &out, &compiled, file, pointer)?,
        None => of_spec(&compiled, &it.what)?,
    };
    print::data(&clean(&text));
    Ok(Exit::Clean)
}

/// The text of a code or a rule.
fn of_catalogue(what: &str) -> Option<String> {
    let code = crate::all_codes().find(|it| it.id == what).map(|it| format!("{}\n\n{}", it.id, it.explain));
    let rule = RULES.iter().find(|it| it.id == what).map(|it| format!("{}\n\n{}\n", it.id, it.about));
    match (code, rule) {
        (Some(code), Some(rule)) => Some(format!("{code}\nAs a rule of the compiler: {rule}")),
        (code, rule) => code.or(rule),
    }
}

/// The code or rule that is spelled most like a single word.
fn near_word(what: &str) -> Option<String> {
    let words = crate::all_codes().map(|it| it.id).chain(RULES.iter().map(|it| it.id));
    nearest(what, words).filter(|_| !what.contains(['/', '.', ':', '['])).map(str::to_owned)
}

fn unknown_word(what: &str, near: &str) -> Failure {
    Failure::bad_input(format!("`{what}` is no code, no rule and no value of the spec; did you mean `{near}`?"))
}

/// `file:/pointer`, or a file alone.
fn split_pointer(what: &str) -> Option<(&str, &str)> {
    if let Some(at) = what.find(":/") {
        return Some((&what[..at], &what[at + 1..]));
    }
    what.contains('/').then_some((what, ""))
}

fn of_file(
    project: &Project,
    out: &RelPath,
    compiled: &Compiled,
    file: &str,
    pointer: &str,
) -> Result<String, Failure> {
    let (environment, path) = locate(project, out, compiled, file)?;
    let Some(tree) = environment.tree(&path) else {
        if let Some(origin) = environment.origin(&path) {
            return Ok(describe("the file", origin, &compiled.sources));
        }
        return Err(Failure::bad_input(format!("`{file}` is not one of the files that the spec leads to")));
    };
    let Some(node) = tree.pointer(pointer) else {
        return Err(Failure::bad_input(format!("`{file}` has nothing at `{pointer}`{}", near_fields(&tree, pointer))));
    };
    Ok(describe(&shown(node), node.origin, &compiled.sources))
}

/// The environment and the path below its folder.
fn locate<'c>(
    project: &Project,
    out: &RelPath,
    compiled: &'c Compiled,
    file: &str,
) -> Result<(&'c Environment, RelPath), Failure> {
    let unknown = || {
        Failure::bad_input(format!("`{file}` is not in the output: expected `{}{out}/<environment>/…`", project.prefix))
    };
    let below = file.strip_prefix(&project.prefix).unwrap_or(file);
    let below = below.strip_prefix("./").unwrap_or(below);
    let below = below.strip_prefix(out.as_str()).and_then(|it| it.strip_prefix('/')).unwrap_or(below);
    let (name, rest) = below.split_once('/').ok_or_else(unknown)?;
    let environment = compiled.environments.iter().find(|it| it.name == name).ok_or_else(unknown)?;
    Ok((environment, RelPath::parse(rest).map_err(|_| unknown())?))
}

/// The fields that are there, where a pointer leads on from something that is.
fn near_fields(tree: &Node, pointer: &str) -> String {
    let parent = pointer.rsplit_once('/').and_then(|(parent, _)| tree.pointer(parent));
    let keys: Vec<String> = match parent.map(|it| &it.value) {
        Some(Value::Map(map)) => map.iter().map(|(key, _)| format!("`{key}`")).collect(),
        Some(Value::List(list)) => vec![format!("items 0 to {}", list.len().saturating_sub(1))],
        _ => return String::new(),
    };
    format!("; there are {}", keys.join(", "))
}

/// A value of the spec in every environment, with the way on which it got there.
fn of_spec(compiled: &Compiled, path: &str) -> Result<String, Failure> {
    let mut text = String::new();
    for environment in &compiled.environments {
        if let Some(node) = environment.resolved.tree.at(steps_of(path)) {
            text += &format!("{}: {}", environment.name, describe(&shown(node), node.origin, &compiled.sources));
        }
    }
    if let Some(near) = near_word(path).filter(|_| text.is_empty()) {
        return Err(unknown_word(path, &near));
    }
    if text.is_empty() {
        return Err(Failure::bad_input(format!(
            "`{path}` is no code, no rule, no value of the spec and no file of the output; codes are in the output of \
             `mlopsc check`, paths look like `services.api.replicas`"
        )));
    }
    Ok(text)
}

/// A value on one line.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Map(map) => {
            format!("a map of {}", map.iter().map(|(key, _)| format!("`{key}`")).collect::<Vec<_>>().join(", "))
        }
        Value::List(list) => format!("a list of {}", print::counted(list.len(), "item")),
        _ => node.to_json().to_string(),
    }
}

/// What decided a value: the line that was written, the rule that made something of it, or both.
fn describe(value: &str, origin: Origin, sources: &Sources) -> String {
    let mut text = format!("{value}\n");
    if let Some(id) = origin.rule {
        let rule = rule(id);
        text += &format!("  rule {}: {}\n", rule.id, rule.about);
    }
    if let Some(node) = origin.node {
        let span = sources.span(node, Part::Key);
        let position = sources.position(span);
        let line = sources.text(span.file).lines().nth(position.line - 1).unwrap_or_default().trim();
        let verb = if origin.rule.is_some() { "from" } else { "set at" };
        text += &format!("  {verb} {}:{}:{}  {line}\n", sources.name(span.file), position.line, position.column);
        text += &format!("  which is {}\n", sources.path(node));
    }
    text
}
