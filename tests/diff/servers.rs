//! Servers that answer as they should, and servers that do not.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Act, Server};
use crate::support::binary::{Run, mlopsc};
use crate::support::listen::closed_port;

/// One ConfigMap against a server, whose answers take at most a second or two.
fn diff(server: &Server, more: &[&str]) -> Run {
    let folder = TempDir::new().unwrap();
    let labels = json!({"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": "p-prod"});
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n",
        "labels": labels}, "data": {"a": "1"}});
    let odd = json!({"apiVersion": "odd.example.org/v1", "kind": "Odd", "metadata": {"name": "o", "namespace": "n"}});
    let wanted = json!({"apiVersion": "v1", "kind": "List", "items": [config, odd]});
    fs::write(folder.path().join("wanted.json"), wanted.to_string()).unwrap();
    server.kubeconfig(&folder.path().join("config"));
    let patience: &[&str] = if more.contains(&"--timeout") { &[] } else { &["--timeout", "2"] };
    let arguments = ["diff", "--desired", "wanted.json", "--kubeconfig", "config"];
    mlopsc(folder.path(), &[&arguments, patience, more].concat())
}

fn status(code: u16, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message})
}

fn kinds() -> Act {
    Act::kinds(&[("configmaps", "ConfigMap"), ("configmaps/x", "ConfigMap")])
}

/// A server that works, but for what `tried` says to a dry run.
fn working(tried: impl Fn(&str, Value) -> Act + Send + Sync + 'static) -> Server {
    Server::start(move |method, path, body| match (method, path.split('?').next().unwrap_or_default()) {
        ("GET", "/api/v1") => kinds(),
        ("GET", "/api/v1/namespaces/n/configmaps") => {
            Act::Say(200, json!({"kind": "ConfigMapList", "metadata": {}, "items": []}))
        }
        ("GET", "/api/v1/namespaces/n/configmaps/c") => {
            let live = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n", "uid": "1",
                "labels": {"app.kubernetes.io/managed-by": "mlopsc", "app.kubernetes.io/instance": "p-prod"}}, "data": {"a": "0"}});
            Act::Say(200, live)
        }
        ("PATCH", "/api/v1/namespaces/n/configmaps/c") => tried(path, serde_json::from_str(body).unwrap()),
        _ => Act::Say(404, status(404, "the server could not find the requested resource")),
    })
}

#[test]
fn only_reads_and_dry_runs_leave_the_process() {
    let server = working(|_, object| Act::Say(200, object));
    let run = diff(&server, &[]).exits_with(1);
    for part in ["ConfigMap n/c  changed", "- 0", "+ 1", "! Odd n/o  refused", "does not know `Odd`"] {
        assert!(run.stdout.contains(part), "{part}:\n{}", run.stdout);
    }
    let asked = server.asked();
    assert!(asked.iter().any(|it| it.starts_with("PATCH ")), "{asked:?}");
    for it in asked {
        assert!(it.starts_with("GET ") || (it.starts_with("PATCH ") && it.contains("?dryRun=All&")), "{it}");
    }
}

#[test]
fn a_conflict_is_asked_about_twice_and_names_the_owner() {
    let cause =
        json!({"reason": "FieldManagerConflict", "field": ".data.a", "message": "conflict with \"kubectl-edit\""});
    let server = working(move |path, object| {
        let mut refused = status(409, "Apply failed with 1 conflict");
        refused["details"] = json!({"causes": [cause]});
        if path.contains("force=true") { Act::Say(200, object) } else { Act::Say(409, refused) }
    });
    let run = diff(&server, &[]).exits_with(1);
    assert!(
        run.stdout.contains("conflict") && run.stdout.contains("`data.a` is owned by \"kubectl-edit\""),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("- 0") && run.stdout.contains("+ 1"), "{}", run.stdout);
}

