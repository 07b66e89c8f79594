//! `mlopsc lock`: which image a tag stands for, written down.

mod built;
mod from;

use std::path::Path;
use std::time::Duration;

use super::args::{Args, Format, Lock};
use super::project::Project;
use super::{Exit, Failure, print, project};
use crate::check::FOR_LOCK;
use crate::compile::{Compiled, Options, compile};
use crate::diag::{Diagnostic, Severity, Sink};
use crate::lock::{self, Answer, Environment, Report, Scope, Trouble, Verdict, Wanted};
use crate::output::replace_file;
use crate::plan::{Digests, Image, Inputs, LOCK, Locked, definition};
use crate::registry::{Access, Found, Registries, RegistryError};
use crate::source::{Files, RelPath};

pub(super) fn run(args: &Args, it: &Lock) -> Result<Exit, Failure> {
    if matches!(args.format, Format::Sarif | Format::Github) {
        return Err(Failure::bad_input("`mlopsc lock` has the formats terminal and json"));
    }
    let project = project::find(args)?;
    let mut options = project.options(args, &project.out(None)?, &[])?;
    if let (Some(from), Some(to)) = (&it.promote, &it.to) {
        if from == to {
            return Err(Failure::bad_input(format!("`{from}` has the digests of `{to}` already: they are the same")));
        }
        options.request.environments = vec![from.clone(), to.clone()];
    }
    let compiled = compile(&options);
    if let Some(exit) = mistakes(args, &compiled) {
        return Ok(exit);
    }
    let inputs = &Inputs::new(&options.request.files, &compiled.lock_file);
    let definitions: Vec<_> =
        compiled.environments.iter().map(|it| move |image: &Image| definition(&it.resolved, inputs, image)).collect();
    let environments: Vec<Environment<'_>> = compiled
        .environments
        .iter()
        .zip(&definitions)
        .map(|(it, definition)| Environment { name: &it.name, plan: &it.plan, definition })
        .collect();
    let old = &compiled.lock_file.digests;
    let report = match (&it.built, &it.promote) {
        (Some(file), _) => {
            let mut report = built::record(file, old, &environments)?;
            report.notes.extend(built::doubts(file, &report, inputs, &compiled, &project.prefix));
            report
        }
        (None, Some(_)) => promoted(it, old, &environments)?,
        (None, None) => looked_at(it, &options, old, &environments)?,
    };
    let format = if args.format == Format::Json { lock::Format::Json } else { lock::Format::Terminal };
    print::data(&crate::diag::clean(&lock::render(format, &report)));
    if args.format != Format::Json {
        report.notes.iter().for_each(|it| print::say(args, &format!("note: {it}")));
    }
    if it.check { Ok(checked(args, &report)) } else { written(args, &project, &report) }
}

/// The mistakes of a spec, but for those that a lock file is for.
fn mistakes(args: &Args, compiled: &Compiled) -> Option<Exit> {
    let mut sink = Sink::new();
    let is_mistake = |it: &&Diagnostic| it.severity == Severity::Error && !FOR_LOCK.contains(&it.code);
    compiled.sink.all().iter().filter(is_mistake).for_each(|it| sink.report(it.clone()));
    sink.has_errors().then(|| print::errors(args, &sink, &compiled.sources))
}

fn read(file: &Path) -> Result<String, Failure> {
    let refused = |why: String| Failure::bad_input(format!("cannot read `{}`: {why}", file.display()));
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let files = Files::disk(folder).map_err(|it| refused(it.to_string()))?;
    let name = file.file_name().and_then(|it| RelPath::parse(it.to_str()?).ok());
    let name = name.ok_or_else(|| refused("it is no file".to_owned()))?;
    files.text(&name).map(|it| it.to_string()).map_err(|it| refused(it.to_string()))
}

fn promoted(it: &Lock, old: &Digests, environments: &[Environment<'_>]) -> Result<Report, Failure> {
    let named = |name: &Option<String>| environments.iter().find(|it| Some(it.name) == name.as_deref());
    let (Some(from), Some(to)) = (named(&it.promote), named(&it.to)) else {
        return Err(Failure::bad_input("both environments of --promote and --to must be in the spec"));
    };
    lock::promote(old, from, to).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(|it| format!("\n  {it}")).collect();
        Failure::bad_input(format!("nothing was promoted:{}", faults.concat()))
    })
}

