//! `mlopsc lock`: which image a tag stands for, written down.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::args::{Args, Format, Lock};
use super::project::Project;
use super::{Exit, Failure, print, project};
use crate::check::FOR_LOCK;
use crate::compile::{Compiled, Options, compile};
use crate::diag::{Diagnostic, Severity, Sink, in_words};
use crate::lock::{self, Answer, Environment, Report, Scope, Trouble, Verdict, Wanted};
use crate::output::replace_file;
use crate::plan::{Digests, Image, Inputs, LOCK, Locked, definition, made_of};
use crate::registry::{Access, Found, Layout, Registries, RegistryError};
use crate::resolve::Request;
use crate::source::{Files, RelPath};
use crate::spec::{ImageReference, nearest};

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
            let mut report = built(file, old, &environments)?;
            compiled.environments.iter().for_each(|it| doubt_what_changed(&mut report, file, inputs, it));
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

fn built(file: &Path, old: &Digests, environments: &[Environment<'_>]) -> Result<Report, Failure> {
    let [environment] = environments else {
        let names: Vec<&str> = environments.iter().map(|it| it.name).collect();
        return Err(Failure::bad_input(format!(
            "a build is for one environment, and there are {}: name one with --env",
            names.join(", ")
        )));
    };
    let shown = file.display();
    let text = read(file)?;
    lock::record(old, &text, environment).map_err(|why| Failure::bad_input(format!("`{shown}` cannot be used: {why}")))
}

/// Notes images with a file that was changed after the metadata of their build was written. What is recorded as built are
/// the files as they are, because no builder says which ones it had.
fn doubt_what_changed(
    report: &mut Report,
    metadata: &Path,
    inputs: &Inputs<'_>,
    environment: &crate::compile::Environment,
) {
    let is_built = |image: &&Image| report.entries.iter().any(|it| *it.name == *image.name.value);
    let note = |image: &Image| {
        let files = made_of(&environment.resolved, inputs, image);
        let changed = files.into_iter().find(|it| inputs.files.is_newer(it, metadata))?;
        let (name, metadata) = (&image.name, metadata.display());
        Some(format!(
            "`{changed}` is newer than `{metadata}`: if `{name}` was built without that change, build it again and record that"
        ))
    };
    let notes: Vec<String> = environment.plan.images.values().filter(is_built).filter_map(note).collect();
    report.notes.extend(notes);
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
    let answers = if it.from.is_empty() { asked(it, old, &wanted)? } else { from_files(&it.from, options, &wanted)? };
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

/// Something that holds images, or knows them.
enum Source {
    Layout(Layout),
    Lock(Digests),
}

fn from_files(said: &[String], options: &Options, wanted: &[Wanted]) -> Result<Vec<Answer>, Failure> {
    let sources: Vec<Source> = said.iter().map(|it| source(it, options, wanted)).collect::<Result<_, _>>()?;
    let find = |wanted: &Wanted| {
        let names: BTreeSet<&str> = wanted.places.iter().chain([&wanted.name]).map(String::as_str).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let found = sources.iter().find_map(|it| match it {
            Source::Layout(layout) => layout.find(&names).map(locked),
            Source::Lock(digests) => digests.images.get(&wanted.name).cloned().map(Ok),
        });
        let missing = || locked(Err(RegistryError::NotThere(format!("`{}`", said.join("`, `")))));
        let found = found.unwrap_or_else(missing);
        Answer { wanted: wanted.clone(), found: vec![found; wanted.places.len()] }
    };
    Ok(wanted.iter().map(find).collect())
}

fn source(said: &str, options: &Options, wanted: &[Wanted]) -> Result<Source, Failure> {
    let (name, path) = match said.split_once('=') {
        Some((name, path)) => (Some(name), Path::new(path)),
        None => (None, Path::new(said)),
    };
    let called = name.map(|it| known(said, it, options, wanted)).transpose()?;
    if path.extension().is_some_and(|it| it == "lock") {
        if let Some(name) = name {
            return Err(Failure::bad_input(format!(
                "`{name}` of `--from {said}` says nothing: a lock file has names of its own; leave it out"
            )));
        }
        let digests = Digests::parse(&read(path)?);
        let digests =
            digests.map_err(|why| Failure::bad_input(format!("`{}` cannot be used: {why}", path.display())))?;
        return Ok(Source::Lock(digests));
    }
    Layout::open(path, called).map(Source::Layout).map_err(|it| Failure::bad_input(it.to_string()))
}

/// The image that a name on the command line means, which must be one that is looked for.
fn known(said: &str, name: &str, options: &Options, wanted: &[Wanted]) -> Result<ImageReference, Failure> {
    let refused = |why: String| Failure::bad_input(format!("`{name}` of `--from {said}` is no image{why}"));
    let called = ImageReference::parse(name).map_err(|why| refused(format!(": {why}")))?;
    let names = names(wanted);
    if holds(&names, &called) {
        return Ok(called);
    }
    let elsewhere = fetching(options, &called);
    // Most names begin alike, and a tag is easily left out: what is below the registry says which one was meant.
    let path = nearest(called.path(), names.iter().map(ImageReference::path));
    let way_out = match names.iter().find(|it| Some(it.path()) == path) {
        _ if !elsewhere.is_empty() => format!("it is in {}, which --env leaves out", in_words(elsewhere)),
        Some(near) => format!("did you mean `{near}`?"),
        None => "`mlopsc images` lists them".to_owned(),
    };
    Err(refused(format!(" that is fetched here; {way_out}")))
}

/// The names that images go by: their own, and those of the places where they are to be had.
fn names(wanted: &[Wanted]) -> Vec<ImageReference> {
    let names = wanted.iter().flat_map(|it| it.places.iter().chain([&it.name]));
    names.filter_map(|it| ImageReference::parse(it).ok()).collect()
}

fn holds(names: &[ImageReference], image: &ImageReference) -> bool {
    names.iter().any(|it| it.qualified() == image.qualified())
}

/// Which of all environments of the spec fetch an image, those too that are not looked at.
fn fetching(options: &Options, image: &ImageReference) -> Vec<String> {
    let request = Request { environments: Vec::new(), ..options.request.clone() };
    let compiled = compile(&Options { request, ..options.clone() });
    let fetch =
        compiled.environments.iter().filter(|it| holds(&names(&lock::wanted(std::iter::once(&it.plan))), image));
    fetch.map(|it| format!("`{}`", it.name)).collect()
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