#[test]
fn what_is_refused_for_one_object_is_its_verdict() {
    for (code, message, verdict, exit) in [
        (403, "admission webhook \"w\" denied the request: no", "refused", 1),
        (403, "configmaps \"c\" is forbidden: User \"u\" cannot patch resource \"configmaps\"", "changed", 1),
        (404, "namespaces \"n\" not found", "refused", 1),
        (422, "ConfigMap \"c\" is invalid: data: Forbidden: field is immutable when `immutable` is set", "replace", 1),
        (400, "strict decoding error: unknown field \"x\"", "refused", 1),
        (400, "admission webhook \"w\" does not support dry run", "unknown", 3),
        (500, "failed calling webhook \"w\": connection refused", "unknown", 3),
    ] {
        let server = working(move |_, _| Act::Say(code, status(code, message)));
        let run = diff(&server, &[]).exits_with(exit);
        assert!(run.stdout.contains(&format!("ConfigMap n/c  {verdict}")), "{code} {message}:\n{}", run.stdout);
        assert!(run.stdout.contains("Odd n/o"), "the others are shown");
    }
}

#[test]
fn a_server_that_fails_ends_the_run_in_time() {
    let token = "planted-bearer-token";
    let faults: [(fn() -> Act, &str); 5] = [
        (|| Act::Say(401, status(401, "Unauthorized")), "does not know who asks (401)"),
        (|| Act::Say(500, status(500, "etcdserver: leader changed")), "leader changed"),
        (|| Act::Say(503, status(503, "starting")), "failed (503)"),
        (|| Act::Hang, "did not answer within 2 s"),
        (|| Act::Cut, "cannot be reached"),
    ];
    for (act, said) in faults {
        let server = Server::start(move |_, _, _| act());
        let start = Instant::now();
        let run = diff(&server, &[]).exits_with(3).says(&[said]);
        assert!(run.stdout.is_empty() && !run.stderr.contains(token), "{}", run.stderr);
        assert!(start.elapsed() < Duration::from_secs(20), "{said}");
    }
}

#[test]
fn nobody_there_and_no_such_context() {
    let server = working(|_, object| Act::Say(200, object));
    diff(&server, &["--context", "nowhere"]).exits_with(3).says(&["kubeconfig", "nowhere", "`fake`"]);
    diff(&server, &["--context", "fakr"]).exits_with(3).says(&["is `fake` meant?"]);
    diff(&server, &["--kubeconfig", "none"]).exits_with(2);
    let port = closed_port();
    let folder = TempDir::new().unwrap();
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "x", "contexts": [{"name": "x",
        "context": {"cluster": "x"}}], "clusters": [{"name": "x", "cluster": {"server": format!("http://127.0.0.1:{port}")}}]});
    fs::write(folder.path().join("config"), config.to_string()).unwrap();
    fs::write(folder.path().join("w.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n").unwrap();
    let arguments = ["diff", "--desired", "w.yaml", "--kubeconfig", "config"];
    mlopsc(folder.path(), &arguments).exits_with(3).says(&["127.0.0.1", "cannot be reached"]);
}

