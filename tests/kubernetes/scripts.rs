//! The scripts that run stages, with a `kubectl` that only pretends to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::files_of;

/// A project's scripts, and a cluster that is a folder: a Job that was applied is a file.
struct Cluster {
    folder: TempDir,
}

impl Cluster {
    fn of(spec: &str) -> Self {
        let cluster = Self { folder: TempDir::new().expect("a temporary folder") };
        for (path, text) in files_of(spec, &[]) {
            let file = cluster.path(&path);
            fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder can be made");
            fs::write(file, text).expect("a file can be written");
        }
        fs::create_dir_all(cluster.path("jobs")).expect("a folder can be made");
        let kubectl = cluster.path("kubectl");
        fs::write(&kubectl, KUBECTL).expect("a file can be written");
        fs::set_permissions(&kubectl, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it can run");
        cluster
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A value of a ConfigMap.
    #[track_caller]
    fn value(&self, map: &str, key: &str) -> String {
        let path = self.path("maps").join(map).join(key);
        fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
    }

    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        self.run_with(script, &[], variables)
    }

    fn run_with(&self, script: &str, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").expect("there is a PATH"));
        Command::new("sh")
            .arg(self.path("kubernetes").join(script))
            .args(words)
            .args(["--context", "here"])
            .env_clear()
            .envs([("PATH", path.as_str()), ("CLUSTER", &self.folder.path().display().to_string())])
            .envs(variables.iter().copied())
            .output()
            .expect("sh can be run")
    }

    /// What was applied since the last time that this was asked.
    fn applied(&self) -> Vec<String> {
        let log = self.path("log");
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(log);
        text.lines().map(str::to_owned).collect()
    }
}

/// Jobs complete at once, and last.
const KUBECTL: &str = r#"#!/bin/sh
[ "$1 $2" = "--context here" ] || { echo "without its context: $*" >&2; exit 1; }
shift 2
[ "$1" = "--namespace" ] && shift 2
case "$1 $2 $3" in
  "get job "*) [ -e "$CLUSTER/jobs/$3" ] && printf Complete ;;
  "delete job "*) rm -f "$CLUSTER/jobs/$3" ;;
  "apply --filename -") cat > /dev/null ;;
  "apply --filename "*) touch "$CLUSTER/jobs/${3%.job.yaml}"; echo "${3%.job.yaml}" >> "$CLUSTER/log" ;;
  "create configmap "*) mkdir -p "$CLUSTER/maps"; rm -rf "$CLUSTER/maps/$3"; cp -r "$5" "$CLUSTER/maps/$3"; echo made ;;
  "create job "*) echo "$5" >> "$CLUSTER/log" ;;
  "get pods "*) cat "$CLUSTER/message" ;;
  *) echo "not known: $*" >&2; exit 1 ;;
esac
exit 0
"#;

#[track_caller]
fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const TURNS: &str = r#"
[data.tables]
class = "public"
size = "1Gi"
access = "ReadWriteMany"
[stages.fill]
entry = "train.py"
inputs = ["tables"]
when = "install"
[stages.create]
entry = "train.py"
outputs = ["tables"]
when = "install"
[stages.migrate]
entry = "train.py"
after = ["save"]
when = "upgrade"
[stages.save]
entry = "train.py"
when = "upgrade"
[stages.train]
entry = "train.py"
inputs = ["tables"]
"#;

#[test]
fn an_installation_runs_once_and_an_upgrade_each_time() {
    let cluster = Cluster::of(TURNS);
    succeeds(&cluster.run("run-install.sh", &[]));
    assert_eq!(cluster.applied(), ["create", "fill"], "in the order of their data");
    fs::remove_file(cluster.path("jobs/fill")).expect("it has run");
    succeeds(&cluster.run("run-install.sh", &[]));
    assert_eq!(cluster.applied(), ["fill"], "what has completed is passed over");
    for _ in 0..2 {
        succeeds(&cluster.run("run-upgrade.sh", &[]));
        assert_eq!(cluster.applied(), ["save", "migrate"]);
        succeeds(&cluster.run("run-pipeline.sh", &[]));
        assert_eq!(cluster.applied(), ["train"]);
    }
}

const HANDED: &str = r#"
[stages.measure]
entry = "train.py"
params = { study = { type = "string" }, slices = { type = "int", default = 32 } }
results = ["dice", "report-path"]
[stages.report]
entry = "train.py"
args = ["--dice", "${stages.measure.results.dice}"]
params = { note = { default = "it's HOME`" } }
"#;

/// A value that a shell would make something else of.
const HOSTILE: &str = "a b'\"$(touch hacked)`touch hacked`\\n*\n second";

