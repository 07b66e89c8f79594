//! `mlopsc init`: a first spec.

use super::args::{Args, Init};
use super::{Exit, Failure, print, project};
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
    for assumption in &proposal.assumptions {
        print::say(args, &format!("assumed: {assumption}"));
    }
    print::say(args, "next: `mlopsc check`, then `mlopsc compile`");
    Ok(Exit::Clean)
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
    Ok(name_from(&last.unwrap_or_default()))
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
