//! A round: objects are applied, drift and are wanted otherwise; a diff says what would change, and the server what does.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cluster::{Cluster, Reply};
use crate::edits::{Change, Random, of_live, of_wanted};
use crate::oracle::{essence, judge};

/// How many objects are compared at once.
const OBJECTS: usize = 60;

const APPLY: &str = "application/apply-patch+yaml";

/// Who made what is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Applied {
    Kubectl,
    ClientSide,
    Argo,
    Ours,
    Never,
}

pub(crate) struct Round {
    pub(crate) number: u64,
    pub(crate) applied: Applied,
}

/// What was compared, and what was wrong.
#[derive(Default)]
pub(crate) struct Tally {
    compared: usize,
    verdicts: BTreeMap<String, usize>,
    proven: usize,
    fields: usize,
    pub(crate) wrong: Vec<String>,
}

/// An object of a round.
struct Subject {
    wanted: Value,
    live: Option<Value>,
    said: String,
}

impl Applied {
    pub(crate) const ALL: [Self; 5] = [Self::Kubectl, Self::ClientSide, Self::Argo, Self::Never, Self::Ours];

    fn manager(self) -> &'static str {
        match self {
            Self::Kubectl | Self::ClientSide | Self::Never => "kubectl",
            Self::Argo => "argocd-controller",
            Self::Ours => "mlopsc",
        }
    }
}

impl Round {
    pub(crate) fn run(&self, cluster: &Cluster, pool: &[Value], random: &mut Random, tally: &mut Tally) {
        let base: Vec<Value> = (0..OBJECTS).map(|at| self.renamed(random.of(pool), at)).collect();
        self.apply(cluster, &base);
        let subjects: Vec<Subject> = base.into_iter().map(|it| Self::subject(cluster, it, random)).collect();
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("wanted.json");
        let items: Vec<&Value> = subjects.iter().map(|it| &it.wanted).collect();
        fs::write(&file, json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()).unwrap();
        let quick = self.diff(cluster, &file, &[]);
        let full = self.diff(cluster, &file, &["--verify", "full"]);
        tally.proven += proven(&quick);
        let tried: Vec<Reply> = subjects.iter().map(|it| self.tried(cluster, &it.wanted, false)).collect();
        let files = TempDir::new().unwrap();
        let done = (self.applied == Applied::ClientSide).then(|| self.done(cluster, files.path(), &subjects));
        for (at, subject) in subjects.iter().enumerate() {
            let expected = match (&done, &subject.live) {
                (Some(done), Some(live)) if self.is_from_client() => Self::expected_of_client(live, done[at].as_ref()),
                (Some(done), Some(live)) => Self::expected_of_apply(live, &tried[at], done[at].as_ref()),
                _ => self.expected(cluster, subject, &tried[at]),
            };
            // kubectl only warns when the server does not let it take away what a client applied.
            let is_as_tried = |it: &Value| tried[at].is_ok() && essence(it) == essence(&tried[at].body);
            let stayed = done.as_ref().is_some_and(|it| it[at].as_ref().is_none_or(is_as_tried));
            // Whoever applied from the client's side and does so again has no conflict with what they applied.
            let is_with_itself = !self.is_from_client() && is_with_clients_alone(&tried[at]);
            let forced = is_with_itself.then(|| self.tried(cluster, &subject.wanted, true));
            let expected = match (forced, &subject.live) {
                (Some(forced), Some(live)) if forced.is_ok() && done.is_none() => {
                    Expected::Difference(essence(live), essence(&forced.body))
                }
                (Some(forced), Some(_)) if forced.is_ok() => Expected::Verdicts(&["same", "changed"]),
                _ => expected,
            };
            for (mode, report) in [("doubtful", &quick), ("full", &full)] {
                tally.compared += 1;
                let found = one(report, &subject.wanted);
                let is_said = found["reason"].as_str().is_some_and(|it| it.contains("applied by a client once stay"));
                let is_muddled = found["reason"].as_str().is_some_and(|it| it.contains("has two items with the"));
                let expected = if is_muddled
                    && self.is_from_client()
                    && (has_twins(&subject.wanted) || subject.live.as_ref().is_some_and(has_twins))
                {
                    Expected::Verdicts(&["unknown"])
                } else if is_said && stayed {
                    Expected::Verdicts(&["refused", "replace", "immutable"])
                } else {
                    expected.clone()
                };
                *tally.verdicts.entry(found["verdict"].as_str().unwrap().to_owned()).or_default() += 1;
                tally.fields += found["fields"].as_array().unwrap().len();
                if let Err(why) = expected.allows(subject, &found) {
                    let title = format!(
                        "round {} {:?} --verify {mode}: {} {}",
                        self.number, self.applied, subject.wanted["kind"], subject.wanted["metadata"]["name"]
                    );
                    tally.wrong.push(format!("{title}: {}\n  {why}\n  {found}", subject.said));
                }
            }
        }
    }

