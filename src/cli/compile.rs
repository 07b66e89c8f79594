//! `mlopsc compile`: the files of every environment.

use super::args::{Args, Compile, Format};
use super::project::Project;
use super::{Exit, Failure, print, project};
use crate::compile::compile;
use crate::output::{self, FileSet, Outcome, OutputError};
use crate::source::RelPath;

pub(super) fn run(args: &Args, it: &Compile) -> Result<Exit, Failure> {
    if it.stdout && args.format != Format::Terminal {
        // Both are data, and a reader of the one would stumble over the other.
        return Err(Failure::bad_input(
            "`--stdout` prints the files, and another `--format` prints there, too: use one",
        ));
    }
    let project = project::find(args)?;
    let out = project.out(it.out.as_deref())?;
    unknown_targets(&it.only)?;
    let compiled = compile(&project.options(args, &out, &it.only)?);
    let exit = print::diagnostics(args, &compiled.sink, &compiled.sources);
    if exit == Exit::BadInput {
        print::say(args, "nothing was written");
        return Ok(exit);
    }
    let all_clean = print::exit(&compiled.sink);
    let texts = compiled.environments.into_iter().map(|it| (it.name.to_string(), it.into_files()));
    let texts: Vec<(String, FileSet)> = texts.collect();
    let sets: Vec<(&str, &FileSet)> = texts.iter().map(|(name, set)| (name.as_str(), set)).collect();
    if it.stdout {
        to_stdout(&out, &sets);
        return Ok(Exit::Clean);
    }
    let all: Vec<&str> = sets.iter().map(|(name, _)| *name).collect();
    let options = output::Options {
        force: it.force,
        // With some environments only, the others are not gone.
        prune_environments: args.env.is_empty().then_some(all.as_slice()),
        ..output::Options::new(&project.folder)
    };
    let folder = project.folder.join(out.as_str());
    if it.check {
        check(args, &folder, &sets, &options)
    } else {
        write(args, &project, &out, &sets, &options, all_clean)
    }
}

fn unknown_targets(only: &[String]) -> Result<(), Failure> {
    let names: Vec<&str> = crate::backend::BACKENDS.iter().map(|it| it.name).collect();
    match only.iter().find(|it| !names.contains(&it.as_str())) {
        Some(unknown) => {
            Err(Failure::bad_input(format!("there is no target `{unknown}`; the targets are {}", names.join(", "))))
        }
        None => Ok(()),
    }
}

fn to_stdout(out: &RelPath, sets: &[(&str, &FileSet)]) {
    let mut text = String::new();
    for (name, set) in sets {
        for (path, content) in set.iter() {
            text += &format!("==> {out}/{name}/{path} <==\n{content}\n");
        }
    }
    print::data(&text);
}

fn check(
    args: &Args,
    folder: &std::path::Path,
    sets: &[(&str, &FileSet)],
    options: &output::Options<'_>,
) -> Result<Exit, Failure> {
    let differences = output::check(folder, sets, options).map_err(refused)?;
    if differences.is_empty() {
        print::say(args, "the files are what the spec says");
        return Ok(Exit::Clean);
    }
    for difference in &differences {
        let kind = match difference.kind {
            output::Kind::Missing => "missing",
            output::Kind::Changed => "changed",
            output::Kind::Stale => "stale",
            output::Kind::Foreign => "foreign",
        };
        print::say(args, &format!("{kind}: {}", difference.path.display()));
        let diff = crate::diag::clean(&difference.diff);
        // Where the diagnostics are data, they are all of it.
        if args.format == Format::Terminal { print::data(&diff) } else { print::say(args, &diff) }
    }
    print::say(
        args,
        &format!("{}; `mlopsc compile` writes what the spec says", print::counted(differences.len(), "difference")),
    );
    Ok(Exit::Findings)
}

fn write(
    args: &Args,
    project: &Project,
    out: &RelPath,
    sets: &[(&str, &FileSet)],
    options: &output::Options<'_>,
    clean: Exit,
) -> Result<Exit, Failure> {
    let report = output::write(&project.folder.join(out.as_str()), sets, options).map_err(refused)?;
    for written in &report.environments {
        let what = match written.outcome {
            Outcome::Unchanged => "unchanged".to_owned(),
            Outcome::Replaced { added, changed, removed } => {
                format!("{added} added, {changed} changed, {removed} removed")
            }
            Outcome::Removed { files } => {
                format!("removed with {}: the spec has no such environment", print::counted(files, "file"))
            }
        };
        let home = format!("{}{out}/{}", project.prefix, written.environment);
        print::say(args, &format!("{home}: {what}"));
        for guest in &written.absent {
            let folder = guest.parent();
            print::say(args, &format!("not there yet: {home}/{guest}; {home}/{folder}/.gitignore says how to make it"));
        }
    }
    // A warning does not keep the files from being written, but the caller should see it.
    Ok(clean)
}

/// Nothing was lost; what is said is what the disk or the files in the way said.
fn refused(error: OutputError) -> Failure {
    match error {
        OutputError::Outside { .. } | OutputError::Name(_) => Failure::bad_input(error.to_string()),
        _ => Failure::world(error.to_string()),
    }
}
