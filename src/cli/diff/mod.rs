//! `mlopsc diff`: what would change in the cluster, or between two states of the files.

mod manifests;
mod progress;
mod revision;
mod rights;

use std::time::Duration;

use super::args::{Args, Diff, Format, Verified};
use super::project::Project;
use super::{Exit, Failure, print, project};
use crate::compile::{Compiled, Options, compile};
use crate::diag;
use crate::diff::{self, Case, FoundPlan, Page, Report, Scope, Sides};
use crate::live::{Access, connect};
use crate::object::Object;
use crate::source::Sources;
use manifests::Manifests;
use progress::Watched;
use revision::Revision;

/// What is wanted in one place.
#[derive(Clone, Default)]
struct Wanted {
    title: String,
    objects: Vec<Object>,
    /// The context that the spec names.
    context: Option<String>,
    /// Who applies it, as the spec says.
    manager: Option<String>,
    notes: Vec<String>,
}

/// A report with what it is about.
struct Compared {
    title: String,
    with: String,
    report: Report,
}

/// What a spec came to: its environments, or that it was wrong, which is said already.
type OfSpec = Result<Vec<Wanted>, Exit>;

pub(super) fn run(args: &Args, it: &Diff) -> Result<Exit, Failure> {
    let result = compared(args, it);
    // Whoever reads the document finds in it why there is nothing else.
    if let Err(failure) = &result
        && args.format == Format::Json
    {
        print::data(&diff::failed(&failure.message));
    }
    result
}

fn compared(args: &Args, it: &Diff) -> Result<Exit, Failure> {
    if it.side_by_side && args.format != Format::Terminal {
        return Err(Failure::bad_input("`--side-by-side` is for the terminal, and `--format` says otherwise"));
    }
    let is_stdin = |it: &Option<std::path::PathBuf>| it.as_deref().is_some_and(|it| it.as_os_str() == "-");
    if is_stdin(&it.desired) && is_stdin(&it.live) {
        return Err(Failure::bad_input("the standard input is one side: give the other as a path"));
    }
    let mut sources = Sources::default();
    let wanted = match &it.desired {
        Some(path) => {
            let found = Manifests::find(path)?;
            vec![Wanted { objects: found.objects()?, title: found.title, notes: found.notes, ..Wanted::default() }]
        }
        None => match of_project(args, &mut sources)? {
            Ok(wanted) => wanted,
            Err(exit) => return Ok(exit),
        },
    };
    if it.expect.is_some() && wanted.len() > 1 {
        return Err(Failure::bad_input("`--expect` is of one environment: name it with --env"));
    }
    if it.print_rbac {
        print::data(&rights::text(&wanted));
        return Ok(Exit::Clean);
    }
    let compared = match &it.base {
        Some(named) => match with_revision(args, it, &wanted, named, &sources)? {
            Ok(compared) => compared,
            Err(exit) => return Ok(exit),
        },
        None => {
            must_be_told_apart(it, &wanted)?;
            wanted.iter().map(|wanted| compare(args, it, wanted, &sources)).collect::<Result<Vec<_>, _>>()?
        }
    };
    let pages = compared.iter().map(|it| Page { title: &it.title, with: &it.with, report: &it.report });
    let pages: Vec<Page<'_>> = pages.collect();
    print::data(&diff::render(format(args, it), &pages, &sources));
    match &it.expect {
        Some(plan) => Ok(as_expected(args, plan, &compared)),
        None => Ok(exit(&compared)),
    }
}

/// Whether what was found is what somebody has seen before, and can be done.
fn as_expected(args: &Args, plan: &str, compared: &[Compared]) -> Exit {
    let found = compared.iter().filter_map(|it| it.report.plan.as_deref()).collect::<Vec<_>>().join(" ");
    if compared.iter().any(|it| it.report.is_uncertain()) {
        print::failure(
            args,
            &format!("the plan {found} says not of everything what would become of it, as shown above"),
        );
        return Exit::World;
    }
    let untried: usize = compared.iter().map(|it| it.report.untried).sum();
    let why = match diff::find_again(plan, &found) {
        FoundPlan::Again => None,
        FoundPlan::LessSure => Some(format!(
            "the same is wanted and there, but whoever made that one could ask for more: your rights do not let the server \
             say of {untried} objects what would become of them"
        )),
        FoundPlan::Moved { has_other_rights: false } => {
            Some("what is wanted or what is there has moved since, as shown above".to_owned())
        }
        FoundPlan::Moved { has_other_rights: true } => Some(format!(
            "what is wanted or what is there has moved since, as shown above, or is only foreseen otherwise: that one was \
             made with other rights, and yours do not let the server say of {untried} objects what would become of them"
        )),
    };
    if let Some(why) = why {
        print::failure(args, &format!("the plan is {found} and not {plan}: {why}"));
        return Exit::Findings;
    }
    if compared.iter().any(|it| it.report.is_impossible()) {
        print::failure(args, &format!("the plan {found} is the expected one, and cannot be applied, as shown above"));
        return Exit::Findings;
    }
    Exit::Clean
}

