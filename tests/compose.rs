//! `compose.yaml` says what the cluster says, for one machine: judged by Compose's own loader.
//!
//! What is asserted is the model that the loader makes of the file, so that a value that Compose would read otherwise
//! than it was meant cannot pass.

mod support;

#[path = "support/judges.rs"]
mod judges;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use judges::{OrNotRun, Reading, judges};
use mlopsc::compile::{Compiled, Environment};
use mlopsc::plan::{FlowPeer, Workload};
use mlopsc::source::{Node, Origin, RelPath, Value as Part};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::project::{compile_folder, compile_memory, examples, must_compile, shown};
use tempfile::TempDir;

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
grace = "45s"
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
clients = []
probes = { ready = { exec = ["pg_isready", "-h", "127.0.0.1"] }, live = { tcp = true } }

[services.viewer]
image = "registry.example.org/tools/viewer:2"
ports = [{ port = 9000 }, { name = "dicom", port = 11112, protocol = "UDP" }]
egress = [{ cidr = "10.20.0.0/16", ports = [443] }]
clients = [{ service = "api" }]

[services.copy]
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

    fn tree(&self) -> &Node {
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
    let digests = ["registry.example.org/radiology/mri-train:1.4.0", "docker.io/library/postgres:18.4-trixie"]
        .map(|it| format!("[images.\"{it}\"]\ndigest = \"sha256:{}\"\n", "a".repeat(64)));
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

#[test]
fn programs_are_what_they_are_in_the_cluster() {
    let Some(model) = Emission::of(SPEC).model else { return };
    assert_eq!(model["name"], "mri-default");
    let services = &model["services"];
    let expected = [
        "api",
        "api_fetch",
        "api_migrate",
        "copy",
        "db",
        "prepare",
        "prepare_volumes",
        "purge-model",
        "train",
        "tune",
        "viewer",
    ];
    assert_eq!(names(services), BTreeSet::from(expected));
    // Built here, so it is not the image that the digest names.
    assert_eq!(services["train"]["image"], "registry.example.org/radiology/mri-train:1.4.0");
    assert_eq!(services["train"]["pull_policy"], "build");
    assert_eq!(services["train"]["build"]["context"], "../..");
    assert_eq!(services["train"]["build"]["secrets"], json!([{ "source": "index-token" }]));
    assert_eq!(model["secrets"]["index-token"]["environment"], "INDEX_TOKEN");
    assert_eq!(services["train"]["entrypoint"], json!(["python", "/app/train.py"]));
    assert_eq!(services["train"]["command"], json!(["--epochs", "3"]));
    let digest = "a".repeat(64);
    assert_eq!(services["db"]["image"], format!("docker.io/library/postgres:18.4-trixie@sha256:{digest}"));
    assert_eq!(services["db"].get("build"), None);
    assert_eq!(services["db"]["entrypoint"], Value::Null);
    assert_eq!(services["api_fetch"]["command"], json!(["fetch"]));
    assert_eq!(services["api"]["labels"], json!({ "hospital.example/team": "imaging" }));
    assert_eq!(services["api"]["annotations"], json!({ "hospital.example/note": "ask $TEAM" }));
    assert_eq!(services["api"]["stop_grace_period"], "45s");
}

#[test]
fn the_dockerfile_is_found_from_the_context() {
    let emission = Emission::of(SPEC);
    let project = TempDir::new().expect("a temporary folder can be made");
    let folder = project.path().join("deploy/default");
    for image in emission.environment.plan.images.values() {
        let dockerfile = folder.join(format!("images/{}/Dockerfile", image.name));
        std::fs::create_dir_all(dockerfile.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(&dockerfile, "").expect("the file can be written");
    }
    let Some(model) = emission.model else { return };
    let mut built = 0;
    for service in model["services"].as_object().expect("services").values() {
        let Some(build) = service["build"].as_object() else { continue };
        let text = |key: &str| build[key].as_str().expect("a text");
        let file = folder.join(text("context")).join(text("dockerfile"));
        let file = file.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(file.starts_with(folder.canonicalize().expect("it is there")), "{}", file.display());
        built += 1;
    }
    assert_eq!(built, 7);
}

#[test]
fn nothing_may_more_than_a_restricted_pod() {
    let Some(model) = Emission::of(SPEC).model else { return };
    for (name, service) in model["services"].as_object().expect("services") {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]), "{name}");
        assert_eq!(service["init"], true, "{name}");
        assert_eq!(service["deploy"]["resources"]["limits"]["pids"], 4096, "{name}");
        for key in ["privileged", "cap_add", "pid", "ipc", "uts", "userns_mode", "devices", "device_cgroup_rules"] {
            assert_eq!(service.get(key), None, "{name}");
        }
        let binds = service["volumes"].as_array().into_iter().flatten().filter(|it| it["type"] != "volume");
        assert_eq!(binds.count(), 0, "{name}");
        let user = service["user"].as_str().expect("a user");
        let (uid, gid) = user.split_once(':').expect("a user and a group");
        assert!(gid.parse::<u32>().is_ok_and(|it| it > 0), "{name}: {user}");
        // Only what the kubelet does as root: see `prepare_volumes`.
        assert_eq!(uid == "0", name == "prepare_volumes", "{name}: {user}");
    }
    assert_eq!(model["services"]["train"]["user"], "20001:20002");
    assert_eq!(model["services"]["train"]["group_add"], json!(["20003"]));
    assert_eq!(model["services"]["api"].get("group_add"), None);
}

