//! The datasets of a project: which programs mean the same one, who writes it first, and what comes from outside.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{Place, is_below};
use super::find::Found;
use super::name_from;
use super::options::{DataOption, Way};
use super::program::{Program, stem};
use crate::spec::{Name, UnixPath};

/// A dataset that a program mounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) data: String,
    /// Where it has to be, if not at its own place.
    pub(super) path: Option<String>,
    /// What in the text shows it.
    pub(super) why: String,
    pub(super) writes: bool,
}

/// What a program has to do with the data of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) wants: Vec<Wanted>,
    pub(super) args: Vec<String>,
    /// The programs before it, where the datasets do not tell.
    pub(super) after: Vec<usize>,
}

/// The data of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    /// A part for each program.
    pub(super) parts: Vec<Part>,
    /// Datasets that nobody here writes.
    pub(super) external: Vec<String>,
    pub(super) missing: Vec<String>,
}

/// Words of a program's name in the order in which such steps usually run.
const ORDER: &[&[&str]] = &[
    &["download", "fetch", "ingest", "collect"],
    &["deid", "anonymi", "clean", "prepare", "preproc", "convert"],
    &["split", "feature", "transform", "process", "augment"],
    &["train", "fit", "tune"],
    &["eval", "valid", "metric"],
    &["predict", "infer", "export"],
    &["report", "plot", "visual"],
];

/// Words of a variable's name that say that something is written there.
const WRITTEN: &[&str] = &["OUT", "OUTPUT", "OUTPUTS", "RESULT", "RESULTS", "REPORT", "REPORTS", "PREDICTIONS"];

pub(super) fn share(found: &Found, names: &[String]) -> Shared {
    let folders = Folders::new(&found.programs);
    let mut shared = Shared::default();
    for (program, name) in found.programs.iter().zip(names) {
        let mut part = Part::default();
        uses(found, program, &folders, &mut part, &mut shared.missing);
        arguments(program, name, &folders, &mut part, &mut shared.missing);
        shared.parts.push(part);
    }
    let is_stage: Vec<bool> = found.programs.iter().map(|it| it.server.is_none()).collect();
    let ranks: Vec<usize> = found.programs.iter().map(rank).collect();
    break_circles(&mut shared.parts, &is_stage, &ranks);
    order_writers(&mut shared.parts, &is_stage, &ranks);
    let all = || shared.parts.iter().flat_map(|it| &it.wants);
    let written: BTreeSet<&str> = all().filter(|it| it.writes).map(|it| it.data.as_str()).collect();
    let read: BTreeSet<&str> = all().map(|it| it.data.as_str()).collect();
    shared.external = read.difference(&written).map(|it| (*it).to_owned()).collect();
    shared
}

pub(super) fn trains(program: &Program) -> bool {
    program.server.is_none() && rank(program) == 3
}

fn rank(program: &Program) -> usize {
    let stem = stem(&program.path);
    ORDER.iter().position(|it| it.iter().any(|word| stem.contains(word))).unwrap_or(ORDER.len())
}

/// The folders that programs name, each below none of the others, with the names of their datasets.
struct Folders(BTreeMap<String, String>);

impl Folders {
    fn new(programs: &[Program]) -> Self {
        let of_uses = programs.iter().flat_map(|it| &it.uses).filter_map(|it| match &it.place {
            Place::Folder(folder) => Some(folder.clone()),
            _ => None,
        });
        let options = programs.iter().flat_map(|it| &it.options.data);
        let of_options = options.filter_map(|it| it.default.as_deref().and_then(folder_and_file)).map(|it| it.0);
        let all: BTreeSet<String> = of_uses.chain(of_options).filter(|it| !it.is_empty()).collect();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for folder in all.iter().filter(|it| !all.iter().any(|other| other != *it && is_below(it, other))) {
            let last = name_from(folder.rsplit('/').next().unwrap_or_default(), "data");
            let is_free = |name: &String| !names.values().any(|it| it == name);
            let name = Some(last).filter(is_free).unwrap_or_else(|| name_from(folder, "data"));
            if is_free(&name) {
                names.insert(folder.clone(), name);
            }
        }
        Self(names)
    }

    /// The folder that holds another one, with the name of its dataset.
    fn holding(&self, folder: &str) -> Option<(&str, &str)> {
        self.0.iter().find(|(it, _)| is_below(folder, it)).map(|(folder, name)| (folder.as_str(), name.as_str()))
    }
}

