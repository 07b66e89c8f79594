//! `mlopsc diff`: what would change in the cluster.

use std::path::Path;
use std::time::Duration;

use super::args::{Args, Diff, Format, Verified};
use super::{Exit, Failure, print, project};
use crate::compile::{Compiled, compile};
use crate::diff::{self, Case, Page, Report, Scope, Sides, Verdict};
use crate::live::{Access, connect};
use crate::object::Object;
use crate::source::{Files, RelPath, Sources};

/// What is wanted in one place.
struct Wanted {
    title: String,
    objects: Vec<Object>,
    /// The context that the spec names.
    context: Option<String>,
}

/// A report with what it is about.
struct Compared {
    title: String,
    with: String,
    report: Report,
}

pub(super) fn run(args: &Args, it: &Diff) -> Result<Exit, Failure> {
    if matches!(args.format, Format::Sarif | Format::Github) {
        return Err(Failure::bad_input("`mlopsc diff` has the formats terminal, json and markdown"));
    }
    let mut sources = Sources::default();
    let wanted = match &it.desired {
        Some(path) => vec![of_files(path)?],
        None => {
            let project = project::find(args)?;
            let compiled = compile(&project.options(args, &project.out(None)?, &["kubernetes".to_owned()])?);
            if compiled.sink.has_errors() {
                return Ok(print::errors(args, &compiled.sink, &compiled.sources));
            }
            let wanted = of_spec(&compiled)?;
            sources = compiled.sources;
            wanted
        }
    };
    must_be_told_apart(it, &wanted)?;
    let compared: Result<Vec<Compared>, Failure> = wanted.iter().map(|wanted| compare(it, wanted, &sources)).collect();
    let compared = compared?;
    let pages = compared.iter().map(|it| Page { title: &it.title, with: &it.with, report: &it.report });
    let pages: Vec<Page<'_>> = pages.collect();
    let format = match args.format {
        Format::Json => diff::Format::Json,
        Format::Markdown => diff::Format::Markdown,
        _ => diff::Format::Terminal { colour: print::data_has_colour(args), all: args.verbose > 0 },
    };
    print::data(&diff::render(format, &pages));
    Ok(exit(&compared))
}

fn exit(compared: &[Compared]) -> Exit {
    if compared.iter().any(|it| it.report.count(Verdict::Unknown) > 0) {
        Exit::World
    } else if compared.iter().any(|it| it.report.differs()) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// The objects of each environment that has Kubernetes.
fn of_spec(compiled: &Compiled) -> Result<Vec<Wanted>, Failure> {
    let environments = compiled.environments.iter().filter(|it| it.plan.identity.has_kubernetes);
    let wanted = environments.map(|it| Wanted {
        title: it.name.to_string(),
        objects: it.emitted.objects.iter().map(|(_, object)| object.clone()).collect(),
        context: it.resolved.environment.kube_context.as_ref().map(|it| it.value.to_string()),
    });
    let wanted: Vec<Wanted> = wanted.collect();
    if wanted.is_empty() {
        return Err(Failure::bad_input("no environment that was asked for has Kubernetes among its `targets`"));
    }
    Ok(wanted)
}

fn of_files(path: &Path) -> Result<Wanted, Failure> {
    let (files, paths) = files(path)?;
    let objects = diff::read_manifests(&files, &paths).map_err(|it| Failure::bad_input(it.to_string()))?;
    if objects.is_empty() {
        return Err(Failure::bad_input(format!("`{}` holds no manifest", path.display())));
    }
    Ok(Wanted { title: path.display().to_string(), objects, context: None })
}

/// A file, or every manifest of a folder.
fn files(path: &Path) -> Result<(Files, Vec<RelPath>), Failure> {
    let refused = |why: &str| Failure::bad_input(format!("`{}` {why}", path.display()));
    if path.is_dir() {
        let files = Files::disk(path).map_err(|_| refused("cannot be opened"))?;
        let is_manifest = |it: &RelPath| [".yaml", ".yml", ".json"].iter().any(|end| it.as_str().ends_with(end));
        let paths = files.walk(&RelPath::root(), &is_manifest);
        return Ok((files, paths));
    }
    if !path.is_file() {
        return Err(refused("does not exist"));
    }
    let name = path.file_name().and_then(|it| it.to_str()).and_then(|it| RelPath::parse(it).ok());
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let files = Files::disk(folder).map_err(|_| refused("cannot be opened"))?;
    Ok((files, vec![name.ok_or_else(|| refused("has a name that cannot be read"))?]))
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

fn compare(it: &Diff, wanted: &Wanted, sources: &Sources) -> Result<Compared, Failure> {
    let title = wanted.title.clone();
    if let Some(path) = &it.live {
        let (files, paths) = files(path)?;
        let live = diff::read_live(&files, &paths).map_err(|it| Failure::bad_input(it.to_string()))?;
        let report = diff::judge_offline(&wanted.objects, &live, sources);
        return Ok(Compared { title, with: path.display().to_string(), report });
    }
    let access = Access {
        kubeconfig: it.kubeconfig.clone(),
        context: it.context.clone().or_else(|| wanted.context.clone()),
        patience: Duration::from_secs(it.timeout),
    };
    // What a server or a program for tokens says may hold what nobody should see.
    let failed = |why: String| Failure::world(diff::safe(&why));
    let mut cluster = connect(&access).map_err(|it| failed(it.to_string()))?;
    let verify = if it.verify == Verified::Full { diff::Verify::Full } else { diff::Verify::Doubtful };
    let scope = Scope { manager: it.field_manager.clone(), namespace: cluster.namespace.clone(), verify };
    let seen = diff::observe(&mut cluster, &wanted.objects, &scope).map_err(|it| failed(it.to_string()))?;
    let cases = wanted.objects.iter().zip(&seen.live).zip(&seen.answers);
    let cases = cases.map(|((object, live), answer)| Case { object, live: live.as_ref(), answer: Some(answer) });
    let sides = Sides { cases: cases.collect(), orphans: seen.orphans.iter().collect(), sources };
    let report = diff::judge_online(&sides, seen.notes);
    Ok(Compared { title, with: cluster.context, report })
}
