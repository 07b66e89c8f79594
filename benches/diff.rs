//! How long `mlopsc diff` takes against a real API server behind a slow line, beside kubectl: `cargo bench --bench diff`.
//!
//! A thousand objects, a third each of Deployments, ConfigMaps and Services. A relay on loopback holds every byte back
//! by half a round trip. Ratios are measured in the same run; seconds depend on the machine.

#![allow(clippy::print_stdout, reason = "a benchmark prints ratios")]

#[path = "../tests/support/cluster.rs"]
mod cluster;
#[path = "diff/relay.rs"]
mod relay;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cluster::{Cluster, OrNotRun, Parts, Reach};
use serde_json::{Value, json};

const OBJECTS: usize = 1_000;
const ROUND_TRIP: Duration = Duration::from_millis(40);

/// Half a second, a second, and megabytes: what is promised.
const UNCHANGED: f64 = 0.5;
const CHANGED: f64 = 1.0;
const MEMORY: u64 = 80;

fn main() {
    let Some(cluster) = Cluster::start(Parts::Api, Reach::Machine).or_not_run("the speed of diffs") else { return };
    if cluster.is_foreign {
        println!("NOT RUN: the speed of diffs: a cluster of others is no measure");
        return;
    }
    let far = far(&cluster);
    println!("{OBJECTS} objects, {} ms there and back", ROUND_TRIP.as_millis());
    let mut theirs = None;
    for (who, way) in
        [("kubectl apply --server-side", "kubectl"), ("Argo CD", "argocd-controller"), ("kubectl apply", "")]
    {
        let objects: Vec<Value> =
            (0..OBJECTS).map(|it| object(it, if way.is_empty() { "client" } else { way })).collect();
        apply(&cluster, &objects, way);
        let same = written(&cluster, "same", &objects);
        let changed = written(&cluster, "changed", &changed(&objects));
        println!("after {who}");
        let ours = row("mlopsc diff, nothing changed", 7, &far, &same, 0, (!way.is_empty()).then_some(UNCHANGED));
        row("mlopsc diff, 100 changed", 5, &far, &changed, 1, (!way.is_empty()).then_some(CHANGED));
        if way == "kubectl" {
            row_of("mlopsc diff --verify full, nothing changed", 3, &far, &same, 0, None, &["--verify", "full"]);
            theirs = Some((ours, kubectl(&cluster, &far, &same)));
        }
    }
    if let Some((ours, theirs)) = theirs {
        println!("ratio: {:.0} times as fast as kubectl diff --server-side", theirs.as_secs_f64() / ours.as_secs_f64());
    }
}

fn object(at: usize, of: &str) -> Value {
    let labels = json!({"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": format!("bench-{of}")});
    let metadata = json!({"name": format!("o{at}"), "namespace": format!("bench-{of}"), "labels": labels});
    match at % 3 {
        0 => {
            let container = json!({"name": "c", "image": "registry.example.org/c:1", "args": ["--port", "8080"],
                "env": [{"name": "A", "value": "1"}, {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
                "ports": [{"name": "http", "containerPort": 8080}], "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
                "resources": {"requests": {"cpu": "1000m", "memory": "0.5Gi"}, "limits": {"memory": "0.5Gi"}},
                "readinessProbe": {"httpGet": {"path": "/readyz", "port": "http"}},
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": true}});
            let selector = json!({"app": format!("o{at}")});
            let pod = json!({"automountServiceAccountToken": false, "containers": [container],
                "securityContext": {"runAsNonRoot": true, "runAsUser": 10001}, "volumes": [{"name": "tmp", "emptyDir": {}}]});
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 2,
                "selector": {"matchLabels": selector}, "template": {"metadata": {"labels": selector}, "spec": pod}}})
        }
        1 => json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
            "data": {"a": format!("{at}"), "file.toml": "line = 1\n".repeat(20)}}),
        _ => json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {
            "selector": {"app": format!("o{at}")}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}}),
    }
}