    /// Applies everything and changes nothing: each object must be the same. How many of how many were proven to be.
    pub(crate) fn untouched(&self, cluster: &Cluster, pool: &[Value]) -> (usize, usize) {
        let base: Vec<Value> = pool.iter().enumerate().map(|(at, it)| self.renamed(it, at)).collect();
        self.apply(cluster, &base);
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("wanted.json");
        fs::write(&file, json!({"apiVersion": "v1", "kind": "List", "items": base}).to_string()).unwrap();
        let report = self.diff(cluster, &file, &[]);
        for object in &base {
            let found = one(&report, object);
            assert_eq!(found["verdict"], "same", "{:?}: {found}", self.applied);
        }
        (proven(&report), base.len())
    }

    /// Under a name that no other round has, and with an inventory of the round's own.
    fn renamed(&self, object: &Value, at: usize) -> Value {
        let mut object = object.clone();
        let name = format!("{}-{}-{at}", object["metadata"]["name"].as_str().unwrap(), self.number);
        object["metadata"]["name"] = name.into();
        if let Some(instance) = object["metadata"]["labels"].get_mut("app.kubernetes.io/instance") {
            *instance = format!("truth-{}", self.number).into();
        }
        object
    }

    fn apply(&self, cluster: &Cluster, base: &[Value]) {
        match self.applied {
            Applied::Never => {}
            Applied::ClientSide => {
                let folder = TempDir::new().unwrap();
                let file = folder.path().join("base.json");
                fs::write(&file, json!({"apiVersion": "v1", "kind": "List", "items": base}).to_string()).unwrap();
                let said = cluster.kubectl(["apply", "-f", &file.display().to_string()]);
                assert_eq!(said.code, 0, "{}", said.stderr);
            }
            _ => base.iter().for_each(|it| {
                let path = format!("{}?fieldManager={}", cluster.path_of(it), self.applied.manager());
                cluster.patch(&path, APPLY, it).ok();
            }),
        }
    }

    /// Somebody changes what is there, and what is wanted becomes something else.
    fn subject(cluster: &Cluster, mut wanted: Value, random: &mut Random) -> Subject {
        let path = cluster.path_of(&wanted);
        let get = || Some(cluster.get(&path)).filter(Reply::is_ok).map(|it| it.body);
        let mut said = String::new();
        for _ in 0..random.below(3) {
            let Some(drift) = get().and_then(|it| of_live(&it, random)) else { continue };
            let reply = match &drift.change {
                Change::Patch(patch) => cluster.patch(
                    &format!("{path}?fieldManager={}", drift.manager),
                    "application/json-patch+json",
                    patch,
                ),
                Change::Apply(fields) => {
                    cluster.patch(&format!("{path}?fieldManager={}", drift.manager), APPLY, fields)
                }
            };
            if reply.is_ok() {
                said += &format!("{}: {}; ", drift.manager, drift.said);
            }
        }
        said += &of_wanted(&mut wanted, random);
        Subject { wanted, live: get(), said }
    }