fn format(args: &Args, it: &Diff) -> diff::Format {
    match args.format {
        Format::Json => diff::Format::Json,
        Format::Markdown => diff::Format::Markdown,
        Format::Sarif => diff::Format::Findings(diag::Format::Sarif),
        Format::Github => diff::Format::Findings(diag::Format::Github),
        Format::Terminal => diff::Format::Terminal(diff::Terminal {
            colour: print::data_has_colour(args),
            all: args.verbose > 0,
            columns: it.side_by_side.then(print::width),
        }),
    }
}

fn exit(compared: &[Compared]) -> Exit {
    if compared.iter().any(|it| it.report.is_uncertain()) {
        Exit::World
    } else if compared.iter().any(|it| it.report.differs()) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// The environments of a project. What is wrong with the spec is printed.
fn of_project(args: &Args, sources: &mut Sources) -> Result<OfSpec, Failure> {
    let project = project::find(args)?;
    let compiled = compile(&options(args, &project)?);
    if compiled.sink.has_errors() {
        return Ok(Err(print::errors(args, &compiled.sink, &compiled.sources)));
    }
    let wanted = of_spec(&compiled);
    *sources = compiled.sources;
    if wanted.is_empty() {
        return Err(Failure::bad_input("no environment that was asked for has Kubernetes among its `targets`"));
    }
    Ok(Ok(wanted))
}

/// The same as the project was in a revision, in which an environment that is asked for need not have been there.
fn of_revision(args: &Args, project: &Project, revision: &Revision) -> Result<OfSpec, Failure> {
    let all = vec![Vec::new()];
    let asked = if args.env.is_empty() { all } else { args.env.iter().map(|it| vec![it.clone()]).collect() };
    let mut found = Vec::new();
    for environments in asked {
        let mut options = options(args, project)?;
        options.request.environments = environments;
        options.request.files = revision.files.clone();
        options.request.prefix = format!("{}:{}", revision.named, options.request.prefix);
        let compiled = compile(&options);
        let errors = || compiled.sink.all().iter().filter(|it| it.severity == diag::Severity::Error);
        if errors().next().is_some() && errors().all(|it| it.code.id == "no-such-environment") {
            continue;
        }
        if compiled.sink.has_errors() {
            return Ok(Err(print::errors(args, &compiled.sink, &compiled.sources)));
        }
        found.extend(of_spec(&compiled));
    }
    Ok(Ok(found))
}

/// The environments with Kubernetes that a revision has, as far as they can be compiled.
fn environments_of(args: &Args, project: &Project, revision: &Revision) -> Result<Vec<String>, Failure> {
    let mut options = options(args, project)?;
    options.request.environments = Vec::new();
    options.request.files = revision.files.clone();
    Ok(of_spec(&compile(&options)).into_iter().map(|it| it.title).collect())
}

/// What to know of an environment that a revision does not have.
fn is_new(title: &str, named: &str, known: &[String]) -> String {
    let names: Vec<String> = known.iter().map(|it| format!("`{it}`")).collect();
    let has = if names.is_empty() { "none".to_owned() } else { diag::in_words(names) };
    format!(
        "the revision `{named}` has no environment `{title}` with Kubernetes, so that all of it is new; it has {has}"
    )
}

fn options(args: &Args, project: &Project) -> Result<Options, Failure> {
    project.options(args, &project.out(None)?, &["kubernetes".to_owned()])
}

/// The objects of each environment that has Kubernetes.
fn of_spec(compiled: &Compiled) -> Vec<Wanted> {
    let environments = compiled.environments.iter().filter(|it| it.plan.identity.has_kubernetes);
    let wanted = environments.map(|it| Wanted {
        title: it.name.to_string(),
        objects: it.emitted.objects.iter().map(|(_, object)| object.clone()).collect(),
        context: it.resolved.environment.kube_context.as_ref().map(|it| it.value.to_string()),
        manager: it.resolved.spec.gitops.as_ref().and_then(|it| it.manager()).map(str::to_owned),
        notes: Vec::new(),
    });
    wanted.collect()
}

/// Several environments against one cluster or one dump would show what is not so.
fn must_be_told_apart(it: &Diff, wanted: &[Wanted]) -> Result<(), Failure> {
    let [_, _, ..] = wanted else { return Ok(()) };
    let nameless = wanted.iter().find(|it| it.context.is_none());
    let why = match (&it.live, &it.context, nameless) {
        (Some(_), ..) => "`--live` is one place".to_owned(),
        (_, Some(_), _) => "`--context` is one place".to_owned(),
        (None, None, Some(one)) => format!("the environment `{}` has no `kube-context`", one.title),
        (None, None, None) => return Ok(()),
    };
    let names: Vec<&str> = wanted.iter().map(|it| it.title.as_str()).collect();
    Err(Failure::bad_input(format!("{why}, and there are {}: name one with --env", names.join(", "))))
}

/// Compares files with the same files as they were in a revision: of the project, or of a folder of manifests.
fn with_revision(
    args: &Args,
    it: &Diff,
    wanted: &[Wanted],
    named: &str,
    sources: &Sources,
) -> Result<Result<Vec<Compared>, Exit>, Failure> {
    if let Some(path) = &it.desired {
        let before = Manifests::before(path, named)?;
        let compared = wanted.iter().map(|wanted| Compared {
            title: wanted.title.clone(),
            with: before.title.clone(),
            report: between_files(wanted, before.was(), sources),
        });
        return Ok(Ok(compared.collect()));
    }
    let project = project::find(args)?;
    let revision = revision::read(&project.folder, named)?;
    if !revision.files.is_file(&project.spec) {
        let spec = format!("{}{}", project.prefix, project.spec);
        return Err(Failure::bad_input(format!("`{spec}` is not there in the revision `{named}`")));
    }
    let before = match of_revision(args, &project, &revision)? {
        Ok(before) => before,
        Err(exit) => return Ok(Err(exit)),
    };
    let with = revision.title.clone();
    let known = if wanted.iter().all(|it| before.iter().any(|also| also.title == it.title)) {
        Vec::new()
    } else {
        environments_of(args, &project, &revision)?
    };
    let gone = before.iter().filter(|it| !wanted.iter().any(|also| also.title == it.title));
    let gone: Vec<Wanted> = gone.map(|it| Wanted { title: it.title.clone(), ..Wanted::default() }).collect();
    let compared = wanted.iter().chain(&gone).map(|wanted| {
        let old = before.iter().find(|it| it.title == wanted.title);
        let mut wanted = wanted.clone();
        wanted.notes.extend(old.is_none().then(|| is_new(&wanted.title, named, &known)));
        let old = old.into_iter().flat_map(|it| &it.objects).map(|it| it.node.to_json());
        let report = between_files(&wanted, &old.collect::<Vec<_>>(), sources);
        Compared { title: wanted.title, with: with.clone(), report }
    });
    Ok(Ok(compared.collect()))
}

fn between_files(wanted: &Wanted, before: &[serde_json::Value], sources: &Sources) -> Report {
    diff::judge_offline(&wanted.objects, before, diff::Before::Revision, wanted.notes.clone(), sources)
}

fn compare(args: &Args, it: &Diff, wanted: &Wanted, sources: &Sources) -> Result<Compared, Failure> {
    let title = wanted.title.clone();
    if let Some(path) = &it.live {
        let found = Manifests::find(path)?;
        let notes = wanted.notes.iter().chain(&found.notes).cloned().collect();
        let report = diff::judge_offline(&wanted.objects, found.live()?, diff::Before::Dump, notes, sources);
        return Ok(Compared { title, with: found.title, report });
    }
    let access = Access {
        kubeconfig: it.kubeconfig.clone(),
        context: it.context.clone().or_else(|| wanted.context.clone()),
        patience: Duration::from_secs(it.timeout),
    };
    // What a server or a program for tokens says may hold what nobody should see.
    let failed = |why: String| Failure::world(diff::safe(&why, &wanted.objects));
    print::progress(args, &format!("{title}: logging in …"));
    let cluster = connect(&access);
    print::progress(args, "");
    let mut cluster = cluster.map_err(|it| failed(it.to_string()))?;
    let manager = it.field_manager.clone().or_else(|| wanted.manager.clone());
    let verify = if it.verify == Verified::Full { diff::Verify::Full } else { diff::Verify::Doubtful };
    let scope = Scope { manager, namespace: cluster.namespace.clone(), verify };
    let mut server = Watched { server: &mut cluster, args, title: &title };
    let seen = diff::observe(&mut server, &wanted.objects, &scope).map_err(|it| failed(it.to_string()))?;
    let cases = wanted.objects.iter().zip(&seen.live).zip(&seen.answers);
    let cases = cases.map(|((object, live), answer)| Case { object, live: live.as_ref(), answer: Some(answer) });
    let (cases, orphans) = (cases.collect(), seen.orphans.iter().collect());
    let sides = Sides { cases, orphans, around: &seen.around, applier: Some(&seen.applier), sources };
    let notes = seen.notes.into_iter().chain(cluster.given_up()).chain(wanted.notes.clone());
    let report = diff::judge_online(&sides, notes.collect(), seen.unlisted.into_keys().collect());
    Ok(Compared { title, with: cluster.context, report })
}