fn looked_at(it: &Lock, options: &Options, old: &Digests, environments: &[Environment<'_>]) -> Result<Report, Failure> {
    let wanted = lock::wanted(environments.iter().map(|it| it.plan));
    let answers = if it.from.is_empty() { asked(it, old, &wanted)? } else { from::files(&it.from, options, &wanted)? };
    // What a change from the command line leaves out may be used without it.
    let is_all = options.request.environments.is_empty() && options.request.set.is_empty();
    let scope = if is_all { Scope::Everything } else { Scope::Part };
    Ok(lock::update(old, answers, environments, scope))
}

/// Images that are asked for at once.
const AT_ONCE: usize = 8;

fn asked(it: &Lock, old: &Digests, wanted: &[Wanted]) -> Result<Vec<Answer>, Failure> {
    let access = Access {
        patience: Duration::from_secs(it.timeout),
        authorities: it.ca.clone(),
        plain_http: it.plain_http.clone(),
    };
    let registries = Registries::new(access).map_err(|it| Failure::bad_input(it.to_string()))?;
    let ask = |wanted: &Wanted| {
        let known = old.images.get(&wanted.name).filter(|it| !it.platforms.is_empty());
        let known = known.map(|it| Found { digest: it.digest.to_string(), platforms: it.platforms.clone() });
        let find = |place: &String| locked(registries.find(place, known.as_ref()));
        Answer { wanted: wanted.clone(), found: wanted.places.iter().map(find).collect() }
    };
    let mut answers = Vec::new();
    for some in wanted.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let running: Vec<_> = some.iter().map(|it| scope.spawn(|| ask(it))).collect();
            answers.extend(running.into_iter().map(|it| it.join().expect("internal error: asking does not panic")));
        });
    }
    Ok(answers)
}

fn locked(found: Result<Found, RegistryError>) -> Result<Locked, Trouble> {
    let locked = found.map(|it| Locked { digest: it.digest.into(), platforms: it.platforms });
    locked.map_err(|it| Trouble { why: it.to_string(), way_out: it.way_out() })
}

fn checked(args: &Args, report: &Report) -> Exit {
    if report.has_trouble() {
        print::say(args, &format!("{}; nothing was written", not_had(report)));
        Exit::World
    } else if report.differs() {
        print::say(args, &format!("`{LOCK}` is not what it should be; `mlopsc lock` writes it"));
        Exit::Findings
    } else if report.is_outdated() {
        print::say(args, &format!("`{LOCK}` is of other files than these until what is outdated is built again"));
        Exit::Findings
    } else {
        print::say(args, &format!("`{LOCK}` is what it should be"));
        Exit::Clean
    }
}

fn written(args: &Args, project: &Project, report: &Report) -> Result<Exit, Failure> {
    let shown = format!("{}{LOCK}", project.prefix);
    let is_empty = report.digests == Digests::default();
    if is_empty && report.has_trouble() && !project.folder.join(LOCK).exists() {
        return Err(Failure::world(format!("{}, and nothing was written", not_had(report))));
    }
    let is_written = replace_file(&project.folder.join(LOCK), &report.digests.to_text());
    let is_written = is_written.map_err(|it| Failure::world(it.to_string()))?;
    print::say(args, &if is_written { format!("wrote {shown}") } else { format!("{shown}: unchanged") });
    if report.has_trouble() {
        return Err(Failure::world(format!("{}{}", not_had(report), others(report))));
    }
    Ok(Exit::Clean)
}

/// How many images could not be had.
fn not_had(report: &Report) -> String {
    let missing = report.entries.iter().filter(|it| it.trouble.is_some()).count();
    if has_others(report) {
        format!("{} could not be had", print::counted(missing, "image"))
    } else {
        "no image could be had".to_owned()
    }
}

/// What became of those that could be had, or had a digest before.
fn others(report: &Report) -> &'static str {
    if has_others(report) {
        "; the others are locked"
    } else if report.entries.iter().any(|it| it.verdict == Verdict::Kept) {
        "; those that had a digest keep it"
    } else {
        ""
    }
}

fn has_others(report: &Report) -> bool {
    report.entries.iter().any(|it| it.environment.is_none() && it.now.is_some() && it.trouble.is_none())
}