#[test]
fn what_a_server_quotes_of_a_secret_stays_hidden() {
    let (plain, encoded) = ("correct-horse-battery", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5");
    let server = Server::start(move |method, path, _| match (method, path.split('?').next().unwrap_or_default()) {
        ("GET", "/api/v1") => Act::kinds(&[("secrets", "Secret")]),
        ("PATCH", _) => {
            let message = format!("admission webhook denied: data.a was {encoded}, that is {plain}: too simple");
            let mut body = status(422, &format!("Invalid value: \"{plain}\": {message}"));
            let cause = json!({"reason": "FieldValueInvalid", "field": "data[a]",
                "message": format!("Invalid value: \"{plain}\": {message}")});
            body["details"] = json!({"causes": [cause]});
            Act::Say(422, body)
        }
        _ => Act::Say(404, status(404, "not found")),
    });
    let folder = TempDir::new().unwrap();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": {"a": encoded}});
    fs::write(folder.path().join("wanted.json"), secret.to_string()).unwrap();
    server.kubeconfig(&folder.path().join("config"));
    for format in ["terminal", "json", "markdown"] {
        let arguments = ["diff", "--desired", "wanted.json", "--kubeconfig", "config", "--format", format];
        let run = mlopsc(folder.path(), &arguments).exits_with(1);
        assert!(run.stdout.contains("too simple") && run.stdout.contains("refused"), "{}", run.stdout);
        for value in [plain, encoded] {
            assert!(!run.stdout.contains(value) && !run.stderr.contains(value), "{format}:\n{}", run.stdout);
        }
    }
}

#[test]
fn a_busy_server_is_asked_again_and_not_for_ever() {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |method, path, body| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if call.is_multiple_of(2) {
            return Act::Busy(1);
        }
        match (method, path.split('?').next().unwrap_or_default()) {
            ("GET", "/api/v1") => kinds(),
            ("PATCH", _) => Act::Say(200, serde_json::from_str(body).unwrap()),
            _ => Act::Say(404, status(404, "the server could not find the requested resource")),
        }
    });
    let start = Instant::now();
    let run = diff(&server, &["--timeout", "20"]).exits_with(1);
    assert!(run.stdout.contains("ConfigMap n/c  create"), "{}", run.stdout);
    assert!(start.elapsed() > Duration::from_secs(1), "the server asked for a pause");

    let server = Server::start(|_, _, _| Act::Busy(0));
    let start = Instant::now();
    diff(&server, &[]).exits_with(3).says(&["failed (429)"]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn what_is_no_kubernetes_is_told_from_one() {
    let faults: [(fn() -> Act, &str); 3] = [
        (|| Act::Say(302, json!(null)), "sends us elsewhere"),
        (|| Act::Say(404, json!("not here")), "no object of Kubernetes"),
        (|| Act::Say(200, json!("<html>")), "no object of Kubernetes"),
    ];
    for (act, said) in faults {
        let server = Server::start(move |_, _, _| act());
        let run = diff(&server, &[]).exits_with(3).says(&[said]);
        assert!(run.stdout.is_empty(), "{}", run.stdout);
    }
}

#[test]
fn who_may_see_no_kinds_learns_that() {
    let server = Server::start(|_, _, _| Act::Say(403, status(403, "User \"u\" cannot get path \"/api\"")));
    let run = diff(&server, &[]).exits_with(3);
    assert!(run.stdout.contains("ConfigMap n/c  unknown") && run.stdout.contains("cannot get path"), "{}", run.stdout);
}

/// A run with a kubeconfig of the test's own making.
fn diff_with(kubeconfig: &Value) -> (Run, Duration) {
    diff_with_text(&kubeconfig.to_string())
}

fn diff_with_text(kubeconfig: &str) -> (Run, Duration) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("config"), kubeconfig).unwrap();
    fs::write(folder.path().join("w.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n").unwrap();
    let start = Instant::now();
    let arguments = ["diff", "--desired", "w.yaml", "--kubeconfig", "config", "--timeout", "1"];
    (mlopsc(folder.path(), &arguments), start.elapsed())
}

fn kubeconfig(cluster: &Value, user: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Config", "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": cluster}], "users": [{"name": "x", "user": user}]})
}

#[test]
fn programs_for_tokens_that_fail_or_wait_end_the_run_in_time() {
    let server = working(|_, object| Act::Say(200, object));
    let cluster = json!({"server": format!("http://127.0.0.1:{}", server.port)});
    for (script, said) in [("echo planted-words >&2; exit 7", "7"), ("exec sleep 30", "did not end"), ("echo {}", "")] {
        let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": ["-c", script],
            "interactiveMode": "Never"});
        let (run, time) = diff_with(&kubeconfig(&cluster, &json!({"exec": exec})));
        let run = run.exits_with(3).says(&[said]);
        assert!(run.stdout.is_empty() && time < Duration::from_secs(15), "{script}: {time:?}\n{}", run.stdout);
    }
    let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-program", "interactiveMode": "Never"});
    diff_with(&kubeconfig(&cluster, &json!({"exec": exec}))).0.exits_with(3).says(&["no-such-program"]);
}

