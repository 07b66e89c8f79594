//! A cluster of the kubeconfig, asked with patience that ends.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::client::client;
use super::request::request;
use super::turns::Turns;
use super::why::{self, causes};
use crate::diff::{Question, Reply, Server};

/// Which cluster, and how long it may take to answer.
#[derive(Clone, Debug)]
pub struct Access {
    /// The file; by default what `KUBECONFIG` names, or the one in the home folder.
    pub kubeconfig: Option<PathBuf>,
    /// By default the current one.
    pub context: Option<String>,
    pub patience: Duration,
}

/// A cluster that can be asked.
pub struct Cluster {
    /// The context that leads there.
    pub context: String,
    /// The namespace of objects that name none.
    pub namespace: String,
    server: String,
    client: Client,
    runtime: Runtime,
    patience: Duration,
    turns: Arc<Turns>,
}

/// Why a cluster cannot be asked at all.
#[derive(Debug, Error)]
pub enum LiveError {
    #[error("the kubeconfig cannot be used: {0}")]
    Kubeconfig(String),
    #[error("no client for the cluster `{server}`: {why}")]
    Client { server: String, why: String },
    #[error("the cluster `{server}` cannot be reached: {why}")]
    Unreachable { server: String, why: String },
    #[error("the cluster `{server}` did not answer within {seconds} s")]
    TimedOut { server: String, seconds: u64 },
    #[error("the cluster `{server}` does not know who asks (401): {why}; log in again, or name another context")]
    Unauthorized { server: String, why: String },
    #[error("the cluster `{server}` failed ({status}): {why}")]
    Failed { server: String, status: u16, why: String },
}

/// How often a question is asked that failed on its way or in the server, and that the server was too busy for.
const ATTEMPTS: u32 = 3;
const ATTEMPTS_WHEN_BUSY: u32 = 6;

/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Finds the cluster and prepares to ask it. A program that makes tokens is run here.
///
/// # Errors
/// The kubeconfig, its context or its way to log in cannot be used, or takes too long.
pub fn connect(access: &Access) -> Result<Cluster, LiveError> {
    let (sender, receiver) = mpsc::channel();
    let (wanted, patience) = (access.clone(), access.patience);
    // Such a program may wait for somebody who is not there, and cannot be waited for in any other way.
    std::thread::spawn(move || drop(sender.send(prepare(&wanted))));
    receiver.recv_timeout(patience.max(Duration::from_secs(1)) * 2).unwrap_or_else(|_| {
        let why = format!("logging in did not end within {} s", patience.as_secs().max(1) * 2);
        Err(LiveError::Kubeconfig(why))
    })
}

fn prepare(access: &Access) -> Result<Cluster, LiveError> {
    let refused = |it: kube::config::KubeconfigError| LiveError::Kubeconfig(why::of_kubeconfig(&it));
    let kubeconfig = match &access.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let kubeconfig = kubeconfig.map_err(refused)?;
    let context = access.context.clone().or_else(|| kubeconfig.current_context.clone()).unwrap_or_default();
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|it| LiveError::Kubeconfig(it.to_string()))?;
    let options = KubeConfigOptions { context: access.context.clone(), ..KubeConfigOptions::default() };
    let config = runtime.block_on(Config::from_custom_kubeconfig(kubeconfig, &options));
    let mut config = config.map_err(refused)?;
    config.connect_timeout = Some(access.patience.min(Duration::from_secs(10)));
    config.read_timeout = Some(access.patience);
    // It would go on for minutes; ours is in `answered`.
    config.default_retry = false;
    let server = config.cluster_url.host().unwrap_or_default().to_owned();
    let namespace = config.default_namespace.clone();
    let patience = access.patience.min(Duration::from_secs(10));
    let program = config.auth_info.exec.as_ref().and_then(|it| it.command.clone());
    let program = program.map(|it| format!(", with the program `{it}` of the kubeconfig")).unwrap_or_default();
    let client = runtime.block_on(async { client(config, patience) });
    let client = client.map_err(|it| LiveError::Client {
        server: server.clone(),
        why: format!("{}{program}", why::of_client(it.as_ref())),
    })?;
    let turns = runtime.block_on(async { Arc::new(Turns::new()) });
    Ok(Cluster { context, namespace, server, client, runtime, patience: access.patience, turns })
}

impl Server for Cluster {
    type Error = LiveError;

    fn ask(&mut self, questions: Vec<Question>) -> Result<Vec<Reply>, LiveError> {
        let (server, client) = (self.server.clone(), self.client.clone());
        let asking = Asking { server, client, patience: self.patience, turns: self.turns.clone() };
        self.runtime.block_on(all(asking, questions))
    }
}