#[test]
fn an_exception_makes_the_root_writable_here_too() {
    let spec = "[services.db]\nimage = \"postgres:18.4-trixie\"\n[[compliance.exceptions]]\nrule = \"read-only-root\"\n\
        target = \"services.db\"\nreason = \"writes beside its program\"\napproved-by = \"a@b.example\"\nexpires = 2027-03-31\n";
    let Some(model) = Emission::of(spec).model else { return };
    assert_eq!(model["services"]["db"].get("read_only"), None);
}

#[test]
fn programs_take_what_the_plan_gives_them() {
    let Some(model) = Emission::of(SPEC).model else { return };
    let resources = &model["services"]["train"]["deploy"]["resources"];
    assert_eq!(resources["limits"]["cpus"], 2.5);
    assert_eq!(resources["limits"]["memory"], (16_u64 << 30).to_string());
    let gpu = json!([{ "driver": "nvidia", "count": 2, "capabilities": ["gpu"] }]);
    assert_eq!(resources["reservations"]["devices"], gpu);
    assert_eq!(model["services"]["train"]["shm_size"], (8_u64 << 30).to_string());
    assert_eq!(model["services"]["db"]["shm_size"], (256_u64 << 20).to_string());
    assert_eq!(model["services"]["db"]["deploy"]["resources"].get("reservations"), None);
    assert_eq!(model["services"]["api"].get("shm_size"), None);
}

#[test]
fn programs_share_a_network_exactly_where_a_flow_connects_them() {
    for spec in [SPEC, OPEN, "[services.db]\nimage = \"postgres:18.4-trixie\"\n"] {
        let emission = Emission::of(spec);
        let Some(model) = &emission.model else { return };
        let networks = |name: &str| names(&model["services"][name]["networks"]);
        for server in emission.workloads() {
            for client in emission.workloads().filter(|it| it.name.value != server.name.value) {
                let flows = server.ingress.iter().any(|it| match &it.peer {
                    FlowPeer::Workload(name) => *name == client.name.value,
                    FlowPeer::Everyone => true,
                    FlowPeer::Namespace(_) | FlowPeer::Cidr(_) => false,
                });
                let common: BTreeSet<&str> =
                    networks(&server.name).intersection(&networks(&client.name)).copied().collect();
                let way = if is_open(server) { "everyone".to_owned() } else { format!("to_{}", server.name) };
                assert_eq!(common.contains(way.as_str()), flows, "{} to {}", client.name, server.name);
                // What leads out is nobody else's.
                assert!(common.iter().all(|it| !it.starts_with("edge_")), "{} and {}", client.name, server.name);
            }
            let is_alone = networks(&server.name).is_empty();
            let mode = model["services"][server.name.as_str()].get("network_mode").and_then(Value::as_str);
            assert_eq!(mode, is_alone.then_some("none"), "{}", server.name);
        }
    }
}

/// Whether everyone may reach a workload.
fn is_open(workload: &Workload) -> bool {
    workload.ingress.iter().any(|it| it.peer == FlowPeer::Everyone)
}