/// Whether a process is there and runs.
fn is_running(id: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    state.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// A program that waits for ever with another, and tells the numbers of both.
fn waiting(folder: &std::path::Path) -> Value {
    let script = format!("sleep 300 & echo $! $$ > '{}'; wait", folder.join("ids").display());
    json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": ["-c", script],
        "interactiveMode": "IfAvailable"}})
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_for_tokens_that_waits_is_not_left_behind() {
    let folder = TempDir::new().unwrap();
    let ids = || -> Vec<String> {
        let text = fs::read_to_string(folder.path().join("ids")).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    };
    let ended = |ids: &[String]| {
        let start = Instant::now();
        while ids.iter().any(|it| is_running(it)) && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(ids.len(), 2);
        assert!(!ids.iter().any(|it| is_running(it)), "{ids:?} run still");
    };
    let config = kubeconfig(&json!({"server": "http://127.0.0.1:1"}), &waiting(folder.path()));
    diff_with(&config).0.exits_with(3).says(&["did not end within 2 s"]);
    ended(&ids());
    // Nor when somebody ends us.
    for signal in ["TERM", "INT", "HUP"] {
        fs::remove_file(folder.path().join("ids")).unwrap();
        fs::write(folder.path().join("config"), config.to_string()).unwrap();
        fs::write(folder.path().join("w.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mlopsc"));
        command.args(["diff", "--desired", "w.yaml", "--kubeconfig", "config"]).current_dir(folder.path());
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        while ids().len() < 2 {
            std::thread::sleep(Duration::from_millis(20));
        }
        let kill = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success() && !child.wait().unwrap().success());
        ended(&ids());
    }
}

#[test]
fn nothing_of_a_kubeconfig_or_of_a_login_is_shown() {
    let cluster = json!({"server": "http://127.0.0.1:1"});
    let scripts = [
        "echo planted-out; echo \"no planted-out for $VAULT\" >&2; exit 1",
        "echo 'give planted-argument' >&2; exit 1",
        "echo 'password=planted-words' >&2; exit 1",
        "echo token: planted-out",
        "echo '\"planted-out'",
    ];
    for script in scripts {
        let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh",
            "args": ["-c", script, "planted-argument"], "env": [{"name": "VAULT", "value": "planted-variable"}],
            "interactiveMode": "Never"});
        let run =
            diff_with(&kubeconfig(&cluster, &json!({"exec": exec}))).0.exits_with(3).says(&["logging in", "/bin/sh"]);
        assert!(!run.stderr.contains("planted"), "{}", run.stderr);
    }
    let users = json!({"client-key-data": "!planted-key!", "client-certificate-data": "!planted-certificate!"});
    let run = diff_with(&kubeconfig(&cluster, &users)).0.exits_with(3).says(&["base64"]);
    assert!(!run.stderr.contains("planted"), "{}", run.stderr);
    let spoilt = kubeconfig(&cluster, &json!({"password": "planted words"}))
        .to_string()
        .replace("planted words\"", "planted words");
    let run = diff_with_text(&spoilt).0.exits_with(3).says(&["line 1"]);
    assert!(!run.stderr.contains("planted"), "{}", run.stderr);
}

/// A program that may ask nobody is heard all the same when it fails.
#[test]
fn what_a_login_complains_of_is_said() {
    let cluster = json!({"server": "http://127.0.0.1:1"});
    let long = "x".repeat(2000);
    let script = format!("echo first >&2; echo 'your session has ended, run `login` {long}' >&2; exit 4");
    let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": ["-c", script],
        "interactiveMode": "Never"});
    let (run, _) = diff_with(&kubeconfig(&cluster, &json!({"exec": exec})));
    let run = run.exits_with(3).says(&["it said: your session has ended, run `login` xxx"]);
    assert!(run.stderr.len() < 600, "{}", run.stderr);
}

