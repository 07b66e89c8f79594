//! Registries that do not answer as they should: each image has its own fault, and the others are locked.

use std::time::{Duration, Instant};

use crate::fake::{Act, Server};
use crate::support::judges::harness::tests;
use crate::support::listen::closed_port;
use crate::{leftovers, lock_file, mlopsc, project};

tests!(
    one_fault_is_that_of_one_image,
    only_requests_that_read_leave_the_process,
    a_digest_that_could_not_be_looked_at_is_kept,
    who_is_busy_is_asked_again,
    nothing_is_written_where_nothing_could_be_had,
    a_file_without_certificates_is_refused_before_anybody_is_asked,
    mirrors_that_disagree_are_not_believed,
);

/// An index for one platform.
const INDEX: &str = r#"{"schemaVersion": 2, "manifests": [{"digest": "sha256:0", "platform":
    {"os": "linux", "architecture": "amd64"}}]}"#;

/// What a server makes of the image `bad`; `good` is there.
fn server(bad: impl Fn() -> Act + Send + Sync + 'static) -> Server {
    Server::start(move |it| if it.path.contains("/bad/") { bad() } else { Act::say(200, INDEX) })
}

fn one_fault_is_that_of_one_image() {
    let faults: [(fn() -> Act, &str, &str); 9] = [
        (|| Act::say(401, ""), "(401)", "docker login"),
        (
            || Act::say(403, r#"{"errors": [{"code": "DENIED", "message": "planted-message"}]}"#),
            "refuses (403): DENIED",
            "ask for the right",
        ),
        (|| Act::say(404, ""), "no such image (404)", "push the image"),
        (|| Act::Say(429, "retry-after: 3600\r\n".into(), Vec::new()), "asked again in 3600 s", "later"),
        (|| Act::say(500, "planted-message"), "failed (500)", "later"),
        (|| Act::say(200, "<html>planted-message"), "no manifest of an image", "ask who runs"),
        (
            || Act::Say(200, format!("docker-content-digest: sha256:{}\r\n", "0".repeat(64)), INDEX.into()),
            "not the one",
            "later",
        ),
        (|| Act::Hang, "did not answer within 1 s", "--from"),
        (|| Act::Cut, "cannot be reached", "--from"),
    ];
    for (act, why, way_out) in faults {
        let server = server(act);
        let folder = project(&[server.name("bad/a:1"), server.name("good/b:1")]);
        let folder = folder.path();
        let before = Instant::now();
        let run = mlopsc(folder, &["lock", "--timeout", "1"]).exits_with(3).says(&["the others are locked"]);
        assert!(before.elapsed() < Duration::from_secs(8), "{why}: {:?}", before.elapsed());
        for part in ["bad/a:1  failed", why, way_out, "good/b:1  new"] {
            assert!(run.stdout.contains(part), "{part}:\n{}", run.stdout);
        }
        assert!(!(run.stdout + &run.stderr).contains("planted-message"), "{why}");
        let text = lock_file(folder);
        assert!(text.contains("good/b:1") && !text.contains("bad/a:1"), "{text}");
        assert_eq!(leftovers(folder), [""; 0]);
        mlopsc(folder, &["lock", "--check", "--timeout", "1"]).exits_with(3);
    }
}

fn only_requests_that_read_leave_the_process() {
    let server = server(|| Act::say(404, ""));
    let folder = project(&[server.name("bad/a:1"), server.name("good/b:1")]);
    mlopsc(folder.path(), &["lock"]).exits_with(3);
    mlopsc(folder.path(), &["lock"]).exits_with(3);
    mlopsc(folder.path(), &["lock", "--check"]).exits_with(3);
    let asked = server.asked();
    assert!(asked.iter().any(|it| it.starts_with("HEAD ")), "{asked:?}");
    assert!(asked.iter().all(|it| it.starts_with("GET /v2/") || it.starts_with("HEAD /v2/")), "{asked:?}");
}

fn a_digest_that_could_not_be_looked_at_is_kept() {
    let gone = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let is_gone = gone.clone();
    let server = server(move || {
        let is_gone = is_gone.load(std::sync::atomic::Ordering::SeqCst);
        if is_gone { Act::say(503, "") } else { Act::say(200, INDEX) }
    });
    let folder = project(&[server.name("bad/a:1"), server.name("good/b:1")]);
    let folder = folder.path();
    mlopsc(folder, &["lock"]).exits_with(0);
    let before = lock_file(folder);
    gone.store(true, std::sync::atomic::Ordering::SeqCst);
    let run = mlopsc(folder, &["lock"]).exits_with(3);
    for part in ["bad/a:1  kept", "  = sha256:", "failed (503)"] {
        assert!(run.stdout.contains(part), "{part}:\n{}", run.stdout);
    }
    assert_eq!(lock_file(folder), before);
    let run = mlopsc(folder, &["lock", "--check", "--format", "json"]).exits_with(3);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let kept = &document["images"][0];
    assert!(kept["digest"].is_string() && kept["digest"] == kept["was"], "{kept}");
}

fn who_is_busy_is_asked_again() {
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = count.clone();
    let server = server(move || match seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => Act::Say(429, "retry-after: 1\r\n".into(), Vec::new()),
        1 => Act::Cut,
        _ => Act::say(200, INDEX),
    });
    let folder = project(&[server.name("bad/a:1")]);
    let before = Instant::now();
    mlopsc(folder.path(), &["lock"]).exits_with(0);
    assert!(before.elapsed() >= Duration::from_secs(1), "it asked for a pause of a second");
    assert_eq!(server.asked().len(), 3, "{:?}", server.asked());
}

fn nothing_is_written_where_nothing_could_be_had() {
    let port = closed_port();
    let folder = project(&[format!("127.0.0.1:{port}/a:1")]);
    let run = mlopsc(folder.path(), &["lock"]).exits_with(3).says(&["nothing was written"]);
    assert!(run.stdout.contains("cannot be reached"), "{}", run.stdout);
    assert!(!folder.path().join("mlops.lock").exists());
}

fn a_file_without_certificates_is_refused_before_anybody_is_asked() {
    let server = server(|| Act::say(404, ""));
    let folder = project(&[server.name("good/a:1")]);
    mlopsc(folder.path(), &["lock", "--ca", "mlops.toml"]).exits_with(2).says(&["holds no certificate"]);
    mlopsc(folder.path(), &["lock", "--ca", "none.pem"]).exits_with(2).says(&["cannot read `none.pem`"]);
    assert_eq!(server.asked(), [""; 0]);
}

fn mirrors_that_disagree_are_not_believed() {
    let other = INDEX.replace("amd64", "arm64");
    let (one, two) = (Server::start(|_| Act::say(200, INDEX)), Server::start(move |_| Act::say(200, other.as_str())));
    let folder = project(&["registry.example.org/a:1".to_owned()]);
    let path = folder.path().join("mlops.toml");
    let spec = std::fs::read_to_string(&path).unwrap();
    let mirror =
        |name: &str, port: u16| format!("[environments.{name}.build.mirrors]\nimages = \"127.0.0.1:{port}\"\n");
    std::fs::write(&path, format!("{spec}{}{}", mirror("dev", one.port), mirror("prod", two.port))).unwrap();
    let run = mlopsc(folder.path(), &["lock"]).exits_with(3);
    assert!(run.stdout.contains("bring the mirrors to the same state"), "{}", run.stdout);
    assert!(!folder.path().join("mlops.lock").exists());
    mlopsc(folder.path(), &["lock", "--env", "prod"]).exits_with(0);
    assert!(lock_file(folder.path()).contains("linux/arm64"));
}
