//! A registry with TLS, behind a proxy, as in most hospitals.

use std::io::{Write, copy};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::fake::{Act, Server};
use crate::registry::Registry;
use crate::support::binary::{Run, run};
use crate::support::judges::harness::tests;
use crate::support::listen::{head, listen};
use crate::{lock_file, project};

tests!(
    without_tls_only_who_is_named_is_asked,
    tls_is_trusted_by_its_authority_and_reached_by_way_of_a_proxy,
    nobody_is_led_away_from_tls,
);

const HOST: &str = "registry.example.org";

/// A proxy that leads every host to one port of this machine, and writes down which hosts were wanted.
fn proxy(to: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let wanted: Arc<Mutex<Vec<String>>> = Arc::default();
    let known = wanted.clone();
    let port = listen(move |stream| {
        let _ = tunnel(stream, to, &known);
    });
    (port, wanted)
}

fn tunnel(mut client: TcpStream, to: u16, wanted: &Mutex<Vec<String>>) -> Option<()> {
    let head = head(&client)?;
    wanted.lock().ok()?.push(head.lines().next()?.to_owned());
    let mut server = TcpStream::connect(("127.0.0.1", to)).ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut from, mut back) = (client.try_clone().ok()?, server.try_clone().ok()?);
    std::thread::spawn(move || copy(&mut from, &mut back));
    copy(&mut server, &mut client).ok().map(|_| ())
}

/// Locks by way of a proxy.
fn lock(folder: &Path, proxy: u16, more: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlopsc"));
    command.arg("lock").args(["--timeout", "5"]).args(more).current_dir(folder);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name);
    }
    let proxy = format!("http://127.0.0.1:{proxy}");
    run(command.env("DOCKER_CONFIG", folder).env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", proxy))
}

fn without_tls_only_who_is_named_is_asked() {
    let server = Server::start(|_| Act::say(200, r#"{"manifests": []}"#));
    let folder = project(&[format!("{HOST}/team/tool:1.0")]);
    let (port, wanted) = proxy(server.port);
    lock(folder.path(), port, &[]).exits_with(3);
    let secure = std::mem::take(&mut *wanted.lock().unwrap());
    assert!(!secure.is_empty() && secure.iter().all(|it| it.contains(":443 ")), "{secure:?}");
    assert_eq!(server.asked(), [""; 0], "nothing that could be read on the way");
    lock(folder.path(), port, &["--plain-http", HOST]).exits_with(0);
    assert!(lock_file(folder.path()).contains(HOST), "{:?}", wanted.lock().unwrap());
}

fn tls_is_trusted_by_its_authority_and_reached_by_way_of_a_proxy() {
    let folder = project(&[format!("{HOST}/team/tool:1.0")]);
    let folder = folder.path();
    let what = "a registry with TLS";
    let Some(registry) = Registry::start_secure(what, HOST, &folder.join("ca.pem")) else { return };
    let (port, wanted) = proxy(registry.port);
    let lock = |more: &[&str]| lock(folder, port, more);
    let refused = lock(&[]).exits_with(3);
    for part in ["cannot prove that it is who it says", "--ca FILE"] {
        assert!(refused.stdout.contains(part), "{part}:\n{}", refused.stdout);
    }
    // The image is not there yet, which only who was let in can know.
    let missing = lock(&["--ca", "ca.pem"]).exits_with(3);
    assert!(missing.stdout.contains("no such image (404)"), "{}", missing.stdout);
    registry.push_by(port, HOST, "team/tool:1.0", &folder.join("ca.pem"));
    lock(&["--ca", "ca.pem"]).exits_with(0);
    assert!(lock_file(folder).contains(&format!("[images.\"{HOST}/team/tool:1.0\"]")));
    let wanted = wanted.lock().unwrap().clone();
    assert!(wanted.iter().all(|it| it.starts_with(&format!("CONNECT {HOST}:443 "))), "{wanted:?}");
}

fn nobody_is_led_away_from_tls() {
    let folder = project(&[format!("{HOST}/unsafe-login/a:1"), format!("{HOST}/unsafe-redirect/a:1")]);
    let folder = folder.path();
    let what = "a registry that leads away from TLS";
    let Some(registry) = Registry::start_secure(what, HOST, &folder.join("ca.pem")) else { return };
    let (port, wanted) = proxy(registry.port);
    let run = lock(folder, port, &["--ca", "ca.pem"]).exits_with(3);
    assert!(run.stdout.contains("wants the login to be sent without TLS"), "{}", run.stdout);
    assert!(run.stdout.contains("unsafe-redirect/a:1  failed"), "{}", run.stdout);
    let wanted = wanted.lock().unwrap().clone();
    assert!(wanted.iter().all(|it| it.contains(":443 ")), "{wanted:?}");
}
