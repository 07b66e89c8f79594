//! Servers that leave single questions without an answer, or all of them from some time on.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Act, Server};
use crate::support::binary::{Run, mlopsc};

/// ConfigMaps `c0`, `c1` … of a spec, against a server that has two seconds for an answer.
fn diff(server: &Server, count: usize, more: &[&str]) -> Run {
    let folder = TempDir::new().unwrap();
    let items: Vec<Value> = (0..count).map(|it| config(&format!("c{it}"), "1")).collect();
    let wanted = json!({"apiVersion": "v1", "kind": "List", "items": items});
    fs::write(folder.path().join("wanted.json"), wanted.to_string()).unwrap();
    server.kubeconfig(&folder.path().join("config"));
    let arguments = ["diff", "--desired", "wanted.json", "--kubeconfig", "config", "--timeout", "2"];
    mlopsc(folder.path(), &[&arguments, more].concat())
}

fn config(name: &str, value: &str) -> Value {
    let labels = json!({"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": "p-prod"});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n", "labels": labels},
        "data": {"a": value}})
}

fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message})
}

/// A server with every ConfigMap that is asked for, but for what `act` says to a method and a path.
fn server(act: impl Fn(&str, &str) -> Option<Act> + Send + Sync + 'static) -> Server {
    Server::start(move |method, path, body| {
        let plain = path.split('?').next().unwrap_or_default();
        if let Some(act) = act(method, plain) {
            return act;
        }
        match (method, plain.strip_prefix("/api/v1/namespaces/n/configmaps")) {
            ("GET", None) if plain == "/api/v1" => Act::kinds(&[("configmaps", "ConfigMap")]),
            ("GET", Some("")) => Act::Say(200, json!({"kind": "ConfigMapList", "metadata": {}, "items": []})),
            ("GET", Some(name)) => Act::Say(200, config(&name[1..], "0")),
            ("PATCH", Some(_)) => Act::Say(200, serde_json::from_str(body).unwrap()),
            _ => Act::Say(404, status(404, "the server could not find the requested resource")),
        }
    })
}

/// In how many ways a question gets no answer, with what is said of it.
const FAULTS: [(fn() -> Act, &str); 4] = [
    (|| Act::Hang, "did not answer within 2 s"),
    (|| Act::Cut, "cannot be reached"),
    (|| Act::Say(503, status(503, "starting")), "starting"),
    (|| Act::Say(500, status(500, "etcdserver: leader changed")), "leader changed"),
];

#[test]
fn a_dry_run_that_is_lost_is_the_verdict_of_its_object() {
    for (act, said) in FAULTS {
        let server = server(move |method, path| (method == "PATCH" && path.ends_with("/c1")).then(act));
        let run = diff(&server, 3, &[]).exits_with(3);
        for part in ["ConfigMap n/c0  changed", "ConfigMap n/c1  unknown", "ConfigMap n/c2  changed", said] {
            assert!(run.stdout.contains(part), "{part}:\n{}{}", run.stdout, run.stderr);
        }
        assert!(run.stdout.contains("the fields are compared here"), "{}", run.stdout);
    }
}

#[test]
fn a_list_that_is_lost_hides_no_object_and_is_never_a_success() {
    let lists = |path: &str| path.ends_with("/configmaps");
    let forbidden: fn() -> Act =
        || Act::Say(403, status(403, "configmaps is forbidden: User \"u\" cannot list resource \"configmaps\""));
    for (act, said) in FAULTS.into_iter().chain([(forbidden, "you may not list them")]) {
        let server = server(move |method, path| match method {
            "GET" if lists(path) => Some(act()),
            "GET" if path.contains("/configmaps/") => Some(Act::Say(200, config(&path[path.len() - 2..], "1"))),
            _ => None,
        });
        let run = diff(&server, 2, &[]).exits_with(3);
        for part in ["2 same", "orphans of 1 kind not all known", "orphans are not all known of ConfigMap", said] {
            assert!(run.stdout.contains(part), "{part}:\n{}{}", run.stdout, run.stderr);
        }
        let json = diff(&server, 2, &["--format", "json"]).exits_with(3).stdout;
        let document: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(document["environments"][0]["unlisted"], json!(["ConfigMap"]), "{document}");
        let findings = diff(&server, 2, &["--format", "sarif"]).exits_with(3).stdout;
        assert!(findings.contains("ConfigMap") && findings.contains("not all known"), "{findings}");
    }
}

