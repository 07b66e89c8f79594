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

    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").expect("there is a PATH"));
        Command::new("sh")
            .arg(self.path("kubernetes").join(script))
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
case "$1 $2" in
  "get job") [ -e "$CLUSTER/jobs/$3" ] && printf Complete ;;
  "delete job") rm -f "$CLUSTER/jobs/$3" ;;
  "apply --filename") touch "$CLUSTER/jobs/${3%.job.yaml}"; echo "${3%.job.yaml}" >> "$CLUSTER/log" ;;
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

#[test]
fn there_is_a_script_for_what_runs_and_no_other() {
    let files = files_of("[stages.train]\nentry = \"train.py\"\nwhen = \"upgrade\"\n", &[]);
    let scripts: Vec<&str> =
        files.keys().filter(|it| Path::new(it).extension().is_some_and(|it| it == "sh")).map(String::as_str).collect();
    assert_eq!(scripts, ["kubernetes/run-upgrade.sh"]);
}