#[test]
fn a_server_that_speaks_tls_is_told_from_one_that_says_nothing() {
    let text = "Client sent an HTTP request to an HTTPS server.\n";
    let server = Server::start(move |_, _, _| Act::Text(400, text));
    diff(&server, &[]).exits_with(3).says(&["it speaks TLS", "write https"]);
    // What somebody on the way says is better than nothing.
    let server = Server::start(move |_, _, _| Act::Text(503, "<html>\n\n  the gateway is closed today\n"));
    diff(&server, &[]).exits_with(3).says(&["the gateway is closed today"]);
}

#[test]
fn no_word_of_a_library_is_in_what_is_said() {
    let nobody = json!({"server": "https://127.0.0.1:1"});
    let run = diff_with(&kubeconfig(&nobody, &json!({}))).0.exits_with(3).says(&["Connection refused"]);
    for word in ["ServiceError", "client error", "tcp connect"] {
        assert!(!run.stderr.contains(word), "{}", run.stderr);
    }
}

#[test]
fn a_run_that_comes_to_nothing_says_why_in_the_document_too() {
    let server = Server::start(|_, _, _| Act::Say(503, status(503, "starting")));
    let run = diff(&server, &["--format", "json"]).exits_with(3).says(&["starting"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(document["error"].as_str().unwrap().contains("starting") && document["differs"].is_null(), "{document}");
    let schema: Value = serde_json::from_str(mlopsc::diff::schema_text()).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&document), "{document}");
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    let port = closed_port();
    let proxy = format!("http://127.0.0.1:{port}");
    let cluster = json!({"server": "http://127.0.0.1:1", "proxy-url": proxy});
    let (run, time) = diff_with(&kubeconfig(&cluster, &json!({})));
    let run = run.exits_with(3).says(&["cannot be reached"]);
    assert!(run.stdout.is_empty() && time < Duration::from_secs(10), "{time:?}");
}

/// Who applies is said by the command line, then by the spec.
#[test]
fn the_server_is_asked_in_the_name_of_who_applies() {
    for (gitops, more, manager) in [
        ("[gitops]\nengine = \"argocd\"\n", &[][..], "argocd-controller"),
        ("[gitops]\nengine = \"flux\"\n", &[], "kustomize-controller"),
        ("[gitops]\nengine = \"flux\"\nfield-manager = \"our-flux\"\n", &[], "our-flux"),
        ("[gitops]\nengine = \"argocd\"\n", &["--field-manager", "somebody"], "somebody"),
        ("", &[], "kubectl"),
    ] {
        let server = Server::start(|method, path, body| match (method, path.split('?').next().unwrap_or_default()) {
            ("GET", "/api/v1") => Act::kinds(&[("services", "Service")]),
            ("PATCH", _) => Act::Say(200, serde_json::from_str(body).unwrap()),
            _ => Act::Say(404, status(404, "the server could not find the requested resource")),
        });
        let folder = TempDir::new().unwrap();
        let spec = "[project]\nname = \"demo\"\nregistry = \"registry.example.org/x\"\n\
            [services.api]\nimage = \"registry.example.org/api:1.0\"\nport = 8080\n";
        fs::write(folder.path().join("mlops.toml"), format!("{spec}{gitops}")).unwrap();
        server.kubeconfig(&folder.path().join("config"));
        let run = mlopsc(folder.path(), &[&["diff", "--kubeconfig", "config", "--timeout", "5"], more].concat());
        assert!(run.stderr.is_empty(), "nobody waits at a terminal: {}", run.stderr);
        let tried: Vec<String> = server.asked().into_iter().filter(|it| it.starts_with("PATCH ")).collect();
        let named = format!("fieldManager={manager}&");
        assert!(
            !tried.is_empty() && tried.iter().all(|it| it.contains(&named)),
            "{manager}: {tried:?}\n{}",
            run.stdout
        );
    }
}