#[test]
fn a_server_that_went_away_is_asked_no_more() {
    for (act, _) in &FAULTS[..3] {
        let act = *act;
        let server = server(move |method, _| (method == "PATCH").then(act));
        let start = Instant::now();
        let run = diff(&server, 300, &[]).exits_with(3);
        let (time, tried) = (start.elapsed(), server.asked().iter().filter(|it| it.starts_with("PATCH ")).count());
        assert!(run.stdout.contains("300 unknown"), "{}", run.stdout);
        assert!(run.stdout.contains("in a row, and is asked no more"), "{}", run.stdout);
        assert!(time < Duration::from_secs(20) && tried < 600, "{time:?}, {tried} dry runs");
    }
}

#[test]
fn a_server_that_comes_back_is_asked_again() {
    let is_away = AtomicBool::new(true);
    let server = server(move |method, path| {
        let is_lost = method == "GET" && path.ends_with("/c3") && is_away.swap(false, Ordering::SeqCst);
        is_lost.then_some(Act::Cut)
    });
    let run = diff(&server, 4, &[]).exits_with(1);
    assert!(run.stdout.contains("4 changed"), "{}", run.stdout);
}

#[test]
fn a_pause_that_is_too_long_is_named() {
    let first = Server::start(|_, _, _| Act::Busy(3600));
    let start = Instant::now();
    diff(&first, 1, &[]).exits_with(3).says(&["(429)", "a pause of 3600 s", "2 s"]);
    let tried = server(|method, path| (method == "PATCH" && path.ends_with("/c0")).then_some(Act::Busy(3600)));
    let run = diff(&tried, 2, &[]).exits_with(3);
    assert!(run.stdout.contains("a pause of 3600 s") && run.stdout.contains("c1  changed"), "{}", run.stdout);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn a_plan_is_one_and_what_could_not_be_said_is_none() {
    let server = server(|method, path| (method == "PATCH" && path.ends_with("/c1")).then_some(Act::Cut));
    for text in ["", "x", "abc", "0123456789ABCDEF0123456701234567", "0123456789abcdef01234567012345678"] {
        diff(&server, 2, &["--expect", text]).exits_with(2).says(&["32 digits"]);
    }
    let document: Value = serde_json::from_str(&diff(&server, 2, &["--format", "json"]).exits_with(3).stdout).unwrap();
    let plan = document["environments"][0]["plan"].as_str().unwrap().to_owned();
    diff(&server, 2, &["--expect", &plan]).exits_with(3).says(&["says not of everything"]);
}

#[test]
fn who_writes_at_the_same_time_is_no_owner_of_a_field() {
    let race = || Act::Say(409, status(409, "Operation cannot be fulfilled: the object has been modified"));
    let is_first = AtomicBool::new(true);
    let once = server(move |method, _| (method == "PATCH" && is_first.swap(false, Ordering::SeqCst)).then(race));
    let run = diff(&once, 1, &[]).exits_with(1);
    assert!(run.stdout.contains("c0  changed"), "{}", run.stdout);
    let always = server(move |method, path| (method == "PATCH" && path.ends_with("/c0")).then(race));
    let run = diff(&always, 2, &[]).exits_with(3);
    for part in ["c0  unknown", "has been modified", "c1  changed"] {
        assert!(run.stdout.contains(part), "{part}:\n{}", run.stdout);
    }
    let tried = always.asked().iter().filter(|it| it.starts_with("PATCH ") && it.contains("/c0?")).count();
    assert_eq!(tried, 2, "once more, and not for ever");
}

/// Objects without our labels, of which none is in a list by labels.
#[test]
fn many_of_a_kind_are_asked_for_at_once() {
    let count = 40;
    let list = move |labels: bool| {
        let mut items: Vec<Value> = (0..count).map(|it| config(&format!("c{it}"), "1")).collect();
        items.iter_mut().for_each(|it| drop(it["metadata"].as_object_mut().unwrap().shift_remove("labels")));
        Act::Say(
            200,
            json!({"kind": "ConfigMapList", "metadata": {}, "items": if labels { Vec::new() } else { items }}),
        )
    };
    let server = Server::start(move |method, path, body| match (method, path.split_once('?').unwrap_or((path, ""))) {
        ("GET", ("/api/v1", _)) => Act::kinds(&[("configmaps", "ConfigMap")]),
        ("GET", ("/api/v1/namespaces/n/configmaps", query)) => list(query.contains("labelSelector")),
        ("PATCH", _) => Act::Say(200, serde_json::from_str(body).unwrap()),
        _ => Act::Say(404, status(404, "the server could not find the requested resource")),
    });
    let run = diff(&server, count + 1, &[]).exits_with(1);
    assert!(run.stdout.contains("1 create"), "{}", run.stdout);
    let asked = server.asked();
    let single = asked.iter().filter(|it| it.starts_with("GET ") && it.contains("/configmaps/")).count();
    assert_eq!(single, 0, "{asked:?}");
}
