//! Logging in with the program that a kubeconfig names (an exec plugin of client.authentication.k8s.io).
//!
//! It is run once, and its credentials are good for the whole run, which is short.

use std::io::IsTerminal;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;

use super::program::{Fault, Talk, output};
use crate::diff::{HIDDEN, safe};

/// What such a program prints.
#[derive(Deserialize)]
struct Printed {
    kind: String,
    status: Credentials,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs the program of a user who has one and nothing else to log in with, and puts what it gives in its place.
///
/// # Errors
/// Why there are no credentials, in words that hold nothing of what the program was given or printed as its answer.
pub(super) fn log_in(user: &mut AuthInfo, patience: Duration) -> Result<(), String> {
    let has_other = user.token.is_some() || user.token_file.is_some() || user.username.is_some();
    let Some(exec) = user.exec.take().filter(|_| !has_other) else { return Ok(()) };
    let name = exec.command.clone().ok_or("logging in names no program")?;
    let why = |what: &str| format!("{what}, with the program `{name}` of the kubeconfig");
    let output = output(command(&exec, &name), talk(&exec), patience).map_err(|it| match it {
        Fault::NotStarted(error) => why(&format!("logging in cannot begin: {error}")),
        Fault::TooLate => why(&format!("logging in did not end within {} s", patience.as_secs())),
    })?;
    if !output.status.success() {
        let said = said(&output, &exec).map(|it| format!("; it said: {it}")).unwrap_or_default();
        return Err(why(&format!("logging in failed ({})", output.status)) + &said);
    }
    let none = || why("logging in gave no ExecCredential");
    let text = String::from_utf8(output.stdout).map_err(|_| none())?;
    let printed: Printed = serde_yaml::from_str(&text).map_err(|_| none())?;
    let Credentials { token, client_certificate_data: certificate, client_key_data: key } = printed.status;
    if printed.kind != "ExecCredential" || (token.is_none() && (certificate.is_none() || key.is_none())) {
        return Err(none());
    }
    user.token = token.map(Into::into);
    if let (Some(certificate), Some(key)) = (certificate, key) {
        user.client_certificate_data = Some(STANDARD.encode(certificate));
        user.client_key_data = Some(STANDARD.encode(key).into());
    }
    Ok(())
}

/// Characters of what a program says that anybody reads.
const LONGEST: usize = 300;

/// The last words of a program that failed where nobody heard them, without what it was given or printed, and without what
/// has the form of a credential.
fn said(output: &Output, exec: &ExecConfig) -> Option<String> {
    let heard = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    let variables = exec.env.iter().flatten().filter_map(|it| it.get("value"));
    let given = variables.chain(exec.args.iter().flatten()).map(String::as_str);
    let hidden: Vec<&str> = given.chain(printed.lines().map(str::trim)).filter(|it| !it.is_empty()).collect();
    let line = heard.lines().map(str::trim).rfind(|it| !it.is_empty())?;
    if hidden.iter().any(|it| line.contains(it)) {
        return Some(HIDDEN.to_owned());
    }
    Some(safe(line, &[]).chars().take(LONGEST).collect())
}

fn may_ask(exec: &ExecConfig) -> bool {
    exec.interactive_mode != Some(ExecInteractiveMode::Never)
}

fn talk(exec: &ExecConfig) -> Talk {
    if may_ask(exec) && std::io::stdin().is_terminal() { Talk::Somebody } else { Talk::Nobody }
}

fn command(exec: &ExecConfig, name: &str) -> Command {
    let mut command = Command::new(name);
    command.args(exec.args.iter().flatten());
    let variables = exec.env.iter().flatten().filter_map(|it| Some((it.get("name")?, it.get("value")?)));
    command.envs(variables);
    let is_talk = talk(exec) == Talk::Somebody;
    let cluster = exec.provide_cluster_info.then_some(&exec.cluster);
    let said = json!({"apiVersion": exec.api_version, "kind": "ExecCredential",
        "spec": {"interactive": is_talk, "cluster": cluster}});
    command.env("KUBERNETES_EXEC_INFO", said.to_string());
    for name in exec.drop_env.iter().flatten() {
        command.env_remove(name);
    }
    command.stdin(if is_talk { Stdio::inherit() } else { Stdio::null() });
    // It may say where to go and what to type there.
    command.stderr(if may_ask(exec) { Stdio::inherit() } else { Stdio::piped() });
    command.stdout(Stdio::piped());
    command
}
