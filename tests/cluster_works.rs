//! The cluster of the tests is what the tests take it for: its admission refuses, its controllers and nodes act, nobody
//! reaches beyond loopback, and it is gone when its test is.
//!
//! The compiler is not tested here.

#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

#[path = "support/cluster.rs"]
mod cluster;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use cluster::harness::tests;
use cluster::{Cluster, Missing, OrNotRun, Parts, Reach};
use serde_json::{Value, json};

tests!(
    pod_security_refuses,
    quotas_and_limits_act,
    admission_policies_act,
    who_has_no_role_may_nothing,
    what_is_asked_is_audited,
    unknown_fields_are_refused_and_old_versions_warned_of,
    pods_run_on_played_nodes,
    nothing_reaches_beyond_loopback,
    it_dies_with_a_test_that_is_killed,
    the_command_for_people_starts_one_until_it_is_stopped,
);

fn main() {
    if std::env::var_os(VICTIM).is_some() {
        return victim();
    }
    cluster::harness::run(&[TESTS]);
}

/// An API server alone, which is all that `setup-envtest` brings.
fn api() -> Result<&'static Cluster, Missing> {
    static API: LazyLock<Result<Cluster, Missing>> = LazyLock::new(|| Cluster::start(Parts::Api, Reach::Test));
    API.as_ref().map_err(Clone::clone)
}

/// Many tests share it, each in a namespace of its own.
fn shared() -> Result<&'static Cluster, Missing> {
    static SHARED: LazyLock<Result<Cluster, Missing>> = LazyLock::new(|| {
        let cluster = Cluster::start(Parts::Control, Reach::Test)?;
        cluster.play_nodes()?;
        Ok(cluster)
    });
    SHARED.as_ref().map_err(Clone::clone)
}

/// A cluster that the tests started, and not one that was there before.
fn ours(cluster: &'static Cluster) -> Result<&'static Cluster, Missing> {
    let reason = || "the cluster is that of somebody else".to_owned();
    if cluster.is_foreign { Err(Missing { reason: reason() }) } else { Ok(cluster) }
}

fn pod_security_refuses() {
    let Some(cluster) = shared().or_not_run("Pod Security") else { return };
    namespace(cluster, "strict", &json!({"pod-security.kubernetes.io/enforce": "restricted"}));
    let reply = cluster.post("/api/v1/namespaces/strict/pods", &pod("strict", "root", &json!({})));
    assert_eq!(reply.status, 403, "{}", reply.text);
    assert!(reply.message().contains("runAsNonRoot"), "{}", reply.message());
}

fn quotas_and_limits_act() {
    let Some(cluster) = shared().or_not_run("ResourceQuota and LimitRanger") else { return };
    namespace(cluster, "small", &json!({}));
    let limit = json!({"type": "Container", "defaultRequest": {"cpu": "100m"}, "default": {"cpu": "100m"}});
    let range = object("v1", "LimitRange", "small", "defaults");
    cluster.create(&with(range, "spec", json!({"limits": [limit]})));
    let quota = object("v1", "ResourceQuota", "small", "quota");
    cluster.create(&with(quota, "spec", json!({"hard": {"requests.cpu": "150m"}})));
    let quota = "/api/v1/namespaces/small/resourcequotas/quota";
    cluster.eventually("a quota that counts", 20, || {
        let status = &cluster.get(quota).ok()["status"];
        if status["used"].is_object() { Ok(()) } else { Err(status.to_string()) }
    });
    let pods = "/api/v1/namespaces/small/pods";
    let made = cluster.post(pods, &pod("small", "first", &json!({}))).ok();
    assert_eq!(made["spec"]["containers"][0]["resources"]["requests"]["cpu"], "100m");
    let reply = cluster.post(pods, &pod("small", "second", &json!({})));
    assert!(reply.status == 403 && reply.message().contains("exceeded quota"), "{}", reply.message());
}

fn admission_policies_act() {
    let Some(cluster) = shared().or_not_run("ValidatingAdmissionPolicy") else { return };
    namespace(cluster, "guarded", &json!({"guarded": "yes"}));
    let name = json!({"name": "no-latest"});
    let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]});
    cluster.create(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": name,
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": "!object.metadata.name.startsWith('bad')", "message": "it is bad"}],
        },
    }));
    cluster.create(&json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": name,
        "spec": {
            "policyName": "no-latest", "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"guarded": "yes"}}},
        },
    }));
    let mut count = 0;
    cluster.eventually("a refusal", 20, || {
        count += 1;
        let bad = object("v1", "ConfigMap", "guarded", &format!("bad-{count}"));
        let reply = cluster.post("/api/v1/namespaces/guarded/configmaps", &bad);
        if reply.message().contains("it is bad") { Ok(()) } else { Err(reply.text) }
    });
}

fn who_has_no_role_may_nothing() {
    let Some(cluster) = api().or_not_run("RBAC") else { return };
    let secret = object("v1", "Secret", "default", "none");
    let reply = cluster.post_as("nobody", "/api/v1/namespaces/default/secrets", &secret);
    assert_eq!(reply.status, 403, "{}", reply.text);
}

fn what_is_asked_is_audited() {
    let Some(cluster) = api().and_then(ours).or_not_run("the audit log") else { return };
    cluster.get("/api/v1/namespaces/default/configmaps?labelSelector=asked-by-a-test");
    let log = std::fs::read_to_string(cluster.audit_log()).unwrap();
    assert!(log.contains("asked-by-a-test"));
}