/// Services that anybody may reach, one that not everybody does, and a training.
const OPEN: &str = "\
[services.api]
entry = \"api.py\"
port = 8080
[services.page]
entry = \"api.py\"
port = 8081
[services.inner]
entry = \"api.py\"
port = 8082
clients = [{ service = \"page\" }]
[stages.train]
entry = \"train.py\"
distributed = 2
";

#[test]
fn what_is_open_to_all_shares_one_network() {
    let emission = Emission::of(OPEN);
    emission.notes_once(&["every program may connect to `inner`", "`api` is open"]);
    let Some(model) = emission.model else { return };
    let networks = |name: &str| names(&model["services"][name]["networks"]);
    assert_eq!(networks("api"), BTreeSet::from(["edge_api", "everyone"]));
    assert_eq!(networks("page"), BTreeSet::from(["edge_page", "everyone", "to_inner"]));
    assert_eq!(networks("inner"), BTreeSet::from(["edge_inner", "everyone", "to_inner"]));
    assert_eq!(model["networks"]["everyone"]["internal"], true);
}

#[test]
fn networks_lead_nowhere_else() {
    let Some(model) = Emission::of(SPEC).model else { return };
    let networks = model["networks"].as_object().expect("networks");
    let expected = ["edge_api", "edge_db", "edge_viewer", "to_api", "to_db", "to_viewer"];
    assert_eq!(names(&model["networks"]), BTreeSet::from(expected));
    for (name, network) in networks {
        let is_edge = name.starts_with("edge_");
        assert_eq!(network.get("internal").and_then(Value::as_bool), (!is_edge).then_some(true), "{name}");
        // Only `viewer` may connect to addresses outside.
        let masquerade = network["driver_opts"].get("com.docker.network.bridge.enable_ip_masquerade");
        let expected = (is_edge && name != "edge_viewer").then_some("false");
        assert_eq!(masquerade.and_then(Value::as_str), expected, "{name}");
    }
    let services = &model["services"];
    assert_eq!(names(&services["api"]["networks"]), BTreeSet::from(["edge_api", "to_api", "to_db", "to_viewer"]));
    // An init step calls, and is not called; what its pod may reach, it may reach.
    assert_eq!(names(&services["api_fetch"]["networks"]), BTreeSet::from(["to_db", "to_viewer"]));
    assert_eq!(names(&services["train"]["networks"]), BTreeSet::from(["to_api"]));
    assert_eq!(services["prepare"]["network_mode"], "none");
    assert_eq!(services["copy"]["network_mode"], "none");
    assert_eq!(services["prepare_volumes"]["network_mode"], "none");
}

#[test]
fn a_training_reaches_itself_by_its_name() {
    let Some(model) = Emission::of(OPEN).model else { return };
    let train = &model["services"]["train"];
    assert_eq!(names(&train["networks"]), BTreeSet::from(["everyone", "to_train"]));
    assert_eq!(model["networks"]["to_train"]["internal"], true);
    let vars = &train["environment"];
    for (name, value) in [("MASTER_ADDR", "train"), ("NNODES", "1"), ("NODE_RANK", "0"), ("JOB_COMPLETION_INDEX", "0")]
    {
        assert_eq!(vars[name], value);
        assert!(name.starts_with("JOB") || vars[format!("PET_{name}")] == value, "{vars}");
    }
}

#[test]
fn ports_are_open_to_this_machine_only_and_once() {
    let emission = Emission::of(SPEC);
    let Some(model) = &emission.model else { return };
    let port = |target: u16, published: &str, protocol: &str| json!({ "mode": "ingress", "host_ip": "127.0.0.1", "target": target, "published": published, "protocol": protocol });
    let services = &model["services"];
    assert_eq!(services["api"]["ports"], json!([port(8080, "8080", "tcp")]));
    assert_eq!(services["db"]["ports"], json!([port(5432, "15432", "tcp")]));
    assert_eq!(services["viewer"]["ports"], json!([port(9000, "9000", "tcp"), port(11112, "11112", "udp")]));
    assert_eq!(services["copy"].get("ports"), None);
    assert_eq!(services["api_fetch"].get("ports"), None);
    emission.notes_once(&["9000", "`copy`", "`viewer` has it"]);
    emission.notes_once(&["`db`", "on port 5432", "on 15432"]);
}

#[test]
fn datasets_are_volumes_and_scratch_is_memory() {
    let emission = Emission::of(SPEC);
    let Some(model) = &emission.model else { return };
    let volumes = |name: &str| model["services"][name]["volumes"].clone();
    let mount = |source: &str, target: &str, options: Value| {
        let mut mount = json!({ "type": "volume", "source": source, "target": target });
        if options != json!({}) {
            mount["volume"] = options;
        }
        mount
    };
    let read_only = |mut mount: Value| {
        mount["read_only"] = true.into();
        mount
    };
    let scans = read_only(mount("scans", "/data/scans", json!({ "nocopy": true })));
    assert_eq!(
        volumes("prepare"),
        json!([scans, read_only(mount("archive", "/archive", json!({}))), mount("work", "/data/work", json!({}))])
    );
    let part = mount("model", "/data/model", json!({ "nocopy": true, "subpath": "runs/current" }));
    assert_eq!(volumes("train"), json!([read_only(mount("work", "/data/work", json!({}))), part]));
    assert_eq!(volumes("api"), json!([read_only(mount("model", "/model", json!({ "nocopy": true })))]));
    let scans = &model["volumes"]["scans"];
    assert_eq!(scans["driver"], "local");
    let nfs =
        json!({ "type": "nfs", "o": "addr=files.hospital.example,nfsvers=4.2,sec=krb5p", "device": ":/export/scans" });
    assert_eq!(scans["driver_opts"], nfs);
    assert_eq!(names(&model["volumes"]), BTreeSet::from(["archive", "model", "scans", "tables", "work"]));
    emission.notes_once(&["`archive`", "`imaging-archive`"]);
    let scratch = |path: &str| format!("{path}:size=2g,mode=1777,uid=10001,gid=10001,exec");
    assert_eq!(model["services"]["api"]["tmpfs"], json!([scratch("/tmp"), scratch("/var/cache/api")]));
    assert_eq!(model["services"]["train"]["tmpfs"], json!(["/tmp:size=3g,mode=1777,uid=20001,gid=20002,exec"]));
    emission.notes_once(&["init steps of `api`", "`/tmp`"]);
}

#[test]
fn what_no_image_makes_writable_is_prepared_before() {
    let Some(model) = Emission::of(SPEC).model else { return };
    let service = &model["services"]["prepare_volumes"];
    assert_eq!(service["user"], "0:10001");
    assert_eq!(service["group_add"], json!(["20003"]));
    assert_eq!(service["entrypoint"], json!(["sh", "-e", "-c"]));
    let script = service["command"][0].as_str().expect("a script");
    let lines: Vec<&str> = script.lines().collect();
    // A part of `model` is mounted, and a ready-made image writes `tables`; the image of `prepare` has `/data/work`.
    assert_eq!(lines[0], "umask 002");
    assert!(lines[1].starts_with("chgrp 20003 /volumes/model && chmod 2775 /volumes/model || echo "), "{script}");
    assert_eq!(lines[2], "mkdir -p /volumes/model/runs/current");
    assert!(lines[3].starts_with("chgrp 10001 /volumes/tables && "), "{script}");
    assert_eq!(lines.len(), 4);
    let mounted: Vec<&Value> = service["volumes"].as_array().expect("volumes").iter().map(|it| &it["target"]).collect();
    assert_eq!(mounted, ["/volumes/model", "/volumes/tables"]);
    assert_eq!(service.get("profiles"), None);
    let waits = |name: &str| model["services"][name]["depends_on"].get("prepare_volumes").is_some();
    let waiting = ["api", "copy", "db", "prepare", "purge-model", "train", "tune"].map(waits);
    assert_eq!(waiting, [false, false, true, false, true, true, false]);
}

#[test]
fn a_project_of_one_user_needs_no_preparation() {
    let spec = "[stages.train]\nentry = \"train.py\"\noutputs = [\"model\"]\n[stages.next]\nentry = \"tools.py\"\noutputs = [\"model\"]\n";
    let Some(model) = Emission::of(spec).model else { return };
    assert_eq!(names(&model["services"]), BTreeSet::from(["next", "train"]));
    assert_eq!(model["services"]["train"]["volumes"][0].get("volume"), None);
    let other = spec.replace("[stages.next]", "[stages.next]\nuser = { uid = 20001 }");
    let Some(model) = Emission::of(&other).model else { return };
    assert_eq!(names(&model["services"]), BTreeSet::from(["next", "prepare_volumes", "train"]));
    assert_eq!(model["services"]["train"]["volumes"][0]["volume"]["nocopy"], true);
}

#[test]
fn settings_and_secrets_are_files_where_the_plan_has_them() {
    let emission = Emission::of(SPEC);
    let tuning = RelPath::parse("compose/config/tuning.json").expect("a good path");
    let files = emission.environment.files();
    let settings: Value = serde_json::from_str(files.get(&tuning).expect("the settings")).expect("JSON");
    assert_eq!(settings, json!({ "rate": 0.25, "note": "costs $5 or ${MORE}" }));
    emission.notes_once(&["`.secrets/database` and `.secrets/salt`", "`api`", "user 10001"]);
    let Some(model) = &emission.model else { return };
    let target = json!([{ "source": "tuning", "target": "/etc/config/tuning/config.json" }]);
    assert_eq!(model["services"]["train"]["configs"], target);
    assert_eq!(model["configs"]["tuning"]["file"], "./compose/config/tuning.json");
    assert_eq!(model["services"]["train"]["environment"]["CONFIG_TUNING"], "/etc/config/tuning/config.json");
    assert_eq!(model["services"]["train"]["environment"]["CONFIG_TUNING_NOTE"], "costs $5 or ${MORE}");
    let secrets = json!([
        { "source": "salt_value", "target": "/run/secrets/salt/value" },
        { "source": "database_username", "target": "/etc/database/username" },
        { "source": "database_tls.key", "target": "/etc/database/tls.key" },
    ]);
    assert_eq!(model["services"]["api"]["secrets"], secrets);
    assert_eq!(model["services"]["api_fetch"].get("secrets"), None);
    let file = |name: &str| model["secrets"][name]["file"].as_str().expect("a file").to_owned();
    assert_eq!(file("salt_value"), "../../.secrets/salt/value");
    assert_eq!(file("database_tls.key"), "../../.secrets/database/tls.key");
    assert_eq!(names(&model["secrets"]).len(), 4);
}

#[test]
fn what_needs_another_waits_for_it() {
    let emission = Emission::of(SPEC);
    let Some(model) = &emission.model else { return };
    let waits = |name: &str| -> BTreeMap<String, String> {
        let before = model["services"][name]["depends_on"].as_object().into_iter().flatten();
        before.map(|(name, it)| (name.clone(), it["condition"].as_str().expect("a condition").to_owned())).collect()
    };
    let expected = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, condition)| ((*name).to_owned(), format!("service_{condition}"))).collect()
    };
    let done = "completed_successfully";
    assert_eq!(waits("train"), expected(&[("prepare_volumes", done), ("prepare", done), ("api", "healthy")]));
    // What somebody starts by hand waits for no stage, in the cluster neither.
    assert_eq!(waits("tune"), expected(&[]));
    assert_eq!(waits("api_fetch"), expected(&[("db", "healthy")]));
    assert_eq!(waits("api_migrate"), expected(&[("db", "healthy"), ("api_fetch", done)]));
    assert_eq!(waits("api"), expected(&[("db", "healthy"), ("api_migrate", done)]));
    let profiles = |name: &str| model["services"][name].get("profiles").cloned();
    assert_eq!(profiles("train"), Some(json!(["pipeline"])));
    assert_eq!(profiles("prepare"), Some(json!(["pipeline"])));
    assert_eq!(profiles("tune"), Some(json!(["job-tune"])));
    assert_eq!(profiles("purge-model"), Some(json!(["job-purge-model"])));
    assert_eq!([profiles("api"), profiles("api_fetch"), profiles("db")], [None, None, None]);
    let restart = |name: &str| model["services"][name].get("restart").and_then(Value::as_str);
    assert_eq!(restart("prepare"), Some("on-failure:2"));
    assert_eq!(restart("train"), None);
    assert_eq!([restart("api"), restart("api_fetch")], [Some("unless-stopped"), Some("on-failure")]);
}