#[test]
fn what_the_caller_gives_arrives_as_it_is() {
    let cluster = Cluster::of(HANDED);
    fs::write(cluster.path("message"), "dice=0.5\nnoise\ndice=0.9=$(x)\nreport-path=/data/a b\nother=1")
        .expect("written");
    succeeds(&cluster.run("run-pipeline.sh", &[("PARAM_MEASURE_STUDY", HOSTILE)]));
    assert_eq!(cluster.applied(), ["measure", "report"]);
    assert_eq!(cluster.value("measure-params", "study"), HOSTILE);
    assert_eq!(cluster.value("measure-params", "slices"), "32");
    assert_eq!(cluster.value("report-params", "note"), "it's HOME`");
    assert_eq!(cluster.value("measure-results", "dice"), "0.9=$(x)", "the last line of a name counts");
    assert_eq!(cluster.value("measure-results", "report-path"), "/data/a b");
    assert!(!cluster.path("maps/measure-results/other").exists(), "nobody asked for it");
    assert!(!cluster.path("kubernetes/hacked").exists());
    succeeds(&cluster.run("run-pipeline.sh", &[("PARAM_MEASURE_STUDY", "x"), ("PARAM_MEASURE_SLICES", "-7")]));
    assert_eq!(cluster.value("measure-params", "slices"), "-7", "a default gives way");
}

#[test]
fn a_missing_or_wrong_parameter_stops_before_anything_runs() {
    let cluster = Cluster::of(HANDED);
    let stops = |variables: &[(&str, &str)], word: &str| {
        let output = cluster.run("run-pipeline.sh", variables);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{variables:?}: {said}");
        assert!(said.contains(word), "{said}");
        assert_eq!(cluster.applied(), [""; 0]);
    };
    stops(&[], "PARAM_MEASURE_STUDY is not set");
    stops(&[("PARAM_MEASURE_STUDY", "")], "PARAM_MEASURE_STUDY is not set");
    for wrong in ["1.5", "3-2", "-", "x", "1\n2", " 1", "0x10"] {
        stops(&[("PARAM_MEASURE_STUDY", "x"), ("PARAM_MEASURE_SLICES", wrong)], "not of the type int");
    }
}

#[test]
fn numbers_and_flags_are_what_they_say() {
    let spec = r#"
[stages.train]
entry = "train.py"
params = { rate = { type = "float" }, fast = { type = "bool", default = true } }
"#;
    let cluster = Cluster::of(spec);
    for good in ["1", "-0.5", "1e-3", "2.5E+7"] {
        succeeds(&cluster.run("run-pipeline.sh", &[("PARAM_TRAIN_RATE", good)]));
    }
    for bad in ["1.2.3", "e", "nan", "1,5", "--1", "0x1p3"] {
        assert_eq!(cluster.run("run-pipeline.sh", &[("PARAM_TRAIN_RATE", bad)]).status.code(), Some(2), "{bad}");
    }
    let flag =
        |it| cluster.run("run-pipeline.sh", &[("PARAM_TRAIN_RATE", "1"), ("PARAM_TRAIN_FAST", it)]).status.code();
    assert_eq!([flag("false"), flag("no")], [Some(0), Some(2)]);
}

#[test]
fn a_result_that_was_not_written_ends_the_run() {
    let cluster = Cluster::of(HANDED);
    fs::write(cluster.path("message"), "dice=0.5").expect("written");
    let output = cluster.run("run-pipeline.sh", &[("PARAM_MEASURE_STUDY", "x")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("has not written its result report-path"));
    assert_eq!(cluster.applied(), ["measure"]);
}

#[test]
fn people_start_a_stage_with_the_parameters_that_they_give() {
    let spec = r#"
[stages.tune]
entry = "train.py"
when = "manual"
params = { study = { type = "string" } }
[stages.clean]
entry = "train.py"
when = "manual"
"#;
    let cluster = Cluster::of(spec);
    let run = |stage: &str, variables: &[(&str, &str)]| cluster.run_with("run-manual.sh", &[stage], variables);
    assert_eq!(run("tune", &[]).status.code(), Some(2));
    assert_eq!(run("clean", &[("PARAM_TUNE_STUDY", "x")]).status.code(), Some(2), "it takes none");
    succeeds(&run("tune", &[("PARAM_TUNE_STUDY", HOSTILE)]));
    assert_eq!(cluster.applied(), ["cronjob/tune"]);
    assert_eq!(cluster.value("tune-params", "study"), HOSTILE);
}

#[test]
fn there_is_a_script_for_what_runs_and_no_other() {
    let files = files_of("[stages.train]\nentry = \"train.py\"\nwhen = \"upgrade\"\n", &[]);
    let scripts: Vec<&str> =
        files.keys().filter(|it| Path::new(it).extension().is_some_and(|it| it == "sh")).map(String::as_str).collect();
    assert_eq!(scripts, ["kubernetes/run-upgrade.sh"]);
}
