//! `compose.yaml` says what the cluster says, for one machine: judged by Compose's own loader.
//!
//! What is asserted is the model that the loader makes of the file, so that a value that Compose would read otherwise
//! than it was meant cannot pass.

#![allow(clippy::panic, reason = "a test ends at the first surprise")]
#![allow(clippy::wildcard_imports, reason = "the files of a suite share what is here")]

mod support;

#[path = "compose/data.rs"]
mod data;
#[path = "compose/differences.rs"]
mod differences;
#[path = "compose/hostile.rs"]
mod hostile;
#[path = "compose/networks.rs"]
mod networks;
#[path = "compose/order.rs"]
mod order;
#[path = "compose/programs.rs"]
mod programs;
#[path = "compose/stages.rs"]
mod stages;
#[path = "compose/variants.rs"]
mod variants;
#[path = "compose/whole.rs"]
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mlopsc::compile::{Compiled, Environment};
use mlopsc::plan::{FlowPeer, Workload};
use mlopsc::source::{Node, Origin, RelPath, Value as Part};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::judges::{OrNotRun, Reading, judges};
use support::project::{compile_memory, must_compile, shown};
use tempfile::TempDir;

fn main() {
    support::judges::harness::run(&[
        data::TESTS,
        differences::TESTS,
        hostile::TESTS,
        networks::TESTS,
        order::TESTS,
        programs::TESTS,
        stages::TESTS,
        variants::TESTS,
        whole::TESTS,
    ]);
}

/// A hospital's classifier with everything that Compose has a word for.
const SPEC: &str = r#"
[build]
secrets = ["index-token"]

[config.tuning]
rate = 0.25
note = "costs $5 or ${MORE}"

[data.scans]
class = "synthetic"
size = "1Gi"
source = "external"
nfs = { server = "files.hospital.example", path = "/export/scans", options = ["nfsvers=4.2", "sec=krb5p"] }
[data.archive]
class = "synthetic"
size = "1Gi"
source = "external"
claim = "imaging-archive"
[data.model]
class = "synthetic"
size = "2Gi"
access = "ReadWriteMany"
retention = "30d"
[data.tables]
class = "synthetic"
size = "2Gi"

[secrets]
index-token = { from = "env", key = "INDEX_TOKEN" }
database = { from = "existing", keys = ["username", "tls.key"] }
salt = { from = "external-secrets", store = "vault", key = "deid/salt" }

[stages.prepare]
entry = "tools.py"
inputs = ["scans", { data = "archive", path = "/archive" }]
outputs = ["work"]

[stages.train]
entry = "train.py"
python = "3.13"
args = ["--epochs", "3"]
config = ["tuning"]
inputs = ["work"]
outputs = [{ data = "model", sub-path = "runs/current" }]
gpu = 2
resources = { cpu = "2500m", memory = "16Gi", scratch = "3Gi" }
user = { uid = 20001, gid = 20002, fs-group = 20003 }
retries = 0
env = { API_HOST = { service = "api" } }

[stages.tune]
entry = "train.py"
inputs = ["model"]
when = "manual"

[services.api]
entry = "api.py"
port = 8080
inputs = [{ data = "model", path = "/model" }]
writable = ["/var/cache/api"]
secrets = ["salt", { name = "database", path = "/etc/database" }]
env = { DB_HOST = { service = "db" }, MODE = "fast" }
clients = [{ stage = "train" }]
probes = { ready = { http = "/ready?full=$x", every = "5s", failures = 4 }, startup = { for = "120s" } }
labels = { "hospital.example/team" = "imaging" }
annotations = { "hospital.example/note" = "ask $TEAM" }
stop = { grace = "45s" }
[[services.api.init]]
name = "fetch"
entry = "tools.py"
args = ["fetch"]
[[services.api.init]]
name = "migrate"
entry = "tools.py"
env = { DB_HOST = { service = "db" } }

[services.db]
image = "postgres:18.4-trixie"
ports = [{ name = "postgres", port = 5432, service-port = 15432 }]
outputs = [{ data = "tables", path = "/var/lib/postgresql" }]
shm = "256Mi"
clients = [{ service = "api" }]
probes = { ready = { exec = ["pg_isready", "-h", "127.0.0.1"] }, live = { tcp = true } }

