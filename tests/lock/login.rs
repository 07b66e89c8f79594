//! Registries that want to know who asks.

use std::fs;
use std::path::Path;

use crate::fake::{Act, Server};
use crate::support::judges::harness::tests;
use crate::{lock_file, mlopsc, project};

tests!(
    a_token_is_fetched_where_one_is_wanted,
    the_login_of_docker_is_used_and_never_shown,
    a_password_may_be_wanted_by_the_registry_itself,
    #[cfg(unix)]
    a_helper_is_asked_and_not_waited_for_for_ever,
);

const INDEX: &str = r#"{"manifests": []}"#;

/// `reader:planted-password` as a header says it.
const BASIC: &str = "Basic cmVhZGVyOnBsYW50ZWQtcGFzc3dvcmQ=";

/// A server that gives tokens, to everybody or to who knows the password.
fn with_tokens(everybody: bool) -> Server {
    Server::start(move |it| match it.path.split_once('?') {
        Some(("/token", query)) => {
            assert!(query.contains("service=here") && query.contains("scope=repository"), "{query}");
            if everybody || it.authorization == BASIC {
                Act::say(200, r#"{"token": "planted-token"}"#)
            } else {
                Act::say(401, "")
            }
        }
        _ if it.authorization == "Bearer planted-token" => Act::say(200, INDEX),
        _ => {
            let token = format!("realm=\"http://{}/token\",service=\"here\",scope=\"repository:a/b:pull\"", it.host);
            Act::Say(401, format!("www-authenticate: Bearer {token}\r\n"), Vec::new())
        }
    })
}

fn login(folder: &Path, text: &str) {
    fs::create_dir_all(folder.join(".docker")).unwrap();
    fs::write(folder.join(".docker/config.json"), text).unwrap();
}

fn auths(port: u16) -> String {
    format!(r#"{{"auths": {{"127.0.0.1:{port}": {{"auth": "cmVhZGVyOnBsYW50ZWQtcGFzc3dvcmQ="}}}}}}"#)
}

fn a_token_is_fetched_where_one_is_wanted() {
    let server = with_tokens(true);
    let folder = project(&[server.name("a/b:1")]);
    mlopsc(folder.path(), &["lock"]).exits_with(0);
    assert!(lock_file(folder.path()).contains("a/b:1"));
    assert!(server.asked().iter().all(|it| it.starts_with("GET ")), "{:?}", server.asked());
}

fn the_login_of_docker_is_used_and_never_shown() {
    let server = with_tokens(false);
    let folder = project(&[server.name("a/b:1")]);
    let folder = folder.path();
    let run = mlopsc(folder, &["lock"]).exits_with(3);
    assert!(run.stdout.contains("has no login for it") && run.stdout.contains("docker login"), "{}", run.stdout);
    login(folder, &auths(server.port));
    let run = mlopsc(folder, &["lock", "--verbose"]).exits_with(0);
    let text = run.stdout + &run.stderr + &lock_file(folder);
    for secret in ["planted", "cmVhZGVy"] {
        assert!(!text.contains(secret), "{text}");
    }
}

fn a_password_may_be_wanted_by_the_registry_itself() {
    let server = Server::start(|it| match it.authorization {
        BASIC => Act::say(200, INDEX),
        _ => Act::Say(401, "www-authenticate: Basic realm=\"here\"\r\n".to_owned(), Vec::new()),
    });
    let folder = project(&[server.name("a/b:1")]);
    login(folder.path(), &auths(server.port));
    mlopsc(folder.path(), &["lock"]).exits_with(0);
}

#[cfg(unix)]
fn a_helper_is_asked_and_not_waited_for_for_ever() {
    use std::os::unix::fs::PermissionsExt;
    let server = with_tokens(false);
    let folder = project(&[server.name("a/b:1")]);
    let folder = folder.path();
    login(folder, r#"{"credsStore": "mlopsc-test"}"#);
    let helper = folder.join("docker-credential-mlopsc-test");
    let with_helper = |script: &str| {
        fs::write(&helper, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mlopsc"));
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        command.args(["lock", "--timeout", "1"]).current_dir(folder).env("PATH", path);
        crate::support::binary::run(command.env("DOCKER_CONFIG", folder.join(".docker")))
    };
    let run = with_helper("cat > /dev/null; echo planted-words >&2; exit 1").exits_with(3);
    assert!(run.stdout.contains("the credential helper failed") && !run.stdout.contains("planted"), "{}", run.stdout);
    let run = with_helper("exec sleep 3").exits_with(3);
    assert!(run.stdout.contains("did not answer in time"), "{}", run.stdout);
    with_helper(r#"cat > /dev/null; echo '{"ServerURL": "x", "Username": "reader", "Secret": "planted-password"}'"#)
        .exits_with(0);
}
