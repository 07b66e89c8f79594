//! The templates of a project: which there are, and what in them would be used nowhere.

use super::{BAD_TEMPLATE, Blueprints, FOLDER, OURS, TEXTS, blocks, ours};
use crate::diag::{Diagnostic, Sink, Spot};
use crate::source::{FileError, Files, RelPath};
use crate::spec::nearest;

/// A name below the folder, and the text.
type Own = (String, Result<String, FileError>);

pub(super) fn read(files: &Files) -> Vec<Own> {
    let text = |name: &str| {
        let path = RelPath::parse(&format!("{FOLDER}/{name}")).expect("internal error: a good name");
        files.text(&path).map(|it| it.to_string())
    };
    names(files).into_iter().filter(|it| it.ends_with(ENDING)).map(|it| (it.clone(), text(&it))).collect()
}

/// What in the folder is used nowhere.
pub(super) fn judge(files: &Files, own: &[Own], blueprints: &Blueprints, sink: &mut Sink) {
    if files.is_file(&folder()) {
        let message = format!("`{FOLDER}` is a file, where the templates of a project lie in a folder of this name");
        let diagnostic = Diagnostic::new(&BAD_TEMPLATE, message);
        let diagnostic = diagnostic.at(Spot::File(blueprints.shown.trim_end_matches('/').into()), "");
        sink.report(
            diagnostic.help(format!("put a template into `{FOLDER}/docker/Dockerfile.j2`, or rename the file")),
        );
    }
    report_endings(&names(files), blueprints, sink);
    report_unused(own, blueprints, sink);
    for (name, text) in own.iter().filter_map(|(name, text)| Some((name, text.as_ref().ok()?))) {
        report_lost(name, text, blueprints, sink);
    }
}

/// How the names of templates end.
const ENDING: &str = ".j2";

fn folder() -> RelPath {
    RelPath::parse(FOLDER).expect("internal error: a good name")
}

/// The names of all files below the folder.
fn names(files: &Files) -> Vec<String> {
    let paths = files.walk(&folder(), &|_| true);
    paths.iter().map(|it| it.as_str()[FOLDER.len() + 1..].to_owned()).collect()
}

/// Files that would be templates if their names ended so; any other file may lie there.
fn report_endings(names: &[String], blueprints: &Blueprints, sink: &mut Sink) {
    for name in names.iter().filter(|it| !it.ends_with(ENDING)) {
        let stem = [".jinja", ".jinja2"].iter().find_map(|it| name.strip_suffix(it)).unwrap_or(name);
        let meant = alike(&format!("{stem}{ENDING}"));
        if !meant.is_empty() {
            let diagnostic = blueprints.bad_file(name, &format!("its name does not end in `{ENDING}`"));
            sink.report(diagnostic.help(did_you_mean(&meant)));
        }
    }
}

/// A template of the project that has no name of ours is one that another one of the project names, or a mistake.
fn report_unused(own: &[Own], blueprints: &Blueprints, sink: &mut Sink) {
    let is_ours = |name: &str| TEXTS.iter().any(|(it, _)| *it == name);
    let names = |text: &str, name: &str| ['"', '\''].iter().any(|it| text.contains(&format!("{it}{name}{it}")));
    let is_named =
        |name: &str| own.iter().any(|(other, text)| other != name && text.as_ref().is_ok_and(|text| names(text, name)));
    for (name, text) in own.iter().filter(|(name, _)| !is_ours(name) && !is_named(name)) {
        let all = || TEXTS.iter().map(|(name, _)| *name);
        let extended = text.as_ref().ok().and_then(|it| blocks::extended(it)?.strip_prefix(OURS));
        let meant = extended.filter(|it| is_ours(it)).map_or_else(|| alike(name), |it| vec![it]);
        let help = match (meant.as_slice(), nearest(name, all())) {
            ([], None) => format!("templates are {}", all().collect::<Vec<_>>().join(", ")),
            ([], Some(near)) => did_you_mean(&[near]),
            (meant, _) => did_you_mean(meant),
        };
        sink.report(blueprints.bad_file(name, "no file is made of it").help(help));
    }
}

/// The template of ours with this path, or else those with this name in any folder.
fn alike(name: &str) -> Vec<&'static str> {
    let all = || TEXTS.iter().map(|(name, _)| *name);
    let is_called = |it: &&str| it.rsplit('/').next() == name.rsplit('/').next();
    all().find(|it| *it == name).map_or_else(|| all().filter(is_called).collect(), |it| vec![it])
}

fn did_you_mean(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    format!("did you mean {}?", names.join(" or "))
}

/// A block that the template below does not have is printed nowhere, and neither is text outside of all blocks.
fn report_lost(name: &str, text: &str, blueprints: &Blueprints, sink: &mut Sink) {
    let Some(extended) = blocks::extended(text) else { return };
    let base = extended.strip_prefix(OURS).and_then(ours);
    let known: Vec<&str> = base.into_iter().flat_map(blocks::all).map(|it| it.name).collect();
    let instead = |said: &str| match (base, known.as_slice()) {
        (None, _) => format!("put it into a block of `{extended}`"),
        (Some(_), []) => {
            format!("`{extended}` has no blocks: leave `extends` out, and write all that shall stand in its place")
        }
        _ => format!("{said} {}", known.join(", ")),
    };
    let is_strange = |it: &blocks::Block<'_>| base.is_some() && it.is_outer && !known.contains(&it.name);
    for block in blocks::all(text).filter(is_strange) {
        let why = format!("there is no block `{}`, line {}", block.name, block.line);
        let help = match nearest(block.name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => instead("the blocks are"),
        };
        sink.report(blueprints.bad_file(name, &why).help(help));
    }
    if let Some(line) = blocks::outside(text) {
        let why = format!("what stands outside of its blocks is printed nowhere, line {line}");
        sink.report(blueprints.bad_file(name, &why).help(instead("put it into one of the blocks:")));
    }
}