/// Folder and file of a path; the file is empty where the path names a folder.
fn folder_and_file(path: &str) -> Option<(String, String)> {
    let path = path.strip_prefix("./").unwrap_or(path).trim_end_matches('/');
    let known = |it: char| it.is_ascii_alphanumeric() || "-_.+@/".contains(it);
    let fits = |it: &str| !it.is_empty() && !it.starts_with('.');
    if path.is_empty() || !path.chars().all(known) || !path.trim_start_matches('/').split('/').all(fits) {
        return None;
    }
    let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
    Some(if last.contains('.') { (folder.to_owned(), last.to_owned()) } else { (path.to_owned(), String::new()) })
}

/// Datasets in variables, and folders whose paths stand in the text.
fn uses(found: &Found, program: &Program, folders: &Folders, part: &mut Part, missing: &mut Vec<String>) {
    let path = &program.path;
    for used in &program.uses {
        match &used.place {
            Place::Variable(word) => {
                let name = word.to_ascii_lowercase().replace('_', "-");
                if Name::check(&name).is_err() {
                    missing.push(format!("`{path}` reads `DATA_{word}`, and no dataset can have that name; rename it"));
                    continue;
                }
                let guess = WRITTEN.iter().any(|it| word.split('_').any(|word| word == *it))
                    || (word == "MODEL" && trains(program));
                let writes = used.writes || (!used.reads && guess && program.server.is_none());
                let sure = if used.reads || used.writes { "" } else { "by its name: " };
                let verb = if writes { "writes" } else { "reads" };
                let why = format!("{sure}{path} {verb} in the folder of DATA_{word}");
                part.add(Wanted { data: name, path: None, why, writes });
            }
            Place::Folder(folder) => {
                let Some((folder, data)) = folders.holding(folder) else { continue };
                let below = |it: &str| found.sources.iter().any(|source| is_below(source.as_str(), it));
                let first = folder.split('/').next().unwrap_or_default();
                let is_code = found.programs.iter().any(|it| it.path.as_str().starts_with(&format!("{first}/")));
                if is_code && !used.writes {
                    // It is copied into the image with the programs.
                    continue;
                }
                if below(folder) {
                    missing.push(format!("`{path}` writes into `{folder}`, where programs are, and cannot in its image"));
                    continue;
                }
                let place = if folder.starts_with('/') { folder.to_owned() } else { format!("/app/{folder}") };
                if UnixPath::check(&place).is_ok() {
                    let verb = if used.writes { "writes" } else { "reads" };
                    let why = format!("{path} {verb} `{}`", used.said);
                    part.add(Wanted { data: data.to_owned(), path: Some(place), why, writes: used.writes });
                }
            }
            Place::Here(file) if used.writes => missing.push(format!(
                "`{path}` writes `{file}` where it is started, and a container's root is read-only: write it into a \
                 folder, and name the folder in `outputs`"
            )),
            Place::Here(file) => missing.push(format!(
                "`{path}` reads `{file}` where it is started, and images hold programs only: read it from a folder, and \
                 name the folder in `inputs`"
            )),
        }
    }
}

impl Part {
    fn add(&mut self, wanted: Wanted) {
        let own = format!("/data/{}", wanted.data);
        let wanted = Wanted { path: wanted.path.filter(|it| *it != own), ..wanted };
        let place = |it: &Wanted| it.path.clone().unwrap_or_else(|| format!("/data/{}", it.data));
        match self.wants.iter_mut().find(|it| place(it) == place(&wanted)) {
            Some(known) => {
                known.writes |= wanted.writes && known.data == wanted.data;
                if known.why != wanted.why {
                    known.why = format!("{}; {}", known.why, wanted.why);
                }
            }
            None => self.wants.push(wanted),
        }
    }
}

/// Datasets that a program is told of on its command line.
fn arguments(program: &Program, name: &str, folders: &Folders, part: &mut Part, missing: &mut Vec<String>) {
    let path = &program.path;
    let needed: Vec<String> = program.options.needed.iter().map(|it| format!("`{it}`")).collect();
    if !needed.is_empty() {
        missing.push(format!("`{path}` cannot do without {}: add what it wants to `args`", needed.join(", ")));
    }
    // Arguments without a name have an order, which only all of them show.
    let knows_order = program.options.needed.iter().all(|it| it.starts_with('-'));
    for option in &program.options.data {
        if option.flag.is_empty() && !knows_order {
            continue;
        }
        let (data, file) = meant(program, name, option, folders);
        let writes = option.way == Way::Out || (option.way == Way::Model && trains(program));
        if Name::check(&data).is_err() {
            continue;
        }
        let place = format!("/data/{data}");
        let value = if file.is_empty() { place } else { format!("{place}/{file}") };
        let flag = if option.flag.is_empty() { "an argument" } else { &option.flag };
        let why = format!("by the name of {flag} of {path}");
        if !option.flag.is_empty() {
            part.args.push(option.flag.clone());
        }
        part.args.push(value);
        part.add(Wanted { data, path: None, why, writes });
    }
}