    fn diff(&self, cluster: &Cluster, file: &Path, more: &[&str]) -> Value {
        let (file, kubeconfig) = (file.display().to_string(), cluster.kubeconfig().display().to_string());
        let mut arguments = vec!["diff", "--format", "json", "--desired", &file, "--kubeconfig", &kubeconfig];
        if self.is_named() {
            arguments.extend(["--field-manager", self.applied.manager()]);
        }
        let said = cluster.program(Path::new(env!("CARGO_BIN_EXE_mlopsc")), [&arguments, more].concat());
        serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"))
    }

    /// The server's own dry run.
    fn tried(&self, cluster: &Cluster, wanted: &Value, force: bool) -> Reply {
        let asked = "dryRun=All&fieldValidation=Strict";
        let manager = self.applied.manager();
        cluster.patch(
            &format!("{}?fieldManager={manager}&force={force}&{asked}", cluster.path_of(wanted)),
            APPLY,
            wanted,
        )
    }

    /// Whether a diff is left to find out that what is there was applied from the client's side, and says what that
    /// would do again. Of a named manager it says what the server would.
    fn is_from_client(&self) -> bool {
        self.applied == Applied::ClientSide && !self.is_named()
    }

    fn is_named(&self) -> bool {
        self.number.is_multiple_of(2) || self.applied == Applied::Never
    }

    /// What a real apply from either side makes of everything that it takes.
    fn done(&self, cluster: &Cluster, folder: &Path, subjects: &[Subject]) -> Vec<Option<Value>> {
        // A file for each, because what cannot be read ends the reading of its file.
        for (at, subject) in subjects.iter().enumerate() {
            fs::write(folder.join(format!("{at}.json")), subject.wanted.to_string()).unwrap();
        }
        let side = format!("--server-side={}", !self.is_from_client());
        let apply =
            |path: &Path| cluster.kubectl(["apply", &side, "--validate=strict", "-f", &path.display().to_string()]);
        let mut said = apply(folder);
        // Some keys that are no text end kubectl itself, with all that it had still to do.
        if said.stderr.contains("panic: ") {
            said.stdout +=
                &(0..subjects.len()).map(|at| apply(&folder.join(format!("{at}.json"))).stdout).collect::<String>();
        }
        let done = |it: &Subject| {
            let name = it.wanted["metadata"]["name"].as_str().unwrap();
            let is_done = |line: &str| {
                ["serverside-applied", "configured", "unchanged"]
                    .iter()
                    .any(|it| line.ends_with(&format!("/{name} {it}")))
            };
            said.stdout.lines().any(is_done)
        };
        let get = |it: &Subject| done(it).then(|| cluster.get(&cluster.path_of(&it.wanted)).ok());
        subjects.iter().map(get).collect()
    }

    fn expected(&self, cluster: &Cluster, subject: &Subject, tried: &Reply) -> Expected {
        let Some(live) = &subject.live else {
            return Expected::Verdicts(if tried.is_ok() { &["create", "not-started"] } else { &["refused"] });
        };
        if tried.is_ok() {
            return Expected::Difference(essence(live), essence(&tried.body));
        }
        if is_conflict(tried) {
            let forced = self.tried(cluster, &subject.wanted, true);
            // What cannot be applied by force either is no question of who owns it.
            return if forced.is_ok() {
                Expected::Conflict(essence(live), essence(&forced.body))
            } else {
                self.expected(cluster, subject, &forced)
            };
        }
        let message = tried.message().to_lowercase();
        let never = ["immutable", "updates to ", "cannot change", "may not be changed", "may not be modified"];
        if tried.status == 422 && never.iter().any(|it| message.contains(it)) {
            // What is good as a new object and not as a changed one touches what can never change.
            let mut new = subject.wanted.clone();
            new["metadata"]["name"] = format!("{}-n", new["metadata"]["name"].as_str().unwrap()).into();
            let is_good = self.tried(cluster, &new, false).is_ok();
            let not_anew: &[&str] = &["refused", "replace", "immutable"];
            return Expected::Verdicts(if is_good { &not_anew[1..] } else { not_anew });
        }
        Expected::Verdicts(&["refused"])
    }