/// The same, with another value in every tenth.
fn changed(objects: &[Value]) -> Vec<Value> {
    let mut objects = objects.to_vec();
    for object in objects.iter_mut().step_by(10) {
        match object["kind"].as_str() {
            Some("Deployment") => {
                object["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.org/c:2".into();
            }
            Some("ConfigMap") => object["data"]["a"] = "changed".into(),
            _ => object["spec"]["ports"][0]["targetPort"] = 8081.into(),
        }
    }
    objects
}

fn written(cluster: &Cluster, name: &str, objects: &[Value]) -> PathBuf {
    let file = cluster.folder().join(format!("{name}.json"));
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    fs::write(&file, list.to_string()).expect("the folder is writable");
    file
}

/// Applies as somebody does; without a manager, as kubectl does on its own.
fn apply(cluster: &Cluster, objects: &[Value], manager: &str) {
    let namespace = &objects[0]["metadata"]["namespace"];
    cluster.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
    if manager.is_empty() {
        let file = written(cluster, "all", objects);
        let said = cluster.kubectl(["apply", "-f", &file.display().to_string()]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        return;
    }
    for object in objects {
        let path = format!("{}?fieldManager={manager}", cluster.path_of(object));
        cluster.patch(&path, "application/apply-patch+yaml", object).ok();
    }
}

/// A kubeconfig that leads through the relay.
fn far(cluster: &Cluster) -> PathBuf {
    let text = fs::read_to_string(cluster.kubeconfig()).expect("it was written");
    let (before, rest) = text.split_once("https://127.0.0.1:").expect("it names a port");
    let end = rest.find('\n').expect("lines end");
    let near: u16 = rest[..end].trim().parse().expect("it is a port");
    let port = relay::start(near, ROUND_TRIP / 2);
    let file = cluster.folder().join("far");
    fs::write(&file, format!("{before}https://127.0.0.1:{port}{}", &rest[end..])).expect("the folder is writable");
    file
}

fn row(name: &str, runs: usize, kubeconfig: &Path, file: &Path, code: i32, promise: Option<f64>) -> Duration {
    row_of(name, runs, kubeconfig, file, code, promise, &[])
}

fn row_of(
    name: &str,
    runs: usize,
    kubeconfig: &Path,
    file: &Path,
    code: i32,
    promise: Option<f64>,
    more: &[&str],
) -> Duration {
    let mut found: Vec<(Duration, u64)> = (0..runs).map(|_| once(kubeconfig, file, code, more)).collect();
    let memory = found.iter().map(|it| it.1).max().unwrap_or_default();
    found.sort();
    let (fastest, time) = (found[0].0, found[runs / 2].0);
    let held = match promise {
        Some(most) if time.as_secs_f64() < most && memory < MEMORY => format!("  under {most} s and {MEMORY} MB"),
        Some(most) => format!("  NOT under {most} s and {MEMORY} MB"),
        None => String::new(),
    };
    println!("  {name:<46} {:>7.3} s (fastest {:.3}) {memory:>4} MB{held}", time.as_secs_f64(), fastest.as_secs_f64());
    time
}

/// One run: how long it took, and the most memory that it held, in MB.
fn once(kubeconfig: &Path, file: &Path, code: i32, more: &[&str]) -> (Duration, u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    command.args(["diff", "--format", "json", "--kubeconfig"]).arg(kubeconfig).arg("--desired").arg(file).args(more);
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut memory = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|it| it.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        memory = memory.max(peak.unwrap_or(0_u64));
        if let Some(status) = child.try_wait().expect("a child can be asked") {
            assert_eq!(status.code(), Some(code), "{}", file.display());
            return (start.elapsed(), memory / 1024);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn kubectl(cluster: &Cluster, kubeconfig: &Path, file: &Path) -> Duration {
    let (kubeconfig, file) = (kubeconfig.display().to_string(), file.display().to_string());
    let start = Instant::now();
    let said =
        cluster.kubectl(["--kubeconfig", &kubeconfig, "diff", "--server-side", "--concurrency", "16", "-f", &file]);
    let time = start.elapsed();
    assert_eq!(said.code, 0, "{}", said.stderr);
    println!("  {:<46} {:>7.3} s", "kubectl diff --server-side, nothing changed", time.as_secs_f64());
    time
}