/// The dataset that an option means, and the path in it.
fn meant(program: &Program, name: &str, option: &DataOption, folders: &Folders) -> (String, String) {
    let default = option.default.as_deref().and_then(folder_and_file);
    let (folder, file) = default.unwrap_or_default();
    if let Some((holding, data)) = folders.holding(&folder) {
        let within = folder[holding.len()..].trim_start_matches('/');
        let parts = [within, &file].into_iter().filter(|it| !it.is_empty());
        return (data.to_owned(), parts.collect::<Vec<_>>().join("/"));
    }
    let word = option.flag.trim_start_matches('-').split(['-', '_']).next().unwrap_or_default();
    let data = match option.way {
        Way::Model => "model".to_owned(),
        Way::Out if trains(program) => "model".to_owned(),
        Way::Out => name_from(&format!("{}-output", super::shortened(name, 32)), "output"),
        Way::In if ["data", "dataset", "images"].contains(&word) => word.to_owned(),
        Way::In => name_from(&format!("{}-input", super::shortened(name, 32)), "input"),
    };
    (data, file)
}

/// The stages that a stage waits for: those that write what it reads, and those that it names.
fn before(parts: &[Part], is_stage: &[bool], stage: usize) -> BTreeSet<usize> {
    let reads = |it: &Wanted| parts[stage].wants.iter().any(|own| own.data == it.data && !own.writes);
    let writers = (0..parts.len()).filter(|it| *it != stage && is_stage[*it] && is_stage[stage]);
    let writers = writers.filter(|it| parts[*it].wants.iter().any(|it| it.writes && reads(it)));
    writers.chain(parts[stage].after.iter().copied()).collect()
}

/// Stages of a circle that would wait for each other: the one that usually comes first reads without waiting, from a
/// dataset that it may write.
fn break_circles(parts: &mut [Part], is_stage: &[bool], ranks: &[usize]) {
    loop {
        let mut open: BTreeSet<usize> = (0..parts.len()).collect();
        while let Some(next) = open.iter().copied().find(|it| before(parts, is_stage, *it).is_disjoint(&open)) {
            open.remove(&next);
        }
        let Some(first) = open.iter().copied().min_by_key(|it| (ranks[*it], *it)) else { return };
        let written: BTreeSet<String> =
            { open.iter() }.flat_map(|it| &parts[*it].wants).filter(|it| it.writes).map(|it| it.data.clone()).collect();
        for wanted in parts[first].wants.iter_mut().filter(|it| !it.writes && written.contains(&it.data)) {
            wanted.writes = true;
            wanted.why += "; assumed: does not wait for who writes it, or the stages would wait in a circle";
        }
    }
}

/// Several stages that write one dataset run in the usual order of such steps, where their names tell it.
fn order_writers(parts: &mut [Part], is_stage: &[bool], ranks: &[usize]) {
    for later in 0..parts.len() {
        for earlier in 0..parts.len() {
            let shares = parts[later]
                .wants
                .iter()
                .any(|it| it.writes && parts[earlier].wants.iter().any(|other| other.writes && other.data == it.data));
            let in_order = ranks[earlier] < ranks[later] && ranks[later] < ORDER.len();
            if is_stage[earlier] && is_stage[later] && shares && in_order && !waits(parts, is_stage, earlier, later) {
                parts[later].after.push(earlier);
            }
        }
    }
}

/// Whether a stage waits for another one, directly or through others.
fn waits(parts: &[Part], is_stage: &[bool], stage: usize, other: usize) -> bool {
    let mut seen = BTreeSet::from([stage]);
    let mut open = vec![stage];
    while let Some(next) = open.pop() {
        open.extend(before(parts, is_stage, next).into_iter().filter(|it| seen.insert(*it)));
    }
    stage != other && seen.contains(&other)
}