    /// The same of a client, who has no conflicts.
    fn expected_of_client(live: &Value, done: Option<&Value>) -> Expected {
        match done {
            Some(done) => Expected::Difference(essence(live), essence(done)),
            None => Expected::Verdicts(&["refused", "replace", "immutable"]),
        }
    }

    /// The same where fields of a client were taken over before anything was applied.
    fn expected_of_apply(live: &Value, tried: &Reply, done: Option<&Value>) -> Expected {
        match done {
            Some(done) => Expected::Difference(essence(live), essence(done)),
            None if is_conflict(tried) => Expected::Verdicts(&["conflict", "refused", "replace", "immutable"]),
            None => Expected::Verdicts(&["refused", "replace", "immutable"]),
        }
    }
}

fn is_with_clients_alone(reply: &Reply) -> bool {
    let causes = reply.body["details"]["causes"].as_array().cloned().unwrap_or_default();
    is_conflict(reply) && causes.iter().all(|it| it["message"].to_string().contains("kubectl-client-side-apply"))
}

/// Whether a list has two items that `kubectl apply` cannot tell apart, so that nobody can tell what it makes of them.
fn has_twins(object: &Value) -> bool {
    match object {
        Value::Array(items) => {
            let keys = ["name", "port", "containerPort", "mountPath", "devicePath", "ip", "topologyKey"];
            let all = |key: &&str| items.iter().all(|it| !it[*key].is_null());
            let twins = |key: &&str| {
                items.iter().enumerate().any(|(at, it)| items[..at].iter().any(|also| also[*key] == it[*key]))
            };
            keys.iter().any(|it| all(it) && twins(it)) || items.iter().any(has_twins)
        }
        Value::Object(map) => map.values().any(has_twins),
        _ => false,
    }
}

fn is_conflict(reply: &Reply) -> bool {
    let causes = reply.body["details"]["causes"].as_array();
    reply.status == 409 && causes.is_some_and(|it| it.iter().any(|it| it["reason"] == "FieldManagerConflict"))
}

/// What the server says.
#[derive(Clone)]
enum Expected {
    Verdicts(&'static [&'static str]),
    Difference(Value, Value),
    Conflict(Value, Value),
}

impl Expected {
    fn allows(self, subject: &Subject, found: &Value) -> Result<(), String> {
        let verdict = found["verdict"].as_str().unwrap();
        let fields = found["fields"].as_array().unwrap();
        let must_be = |verdicts: &[&str]| {
            if verdicts.contains(&verdict) { Ok(()) } else { Err(format!("{verdict} and not {verdicts:?}")) }
        };
        match self {
            Self::Verdicts(verdicts) => must_be(verdicts),
            Self::Difference(before, after) => {
                must_be(if before == after { &["same"] } else { &["changed"] })?;
                judge(&before, &after, fields)
            }
            Self::Conflict(before, after) => {
                must_be(&["conflict"])?;
                judge(&before, &after, fields)
            }
        }
        .map_err(|why| format!("{why}\n  wanted {}", subject.wanted))
    }
}

/// How many objects were proven to be the same without a dry run.
fn proven(report: &Value) -> usize {
    let notes = report["environments"][0]["notes"].as_array().unwrap_or_else(|| panic!("{report:#}"));
    let found = notes.iter().find_map(|it| it.as_str()?.split_once(" object")?.0.parse().ok());
    found.unwrap_or(0)
}

fn one(report: &Value, wanted: &Value) -> Value {
    let objects = report["environments"][0]["objects"].as_array().unwrap();
    let is_it = |it: &&Value| it["kind"] == wanted["kind"] && it["name"] == wanted["metadata"]["name"];
    objects.iter().find(is_it).unwrap_or_else(|| panic!("{wanted} is not in {report:#}")).clone()
}

impl Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdicts: Vec<String> = self.verdicts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        let (compared, fields, proven) = (self.compared, self.fields, self.proven);
        write!(
            out,
            "truth of diffs: {compared} compared ({}), {fields} fields, {proven} proven without a dry run, {} wrong",
            verdicts.join(", "),
            self.wrong.len()
        )
    }
}