#[test]
fn services_that_name_each_other_still_start() {
    let spec = "\
[services.left]
entry = \"api.py\"
port = 8080
env = { OTHER = { service = \"right\" }, SELF = { service = \"left\" } }
[services.right]
image = \"registry.example.org/tools/viewer:2\"
port = 8081
env = { OTHER = { service = \"left\" } }
";
    let emission = Emission::of(spec);
    emission.notes_once(&["`right` does not wait for `left`"]);
    let Some(model) = emission.model else { return };
    // Nothing in a ready-made image is known to ask after its health.
    let started = json!({ "right": { "condition": "service_started", "required": true } });
    assert_eq!(model["services"]["left"]["depends_on"], started);
    assert_eq!(model["services"]["right"].get("depends_on"), None);
}

#[test]
fn health_is_asked_as_the_probes_ask() {
    let emission = Emission::of(SPEC);
    let Some(model) = &emission.model else { return };
    let health = &model["services"]["api"]["healthcheck"];
    let test = health["test"].as_array().expect("a command");
    assert_eq!(test[..3], ["CMD", "python", "-c"]);
    assert_eq!(test[4..], ["http://127.0.0.1:8080/ready?full=$x"]);
    assert_eq!(health["interval"], "5s");
    assert_eq!(health["timeout"], "3s");
    assert_eq!(health["retries"], 4);
    assert_eq!(health["start_period"], "2m0s");
    let test = json!(["CMD", "pg_isready", "-h", "127.0.0.1"]);
    assert_eq!(model["services"]["db"]["healthcheck"]["test"], test);
    assert_eq!(model["services"]["viewer"].get("healthcheck"), None);
    assert_eq!(model["services"]["train"].get("healthcheck"), None);
    emission.notes_once(&["health of `viewer`"]);
}

/// What a cluster says and one machine does not.
const DIFFERENT: &str = r#"
[secrets.database]
from = "existing"
keys = ["username", "password"]

[stages.parts]
entry = "tools.py"
parallelism = 8
timeout = "2h"
env = { NODE = { field = "spec.nodeName" } }

[stages.nightly]
entry = "tools.py"
schedule = "0 2 * * *"
timeout = "3h"

[stages.slice]
entry = "train.py"
gpu = { mig = "1g.10gb" }
distributed = 4

[stages.large]
entry = "train.py"
gpu = { count = 1, min-memory = "40Gi" }
egress = [{ cidr = "10.20.0.0/16", ports = [443] }, { namespace = "registry", ports = [5000] }]

[services.gateway]
image = "registry.example.org/tools/gateway:3"
port = 8080
autoscale = { min = 2, max = 5 }
clients = [{ namespace = "ris" }, { cidr = "10.0.0.0/8" }, { stage = "parts" }]
labels = { "hospital.example/team" = "imaging" }
resources = { cpu = "1500m", memory = "1Gi", limits = { cpu = "2500m" } }
[services.gateway.env]
DB_USER = { secret = "database", key = "username" }
NAME = { field = "metadata.name" }
SPACE = { field = "metadata.namespace" }
TEAM = { field = "metadata.labels['hospital.example/team']" }
ADDRESS = { field = "status.podIP" }
WORKERS = { resource = "limits.cpu" }
SHARE = { resource = "requests.cpu" }
BYTES = { resource = "requests.memory" }
SPACE_LEFT = { resource = "limits.ephemeral-storage" }

[services.rpc]
entry = "api.py"
port = 9000
clients = [{ service = "gateway" }]
probes = { ready = { grpc = true } }
[[patches]]
target = { kind = "Deployment", name = "rpc" }
patch = [{ op = "add", path = "/spec/paused", value = false }]

[services.back]
entry = "api.py"
port = 9001
clients = [{ service = "gateway" }, { service = "rpc" }]
"#;

/// What is said of every environment.
const EVERYWHERE: &str =
    "with Compose volumes have no size, scratch space is memory, and who is alive but ill is not restarted";

#[test]
fn every_difference_is_noted_once() {
    let compiled = must_compile(compiled(DIFFERENT));
    let notes = notes(&compiled);
    let expected: &[&str] = &[
        "`parts` runs as part 0 of 1 with Compose, and in 8 parts in the cluster",
        "with Compose there is no pod that `parts` could ask: `NODE` is `localhost`",
        "Compose has no clock: `docker compose run --rm nightly` runs `nightly`, in the cluster it runs at `0 2 * * *`",
        "`slice` trains on one node with Compose, and on 4 in the cluster",
        "`slice` gets whole GPUs with Compose, not slices of 1g.10gb",
        "Compose gives `large` any GPU, not one with 40960 MiB of memory",
        "with Compose `large` may connect to every address, not only to namespace `registry` and `10.20.0.0/16`",
        "`gateway` runs once with Compose, and 2 to 5 times in the cluster",
        "with Compose there is no pod that `gateway` could ask: `NAME` is `gateway` and `ADDRESS` is not set",
        "Compose takes secrets of `gateway` from its own environment: set `SECRET_DATABASE_USERNAME` there",
        "with Compose `gateway` is open to this machine, not to namespace `ris` and `10.0.0.0/8`",
        "Compose does not ask after the health of `gateway`: nothing in its image is known to do it",
        "with Compose `back` and `rpc` may also connect to `gateway`, because they share a network with it",
        "with Compose `back` may also connect to `rpc`, because they share a network with it",
        "with Compose `rpc` is healthy when its port opens: nothing in its image is known to speak gRPC",
        "Compose does not stop `parts` after 7200 seconds, as the cluster does",
        "Compose does not stop `nightly` after 10800 seconds, as the cluster does",
        "with Compose the patch of the Deployment `rpc` changes nothing",
        EVERYWHERE,
    ];
    let found: BTreeSet<&str> = notes.iter().map(String::as_str).collect();
    assert_eq!(found, expected.iter().copied().collect());
    assert_eq!(notes.len(), found.len());
    let ours = compiled.sink.all().iter().filter(|it| it.code.id == "compose-differs");
    assert_eq!(ours.filter(|it| it.labels.is_empty()).count(), 0, "{}", shown(&compiled));
}

#[test]
fn the_clients_of_a_service_are_neighbours() {
    let spec = "\
[services.hub]
entry = \"api.py\"
port = 8080
clients = [{ service = \"left\" }, { service = \"right\" }]
[services.left]
entry = \"api.py\"
port = 8081
clients = []
[services.right]
entry = \"api.py\"
port = 8082
clients = [{ service = \"left\" }]
";
    let emission = Emission::of(spec);
    emission.notes_once(&["with Compose `hub` and `right` may also connect to `left`"]);
    emission.notes_once(&["with Compose `hub` may also connect to `right`"]);
    assert_eq!(emission.notes[2..], [EVERYWHERE]);
}

#[test]
fn what_a_pod_would_say_has_the_nearest_value() {
    let spec = DIFFERENT.replace("DB_USER = { secret = \"database\", key = \"username\" }", "");
    let Some(model) = Emission::of(&spec).model else { return };
    let expected = json!({
        "HOME": "/tmp", "PORT": "8080", "NAME": "gateway", "SPACE": "mri-default", "TEAM": "imaging", "WORKERS": "3",
        "SHARE": "2", "BYTES": (1_u64 << 30).to_string(), "SPACE_LEFT": (2_u64 << 30).to_string(),
    });
    assert_eq!(model["services"]["gateway"]["environment"], expected);
    let parts = json!({ "HOME": "/tmp", "JOB_COMPLETIONS": "1", "JOB_COMPLETION_INDEX": "0", "NODE": "localhost" });
    assert_eq!(model["services"]["parts"]["environment"], parts);
}

#[test]
fn compose_refuses_to_run_without_a_secret() {
    let emission = Emission::of_unread(DIFFERENT);
    let Some(mut readings) = read(std::slice::from_ref(&emission.environment)) else { return };
    let findings = readings.remove(0).findings;
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    let why = "required variable SECRET_DATABASE_USERNAME is missing a value: the key username of the secret database is not set";
    assert!(finding.message.contains(why), "{finding}");
}

#[test]
fn every_leaf_knows_where_it_came_from() {
    fn unknown(node: &Node, at: &str, found: &mut Vec<String>) {
        match &node.value {
            Part::Map(map) => map.iter().for_each(|(key, it)| unknown(it, &format!("{at}/{key}"), found)),
            Part::List(items) => {
                items.iter().enumerate().for_each(|(index, it)| unknown(it, &format!("{at}/{index}"), found));
            }
            _ if node.origin == Origin::NONE => found.push(at.to_owned()),
            _ => {}
        }
    }
    let emission = Emission::of_unread(SPEC);
    let mut found = Vec::new();
    unknown(emission.tree(), "", &mut found);
    assert_eq!(found, Vec::<String>::new());
    let at = |path: &[&str]| emission.tree().at(path.iter().copied()).expect("it is there").origin;
    let written = |path: &[&str]| at(path).rule.is_none() && at(path).node.is_some();
    assert!(written(&["services", "train", "command", "1"]));
    assert!(written(&["services", "api", "annotations", "0"]));
    let memory = at(&["services", "train", "deploy", "resources", "limits", "memory"]);
    assert_eq!(memory, Origin { rule: Some(mlopsc::plan::LIMITS), ..memory });
    assert!(memory.node.is_some());
}

#[test]
fn compose_takes_the_examples_as_they_are() {
    let mut all = Vec::new();
    for (name, folder) in examples() {
        let compiled = must_compile(compile_folder(&folder, ""));
        let wanted = compiled.environments.into_iter().filter(|it| it.plan.identity.has_compose);
        all.extend(wanted.map(|it| (format!("{name}/{}", it.name), it)));
    }
    assert!(all.len() > 2, "the examples run on one machine too");
    let (names, environments): (Vec<String>, Vec<Environment>) = all.into_iter().unzip();
    let Some(readings) = read(&environments) else { return };
    for (name, reading) in names.iter().zip(readings) {
        assert!(reading.findings.is_empty(), "{name}: {:#?}", reading.findings);
    }
}

/// Texts that break out where somebody forgot to quote, or change where somebody reads too much into them.
const HOSTILE: &[&str] = &[
    "$",
    "$$",
    "$HOME",
    "${HOME}",
    "${HOME:-x}",
    "${HOME:?x}",
    "$${HOME}",
    "a$",
    "$(id)",
    "`id`",
    "\"",
    "'",
    "\\",
    "a: b",
    "- a",
    "#",
    " # a",
    "!!int 1",
    "&a",
    "*a",
    "{a: b}",
    "[a]",
    "|",
    ">-",
    "%",
    "@",
    "~",
    "null",
    "yes",
    "No",
    "on",
    "true",
    "1",
    "1.0",
    "1e3",
    "0o17",
    "0x1f",
    "12:30",
    "0:10001",
    "2026-01-02",
    ".inf",
    ".nan",
    "",
    " ",
    " a ",
    "a\nb",
    "\na\n",
    "\ta",
    "a\t\n b\n",
    "---",
    "...",
    "é",
    "日本語",
    "👩‍⚕️",
    "\u{2028}",
    "\u{a0}",
    "\u{feff}",
    "x=y",
    "=",
    "<<",
];

/// Names that YAML or Compose may take for something else.
const NAMES: &[&str] =
    &["yes", "no", "on", "off", "null", "true", "y", "n", "e1", "nan", "x-ray", "default", "pipeline", "none"];

fn hostile() -> impl Strategy<Value = String> {
    let known = prop::sample::select(HOSTILE).prop_map(str::to_owned);
    let mixed = prop::collection::vec(prop::sample::select(HOSTILE), 2..4).prop_map(|it| it.concat());
    let any = any::<String>().prop_map(|it| it.chars().filter(|it| !it.is_control()).collect());
    prop_oneof![known, mixed, any]
}

/// As [`hostile`], on one line.
fn hostile_line() -> impl Strategy<Value = String> {
    hostile().prop_map(|it| it.replace(['\n', '\t'], " "))
}

/// What a hostile spec is made from.
#[derive(Clone, Debug)]
struct Hostile {
    args: Vec<String>,
    vars: Vec<String>,
    settings: Vec<String>,
    note: String,
    option: String,
    probe: Vec<String>,
    /// Of a stage, a service, a table of settings, a dataset and a secret.
    names: Vec<&'static str>,
}

impl Hostile {
    fn any() -> impl Strategy<Value = Self> {
        let texts = || prop::collection::vec(hostile(), 1..4);
        let names = prop::sample::subsequence(NAMES, 5).prop_shuffle();
        let all = (texts(), texts(), texts(), hostile_line(), hostile_line(), texts(), names);
        all.prop_map(|(args, vars, settings, note, option, probe, names)| Self {
            args,
            vars,
            settings,
            note,
            option,
            probe,
            names,
        })
    }

    fn spec(&self) -> String {
        let [stage, service, table, data, secret] = self.names[..] else { panic!("five names") };
        let spec = json!({
            "config": { table: numbered("k", &self.settings) },
            "data": { data: {
                "class": "synthetic", "size": "1Gi", "source": "external",
                "nfs": { "server": "files.example", "path": "/export", "options": [self.option] },
            } },
            "secrets": { secret: { "from": "existing", "keys": ["null"] } },
            "stages": { stage: { "entry": "train.py", "args": self.args, "inputs": [data], "when": "manual" } },
            "services": { service: {
                "image": "registry.example.org/tools/viewer:2", "port": 8080, "command": self.args, "config": [table],
                "secrets": [secret], "env": numbered("V", &self.vars), "probes": { "ready": { "exec": self.probe } },
                "annotations": { "null": self.note, "x-note": self.note }, "labels": { "on": "1.0", "x-label": "no" }, "clients": [{ "stage": stage }],
            } },
        });
        toml::to_string(&spec).expect("a spec is TOML")
    }
}

fn numbered(prefix: &str, texts: &[String]) -> Value {
    texts
        .iter()
        .enumerate()
        .map(|(index, it)| (format!("{prefix}{index}"), it.as_str().into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_read_as_anything_else(hostile in Hostile::any()) {
        let emission = Emission::of(&hostile.spec());
        let [stage, service, table, data, secret] = hostile.names[..] else { panic!("five names") };
        let Some(model) = emission.model else { return Ok(()) };
        prop_assert_eq!(names(&model["services"]), BTreeSet::from([stage, service]));
        let api = &model["services"][service];
        prop_assert_eq!(&model["services"][stage]["command"], &json!(hostile.args));
        prop_assert_eq!(&api["entrypoint"], &json!(hostile.args));
        for (index, text) in hostile.vars.iter().enumerate() {
            prop_assert_eq!(&api["environment"][format!("V{index}")], text);
        }
        let prefix = format!("CONFIG_{}_K", table.to_uppercase().replace('-', "_"));
        for (index, text) in hostile.settings.iter().enumerate() {
            prop_assert_eq!(&api["environment"][format!("{prefix}{index}")], text);
        }
        prop_assert_eq!(&api["healthcheck"]["test"].as_array().expect("a command")[1..], &hostile.probe[..]);
        prop_assert_eq!(&api["annotations"], &json!({ "null": hostile.note, "x-note": hostile.note }));
        prop_assert_eq!(&api["labels"], &json!({ "on": "1.0", "x-label": "no" }));
        prop_assert_eq!(&model["volumes"][data]["driver_opts"]["o"], &format!("addr=files.example,{}", hostile.option));
        prop_assert_eq!(&model["services"][stage]["volumes"][0]["source"], data);
        prop_assert_eq!(&api["secrets"][0]["source"], &format!("{secret}_null"));
        let (edge, own) = (format!("edge_{service}"), format!("to_{service}"));
        prop_assert_eq!(names(&api["networks"]), BTreeSet::from([edge.as_str(), own.as_str()]));
        prop_assert_eq!(names(&model["services"][stage]["networks"]), BTreeSet::from([own.as_str()]));
    }
}