#[derive(Clone)]
struct Asking {
    server: String,
    client: Client,
    patience: Duration,
    turns: Arc<Turns>,
}

/// Asks everything at once, as far as a server likes that; the first fault of the whole run ends it.
async fn all(asking: Asking, questions: Vec<Question>) -> Result<Vec<Reply>, LiveError> {
    let mut replies = vec![Reply::default(); questions.len()];
    let mut running = JoinSet::new();
    for (at, question) in questions.into_iter().enumerate() {
        let asking = asking.clone();
        running.spawn(async move { (at, asking.answered(&question).await) });
    }
    while let Some(done) = running.join_next().await {
        let (at, reply) = done.expect("internal error: a question does not panic");
        replies[at] = reply?;
    }
    Ok(replies)
}

impl Asking {
    /// The reply to a question, which is asked again when the server was busy or the way to it broke.
    async fn answered(&self, question: &Question) -> Result<Reply, LiveError> {
        let mut attempt = 1;
        loop {
            let turn = self.turns.next().await;
            let (reply, pause) = match self.once(question).await {
                // A connection that a server closes in good order takes unanswered questions with it.
                Err(LiveError::Unreachable { .. }) if attempt == 1 => {
                    attempt += 1;
                    continue;
                }
                answer => answer?,
            };
            let why = || message(&reply.body);
            let server = || self.server.clone();
            let most = if reply.status == 429 { ATTEMPTS_WHEN_BUSY } else { ATTEMPTS };
            match reply.status {
                401 => return Err(LiveError::Unauthorized { server: server(), why: why() }),
                300..=399 => return Err(self.unreachable("it sends us elsewhere, as no Kubernetes does".to_owned())),
                429 | 502..=504 if attempt < most => {
                    let pause = pause.unwrap_or(Duration::from_millis(200) * 2_u32.pow(attempt));
                    self.turns.slow_down(turn, pause.min(LONGEST_PAUSE));
                    attempt += 1;
                }
                // What fails for one object that is tried may be a webhook's fault; what cannot be read is the server's.
                status @ (429 | 500..) if !matches!(question, Question::DryRun { .. }) => {
                    return Err(LiveError::Failed { server: server(), status, why: why() });
                }
                _ => return Ok(reply),
            }
        }
    }

    fn unreachable(&self, why: String) -> LiveError {
        let hint = hint(&why);
        LiveError::Unreachable { server: self.server.clone(), why: why + hint }
    }

    async fn once(&self, question: &Question) -> Result<(Reply, Option<Duration>), LiveError> {
        let unreachable = |why: String| self.unreachable(why);
        let request = request(question).map_err(|it| unreachable(it.to_string()))?;
        let exchange = async {
            let response = self.client.send(request).await.map_err(|it| unreachable(causes(&it)))?;
            let (parts, body) = response.into_parts();
            let pause = parts.headers.get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
            let bytes = body.collect_bytes().await.map_err(|it| unreachable(causes(&it)))?;
            let status = parts.status.as_u16();
            let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let is_kinds = matches!(question, Question::Kinds { .. });
            if (status < 300 || (is_kinds && status == 404)) && !body.is_object() {
                return Err(unreachable("what it answered is no object of Kubernetes".to_owned()));
            }
            Ok((Reply { status, body }, pause.map(Duration::from_secs)))
        };
        let late = || LiveError::TimedOut { server: self.server.clone(), seconds: self.patience.as_secs() };
        tokio::time::timeout(self.patience, exchange).await.unwrap_or_else(|_| Err(late()))
    }
}

/// What people can do about an error of which they see no cause.
fn hint(why: &str) -> &'static str {
    let has = |it: &str| why.contains(it);
    if has("certificate") && (has("expired") || has("Expired") || has("valid yet") || has("NotValidYet")) {
        "; is the clock of this machine right?"
    } else if has("UnknownIssuer") {
        "; is the `certificate-authority` of the kubeconfig that of this cluster?"
    } else {
        ""
    }
}

fn message(body: &Value) -> String {
    body["message"].as_str().unwrap_or("it did not say why").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_without_a_visible_cause_have_a_hint() {
        let expired = "invalid peer certificate: certificate expired: verification time 1 (UNIX), but not after 0";
        assert!(hint(expired).contains("clock"));
        assert!(hint("invalid peer certificate: certificate not valid yet").contains("clock"));
        assert!(hint("invalid peer certificate: UnknownIssuer").contains("certificate-authority"));
        assert_eq!(hint("Connection refused"), "");
    }
}
