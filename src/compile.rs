//! The whole way from files to files, in memory: the facade that the command line and the tests use.

use std::borrow::Cow;
use std::num::NonZero;
use std::sync::{Arc, Mutex};

use smol_str::SmolStr;

use crate::backend::{BACKENDS, Content, Emitted, Job, Later, Text};
use crate::blueprint::Blueprints;
use crate::check::{self, Case};
use crate::diag::{Diagnostic, Severity, Sink};
use crate::object::{Object, to_yaml};
use crate::output::FileSet;
use crate::plan::{Inputs, LockFile, Plan, plan};
use crate::resolve::{Request, Resolved, resolve};
use crate::source::{Node, Origin, RelPath, Sources};

/// What to compile.
#[derive(Clone, Debug)]
pub struct Options {
    pub request: Request,
    /// The targets that are wanted; empty for all.
    pub only: Vec<String>,
    /// The day that counts as today, for what expires. It makes findings and changes no byte of the output.
    pub as_of: jiff::civil::Date,
    /// The folder below the project's that holds a folder for each environment.
    pub out: RelPath,
}

/// What came of it.
#[derive(Debug)]
pub struct Compiled {
    /// The texts that diagnostics and origins speak of.
    pub sources: Sources,
    /// `mlops.lock` as it is.
    pub lock_file: LockFile,
    /// Everything that was found, in all environments.
    pub sink: Sink,
    /// The environments. With an error in the sink they are not complete and must not be written.
    pub environments: Vec<Environment>,
}

/// One environment, compiled.
#[derive(Debug)]
pub struct Environment {
    pub name: SmolStr,
    pub resolved: Resolved,
    pub plan: Plan,
    pub emitted: Emitted,
    blueprints: Arc<Blueprints>,
    /// Its folder, from the project's.
    folder: String,
}

/// Compiles every environment that is wanted, in memory.
#[must_use]
pub fn compile(options: &Options) -> Compiled {
    let mut sources = Sources::default();
    let mut sink = Sink::new();
    let request = &options.request;
    let resolved = resolve(request, &mut sources, &mut sink);
    let lock_file = LockFile::read(&request.files, &request.prefix, &mut sink);
    let blueprints = Arc::new(Blueprints::new(&request.files, &request.prefix, &mut sink));
    let inputs = Inputs::new(&request.files, &lock_file);
    let blocked = sink.has_errors();
    let workloads = |(it, _): &(Resolved, Sink)| it.spec.stages.len() + it.spec.services.len();
    let threads = threads_for(resolved.iter().map(workloads).sum(), WORKLOADS_WORTH_A_THREAD);
    let (environments, sinks): (Vec<_>, Vec<_>) = side_by_side(threads, resolved, |(resolved, mut own)| {
        let environment = one(options, resolved, &inputs, &blueprints, blocked, &mut own);
        let name = environment.name.clone();
        (environment, (name, own))
    })
    .into_iter()
    .unzip();
    for diagnostic in Sink::join(sinks).all() {
        sink.report(diagnostic.clone());
    }
    check::across(&environments, &mut sink);
    if sink.has_errors() {
        // What was assumed for a spec that is wrong is of no use to anybody.
        sink.retain(|it| it.severity != Severity::Note);
    }
    Compiled { sources, lock_file, sink, environments }
}

/// Below these numbers, starting a thread takes longer than it saves.
const WORKLOADS_WORTH_A_THREAD: usize = 64;
const OBJECTS_WORTH_A_THREAD: usize = 256;

fn threads_for(work: usize, worth_a_thread: usize) -> usize {
    if work < worth_a_thread { 1 } else { std::thread::available_parallelism().map_or(1, NonZero::get) }
}

