//! `mlopsc init`: a first spec.

use super::args::{Args, Init};
use super::{Exit, Failure, print, project};
use crate::compile::compile;
use crate::diag::Severity;
use crate::output::create_new;
use crate::propose::{Proposal, name_from, propose};
use crate::source::Files;
use crate::spec::Name;

pub(super) fn run(args: &Args, it: &Init) -> Result<Exit, Failure> {
    let shown = it.folder.display();
    if it.folder.is_file() {
        return Err(Failure::bad_input(format!("`{shown}` is a file; name the folder of the project")));
    }
    let spec = it.folder.join(project::SPEC);
    if spec.exists() {
        return Err(Failure::world(format!("`{}` is there already; nothing was written", spec.display())));
    }
    let name = name(it)?;
    let proposal = propose(&files(it)?, &name);
    if proposal.files.is_empty() {
        proposal.passed_over.iter().for_each(|it| print::say(args, &format!("not taken: {it}")));
        proposal.missing.iter().for_each(|it| print::say(args, &format!("missing: {it}")));
        let what = "nothing here can be proposed, and nothing was written";
        return Err(Failure::bad_input(format!("{what}; `mlopsc init FOLDER` makes a small project in a new folder")));
    }
    taken(it, &proposal)?;
    if it.dry_run {
        for (path, text) in &proposal.files {
            print::data(&format!("==> {path} <==\n{text}\n"));
        }
    } else {
        create_new(&it.folder, &proposal.files).map_err(|it| Failure::world(it.to_string()))?;
        for (path, _) in &proposal.files {
            print::say(args, &format!("wrote {}", it.folder.join(path.as_str()).display()));
        }
    }
    for (word, sentences) in
        [("assumed", &proposal.assumptions), ("not taken", &proposal.passed_over), ("missing", &proposal.missing)]
    {
        sentences.iter().for_each(|it| print::say(args, &format!("{word}: {it}")));
    }
    if !it.dry_run {
        found(args, it)?;
    }
    print::say(args, "next: `mlopsc check`, then `mlopsc compile`");
    Ok(Exit::Clean)
}

/// What `check` will find in what was written, a line each.
fn found(args: &Args, it: &Init) -> Result<(), Failure> {
    let project = project::written(&it.folder);
    let compiled = compile(&project.options(args, &project.out(None)?, &[])?);
    let diagnostics = compiled.sink.all().iter().filter(|it| it.severity != Severity::Note);
    for diagnostic in diagnostics {
        let help = diagnostic.helps.first().map(|it| format!("; {}", it.text)).unwrap_or_default();
        print::say(args, &format!("`mlopsc check` will find: {} ({}){help}", diagnostic.message, diagnostic.code.id));
    }
    Ok(())
}

/// The project's files; a folder that is not there yet has none.
fn files(it: &Init) -> Result<Files, Failure> {
    if !it.folder.exists() {
        return Ok(Files::memory(std::iter::empty::<(&str, &str)>()));
    }
    Files::disk(&it.folder).map_err(|error| Failure::world(format!("cannot open `{}`: {error}", it.folder.display())))
}

/// The name that is given, or one made from the folder's.
fn name(it: &Init) -> Result<String, Failure> {
    if let Some(name) = &it.name {
        Name::check(name).map_err(|why| Failure::bad_input(format!("`{name}` is no name: {why}")))?;
        return Ok(name.clone());
    }
    let folder = std::path::absolute(&it.folder).unwrap_or_else(|_| it.folder.clone());
    let last = folder.components().next_back().map(|it| it.as_os_str().to_string_lossy().into_owned());
    Ok(name_from(&last.unwrap_or_default(), "project"))
}

/// All files that are in the way at once.
fn taken(it: &Init, proposal: &Proposal) -> Result<(), Failure> {
    let paths = proposal.files.iter().map(|(path, _)| it.folder.join(path.as_str()));
    let taken: Vec<String> = paths.filter(|it| it.exists()).map(|it| format!("`{}`", it.display())).collect();
    if taken.is_empty() {
        return Ok(());
    }
    Err(Failure::world(format!("{} would be written over; nothing was written", taken.join(", "))))
}