fn unknown_fields_are_refused_and_old_versions_warned_of() {
    let Some(cluster) = shared().or_not_run("validation of fields") else { return };
    namespace(cluster, "fields", &json!({}));
    let reply = cluster.apply(&with(object("v1", "ConfigMap", "fields", "odd"), "dta", json!({})));
    assert!(!reply.is_ok() && reply.text.contains("dta"), "{}", reply.text);
    let reply = cluster.get("/api/v1/componentstatuses");
    assert!(reply.warnings.iter().any(|it| it.contains("deprecated")), "{:?}", reply.warnings);
}

fn pods_run_on_played_nodes() {
    let Some(cluster) = shared().or_not_run("the life of pods") else { return };
    namespace(cluster, "lively", &json!({}));
    let capacity = json!({"cpu": "8", "memory": "32Gi", "pods": "100", "ephemeral-storage": "100Gi"});
    cluster.create(&json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "played", "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "status": {"capacity": capacity, "allocatable": capacity},
    }));
    let job = object("batch/v1", "Job", "lively", "short");
    let template = json!({"spec": pod("lively", "", &json!({"restartPolicy": "Never"}))["spec"]});
    cluster.create(&with(job, "spec", json!({"template": template})));
    cluster.eventually("a job that ends", 60, || {
        let job = cluster.get("/apis/batch/v1/namespaces/lively/jobs/short").ok();
        if job["status"]["succeeded"] == 1 { Ok(()) } else { Err(job["status"].to_string()) }
    });
}

fn nothing_reaches_beyond_loopback() {
    let Some(cluster) = api().or_not_run("the isolation of the cluster") else { return };
    let reason = || "its programs are not kept apart from the network".to_owned();
    let interfaces = cluster.interfaces().ok_or_else(|| Missing { reason: reason() });
    let Some(interfaces) = interfaces.or_not_run("the isolation of the cluster") else { return };
    assert_eq!(interfaces, ["lo"]);
}

/// What the next test starts, kills and looks after.
fn victim() {
    let Ok(cluster) = Cluster::start(Parts::Api, Reach::Test) else { return };
    let _ = writeln!(std::io::stdout(), "{}", cluster.folder().display());
    std::thread::sleep(Duration::from_mins(1));
}

const VICTIM: &str = "MLOPSC_TEST_VICTIM";

fn it_dies_with_a_test_that_is_killed() {
    let Some(_) = api().and_then(ours).or_not_run("the end of a cluster") else { return };
    let mut victim = Command::new(std::env::current_exe().unwrap());
    let mut victim = victim.env(VICTIM, "yes").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
    let folder = lines.find(|it| it.starts_with('/')).expect("the victim started a cluster");
    assert!(mentions(&folder) > 0, "the cluster of {folder} does not run");
    victim.kill().unwrap();
    victim.wait().unwrap();
    let start = Instant::now();
    while mentions(&folder) > 0 || Path::new(&folder).exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "the cluster of {folder} outlives its test");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn the_command_for_people_starts_one_until_it_is_stopped() {
    let Some(_) = shared().and_then(ours).or_not_run("the command that starts a cluster") else { return };
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.args(["run", "--quiet", "--example", "cluster", "--", "examples/minimal"]);
    let mut running = command.current_dir(env!("CARGO_MANIFEST_DIR")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines().map_while(Result::ok);
    let exported = lines.find_map(|it| it.trim().strip_prefix("export KUBECONFIG=").map(str::to_owned));
    let kubeconfig = exported.expect("it says what to export");
    let text = std::fs::read_to_string(&kubeconfig).unwrap();
    let address = text.lines().find_map(|it| it.trim().strip_prefix("server: https://")).unwrap();
    std::net::TcpStream::connect(address).expect("it is reached from everywhere on this machine");
    running.kill().unwrap();
    running.wait().unwrap();
    let start = Instant::now();
    while Path::new(&kubeconfig).exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "the cluster outlives the command");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// How many processes of this machine have `text` on their command line.
fn mentions(text: &str) -> usize {
    let entries = std::fs::read_dir("/proc").expect("processes can be listed").flatten();
    let lines = entries.filter_map(|it| std::fs::read(it.path().join("cmdline")).ok());
    lines.filter(|it| String::from_utf8_lossy(it).contains(text)).count()
}

fn namespace(cluster: &Cluster, name: &str, labels: &Value) {
    let mut it = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    it["metadata"]["labels"] = labels.clone();
    cluster.create(&it);
    // Without it no pod of the namespace is admitted.
    cluster.eventually("the service account of a namespace", 30, || {
        let reply = cluster.get(&format!("/api/v1/namespaces/{name}/serviceaccounts/default"));
        if reply.is_ok() { Ok(()) } else { Err(reply.message()) }
    });
}

fn object(version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"namespace": namespace, "name": name}})
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

fn pod(namespace: &str, name: &str, more: &Value) -> Value {
    let mut pod = object("v1", "Pod", namespace, name);
    pod["spec"] = json!({"containers": [{"name": "main", "image": "registry.example/none:1"}]});
    more.as_object().into_iter().flatten().for_each(|(key, value)| pod["spec"][key] = value.clone());
    pod
}