/// Does the work for each, on so many threads; the results are in the order of the work.
fn side_by_side<T: Send, R: Send>(threads: usize, all: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let helpers = threads.min(all.len()).saturating_sub(1);
    let open = Mutex::new(all.into_iter().enumerate());
    let next = || open.lock().expect("internal error: poisoned lock").next();
    let worker = || std::iter::from_fn(next).map(|(at, it)| (at, work(it))).collect::<Vec<_>>();
    let mut done = std::thread::scope(|scope| {
        let running: Vec<_> = (0..helpers).map(|_| scope.spawn(worker)).collect();
        let own = worker();
        let others = running.into_iter().map(|it| it.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
        std::iter::once(own).chain(others).flatten().collect::<Vec<_>>()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, it)| it).collect()
}

fn one(
    options: &Options,
    resolved: Resolved,
    inputs: &Inputs<'_>,
    blueprints: &Arc<Blueprints>,
    blocked: bool,
    sink: &mut Sink,
) -> Environment {
    let plan = plan(&resolved, inputs, sink);
    let prefix = &options.request.prefix;
    check::run(&Case { resolved: &resolved, plan: &plan, inputs, prefix, as_of: options.as_of }, sink);
    let mut environment = Environment {
        name: resolved.name.as_str().into(),
        folder: format!("{}/{}", options.out, resolved.name.as_str()),
        resolved,
        plan,
        emitted: Emitted::default(),
        blueprints: Arc::clone(blueprints),
    };
    if !blocked && !sink.has_errors() {
        environment.emitted = emit(&environment, &options.only, sink);
    }
    environment
}

fn emit(environment: &Environment, only: &[String], sink: &mut Sink) -> Emitted {
    let mut emitted = Emitted::default();
    let job = environment.job();
    let wanted = BACKENDS.iter().filter(|it| only.is_empty() || only.iter().any(|name| name == it.name));
    wanted.filter(|it| (it.wanted)(job.plan)).for_each(|it| (it.emit)(&job, &mut emitted));
    // Only a template of the project can be wrong in what is made later.
    let tried = emitted.later.iter().filter(|_| job.blueprints.are_changed());
    let wrong = tried.filter_map(|(_, it)| (it.make)(&job, &it.name).err());
    emitted.sink.all().iter().cloned().chain(wrong.map(|it| *it)).for_each(|it| sink.report(it));
    report_taken_names(&emitted, sink);
    emitted
}

fn report_taken_names(emitted: &Emitted, sink: &mut Sink) {
    let mut seen = std::collections::HashMap::new();
    for (path, object) in &emitted.objects {
        if let Some(first) = seen.insert(path, object) {
            let message = format!("two things become the {} `{}`", object.kind(), object.name());
            let name = |it: &Object| it.node.at(["metadata", "name"]).map_or(it.node.origin, |it| it.origin);
            let diagnostic = Diagnostic::new(check::NAME_TAKEN, message);
            sink.report(
                diagnostic
                    .at(crate::diag::Spot::key(name(object)), "this one")
                    .at(crate::diag::Spot::key(name(first)), "and this one"),
            );
        }
    }
}

impl Environment {
    /// The text of every file.
    #[must_use]
    pub fn files(&self) -> FileSet {
        let Self { plan, emitted, blueprints, folder, .. } = self;
        file_set(emitted.objects.clone(), emitted, &Job::new(plan, blueprints, folder))
    }

    /// The text of every file, in place of everything that they were made from: a large project holds each object once.
    #[must_use]
    pub fn into_files(self) -> FileSet {
        let Self { resolved, plan, mut emitted, blueprints, folder, .. } = self;
        drop(resolved);
        file_set(std::mem::take(&mut emitted.objects), &emitted, &Job::new(&plan, &blueprints, &folder))
    }

    /// The tree of an emitted file, where it has one.
    #[must_use]
    pub fn tree(&self, path: &RelPath) -> Option<Cow<'_, Node>> {
        let objects = self.emitted.objects.iter().map(|(path, object)| (path, &object.node));
        let documents = self.emitted.documents.iter().map(|(path, node)| (path, node));
        let there = objects.chain(documents).find(|(it, _)| *it == path).map(|(_, node)| Cow::Borrowed(node));
        there.or_else(|| match self.later(|it| it == path).pop()?.1 {
            Content::Document(node) => Some(Cow::Owned(node)),
            Content::Text(_) => None,
        })
    }

    /// What decided that a file without a tree is there.
    #[must_use]
    pub fn origin(&self, path: &RelPath) -> Option<Origin> {
        let texts = self.emitted.texts.iter().map(|(path, it)| (path, it.origin));
        let later = self.emitted.later.iter().map(|(path, it)| (path, it.origin));
        texts.chain(later).find(|(it, _)| *it == path).map(|(_, origin)| origin)
    }

    /// What was left for later, at the wanted paths.
    pub fn later(&self, is_wanted: impl Fn(&RelPath) -> bool) -> Vec<(RelPath, Content)> {
        let wanted = self.emitted.later.iter().filter(|(path, _)| is_wanted(path));
        made(wanted, &self.job()).collect()
    }

    fn job(&self) -> Job<'_> {
        Job::new(&self.plan, &self.blueprints, &self.folder)
    }
}

/// What was left for later. What cannot be made was reported, and nothing is written then.
fn made<'e>(
    later: impl Iterator<Item = &'e (RelPath, Later)>,
    job: &Job<'_>,
) -> impl Iterator<Item = (RelPath, Content)> {
    later.filter_map(|(path, it)| Some((path.clone(), (it.make)(job, &it.name).ok()?)))
}

const HEADER: &str = "# Made by mlopsc: change mlops.toml instead.\n";

fn document(path: &RelPath, node: &Node) -> String {
    if path.as_str().ends_with(".json") {
        let text = serde_json::to_string_pretty(node).expect("internal error: a node is JSON");
        return text + "\n";
    }
    format!("{HEADER}{}", to_yaml(node))
}

/// The files of the objects, and of everything else that was emitted; and who is welcome among them.
fn file_set(objects: Vec<(RelPath, Object)>, emitted: &Emitted, job: &Job<'_>) -> FileSet {
    let mut files = FileSet::default();
    for (path, text) in render_all(objects) {
        files.add(path, text);
    }
    for (path, content) in made(emitted.later.iter(), job) {
        let text = match content {
            Content::Document(node) => document(&path, &node),
            Content::Text(text) => text,
        };
        files.add(path, text);
    }
    for (path, node) in &emitted.documents {
        files.add(path.clone(), document(path, node));
    }
    for (path, Text { text, .. }) in &emitted.texts {
        files.add(path.clone(), text.to_string());
    }
    for path in &emitted.guests {
        files.welcome(path.clone());
    }
    files
}

/// Writes the objects on all processors; each is gone when its text is there.
fn render_all(mut objects: Vec<(RelPath, Object)>) -> Vec<(RelPath, String)> {
    let render = |part: Vec<(RelPath, Object)>| -> Vec<(RelPath, String)> {
        let text = |(path, object): (RelPath, Object)| (path.clone(), document(&path, &object.node));
        part.into_iter().map(text).collect()
    };
    let threads = threads_for(objects.len(), OBJECTS_WORTH_A_THREAD);
    let size = objects.len().div_ceil(threads);
    let mut parts = Vec::new();
    while !objects.is_empty() {
        parts.push(objects.split_off(objects.len().saturating_sub(size)));
    }
    side_by_side(threads, parts, render).into_iter().flatten().collect()
}