[services.viewer]
image = "registry.example.org/tools/viewer:2"
ports = [{ port = 9000 }, { name = "dicom", port = 11112, protocol = "UDP" }]
egress = [{ cidr = "10.20.0.0/16", ports = [443] }]
clients = [{ service = "api" }]

[services.window]
image = "registry.example.org/tools/viewer:2"
port = 9000
clients = []
"#;

/// What an emission is looked at through.
struct Emission {
    environment: Environment,
    /// The notes of the target, in their order.
    notes: Vec<String>,
    /// What Compose understood; absent where the judge cannot be had.
    model: Option<Value>,
}

impl Emission {
    /// Of a spec whose file the loader takes as it is.
    #[track_caller]
    fn of(spec: &str) -> Self {
        let emission = Self::of_unread(spec);
        let readings = read(std::slice::from_ref(&emission.environment));
        Self { model: readings.map(|mut readings| model(readings.remove(0))), ..emission }
    }

    #[track_caller]
    fn of_unread(spec: &str) -> Self {
        let mut compiled = must_compile(compiled(spec));
        Self { notes: notes(&compiled), environment: compiled.environments.swap_remove(0), model: None }
    }

    fn tree(&self) -> std::borrow::Cow<'_, Node> {
        self.environment.tree(&compose_yaml()).expect("there is a Compose file")
    }

    fn workloads(&self) -> impl Iterator<Item = &Workload> {
        self.environment.plan.workloads.values()
    }

    /// Whether a note holds all of these words.
    #[track_caller]
    fn notes_once(&self, words: &[&str]) {
        let fitting = self.notes.iter().filter(|note| words.iter().all(|word| note.contains(word)));
        assert_eq!(fitting.count(), 1, "{words:?} in {:#?}", self.notes);
    }
}

/// A project with the files that the specs here name.
fn compiled(spec: &str) -> Compiled {
    let head = "[project]\nname = \"mri\"\nversion = \"1.4.0\"\nregistry = \"registry.example.org/radiology\"\n";
    let lock = format!("numpy==2.3.4 --hash=sha256:{}\n", "0".repeat(64));
    let digest = format!("digest = \"sha256:{}\"\n", "a".repeat(64));
    let digests = [
        format!("[images.\"docker.io/library/postgres:18.4-trixie\"]\n{digest}"),
        format!(
            "[built.default.train]\nimage = \"registry.example.org/radiology/mri-train:1.4.0\"\n{digest}\
             content = \"sha-000000000000\"\n"
        ),
    ];
    compile_memory([
        ("mlops.toml", format!("{head}{spec}")),
        ("mlops.lock", digests.concat()),
        ("requirements.lock", lock),
        ("train.py", String::new()),
        ("api.py", String::new()),
        ("tools.py", String::new()),
    ])
}

fn notes(compiled: &Compiled) -> Vec<String> {
    let ours = compiled.sink.all().iter().filter(|it| it.code.id == "compose-differs");
    ours.map(|it| it.message.clone()).collect()
}

fn compose_yaml() -> RelPath {
    RelPath::parse("compose.yaml").expect("a good path")
}

/// What Compose's loader says of the files of each environment.
fn read(environments: &[Environment]) -> Option<Vec<Reading>> {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let files: Vec<PathBuf> =
        environments.iter().enumerate().map(|(index, it)| write(&folder.path().join(index.to_string()), it)).collect();
    judges().compose(&files).or_not_run("compose.yaml")
}

/// Writes what the target made; the way to its main file.
fn write(folder: &Path, environment: &Environment) -> PathBuf {
    for (path, text) in environment.files().iter().filter(|(path, _)| path.as_str().starts_with("compose")) {
        let file = folder.join(path.as_str());
        std::fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("the folder can be made");
        std::fs::write(file, text).expect("the file can be written");
    }
    folder.join("compose.yaml")
}

/// The model of a file to which the loader objects in nothing.
#[track_caller]
fn model(mut reading: Reading) -> Value {
    assert!(reading.findings.is_empty(), "{:#?}", reading.findings);
    assert_eq!(reading.documents.len(), 1);
    reading.documents.remove(0)
}

/// The keys of an object, or the items of a list of strings.
fn names(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Object(map) => map.keys().map(String::as_str).collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    }
}
