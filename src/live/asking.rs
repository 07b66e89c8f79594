//! Carries questions: all of a round at once, again where that may help, and no more where it will not.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::access::LiveError;
use super::request::request;
use super::trust::Trust;
use super::turns::Turns;
use super::why::of_transport;
use crate::diff::{Question, Reply};

/// How often a question is asked that failed on its way or in the server, and that the server was too busy for.
const ATTEMPTS: u32 = 3;
const ATTEMPTS_WHEN_BUSY: u32 = 6;

#[derive(Clone)]
pub(super) struct Asking {
    pub(super) server: String,
    pub(super) client: Client,
    /// For one answer, and for all pauses before it.
    pub(super) patience: Duration,
    pub(super) turns: Arc<Turns>,
    pub(super) trust: Arc<Trust>,
}

/// Asks everything at once, as far as a server likes that; the first fault of the whole run ends it.
pub(super) async fn all(asking: &Asking, questions: Vec<Question>) -> Result<Vec<Reply>, LiveError> {
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
    /// The reply to a question, or why there is none. Without knowing what a server serves nothing else can be asked.
    async fn answered(&self, question: &Question) -> Result<Reply, LiveError> {
        let is_first = matches!(question, Question::Kinds { .. });
        let why = |reply: &Reply| message(&reply.body);
        match self.tried(question).await {
            Ok(reply) if reply.status == 401 => {
                Err(LiveError::Unauthorized { server: self.server(), why: why(&reply) })
            }
            Ok(reply) if is_first && matches!(reply.status, 429 | 500..) => {
                Err(LiveError::Failed { server: self.server(), status: reply.status, why: why(&reply) })
            }
            Err(error) if !is_first && error.is_of_one_question() => Ok(Reply::none(&error.to_string())),
            other => other,
        }
    }

    /// Asks again when the server was busy or the way to it broke.
    async fn tried(&self, question: &Question) -> Result<Reply, LiveError> {
        let (mut attempt, mut waited) = (1, Duration::ZERO);
        let mut turn = self.turns.next().await;
        loop {
            let entry = self.trust.enter().await.map_err(LiveError::GivenUp)?;
            let (reply, pause) = match self.once(question).await {
                Ok(it) => it,
                Err(error) => {
                    self.trust.lose(&entry, &self.server);
                    // A connection that a server closes in good order takes unanswered questions with it.
                    if attempt == 1 && matches!(error, LiveError::Unreachable { .. }) {
                        attempt += 1;
                        continue;
                    }
                    return Err(error);
                }
            };
            let is_read = !matches!(question, Question::DryRun { .. });
            let most = match reply.status {
                300..=399 => return Err(LiveError::Elsewhere { server: self.server() }),
                429 => ATTEMPTS_WHEN_BUSY,
                502..=504 => ATTEMPTS,
                // What fails for one object that is tried may be a webhook's fault.
                500 if is_read => ATTEMPTS,
                _ => {
                    self.trust.regain();
                    return Ok(reply);
                }
            };
            let pause = pause.unwrap_or(Duration::from_millis(200) * 2_u32.pow(attempt));
            waited += pause;
            if attempt == most || waited > self.patience {
                self.trust.lose(&entry, &self.server);
                return Ok(if waited > self.patience { self.too_long(reply, pause) } else { reply });
            }
            drop(entry);
            attempt += 1;
            if reply.status == 429 {
                self.turns.slow_down(turn, pause);
                turn = self.turns.next().await;
            } else {
                sleep(pause).await;
            }
        }
    }

    /// The reply of a server that asks for a longer pause than somebody has patience for.
    fn too_long(&self, reply: Reply, pause: Duration) -> Reply {
        let said = reply.body["message"].as_str().map(|it| format!(" ({it})")).unwrap_or_default();
        let [pause, patience] = [pause, self.patience].map(|it| it.as_secs());
        let why =
            format!("it is too busy and asks for a pause of {pause} s, where all pauses may take {patience} s{said}");
        Reply { body: json!({ "message": why }), ..reply }
    }

    fn server(&self) -> String {
        self.server.clone()
    }

    async fn once(&self, question: &Question) -> Result<(Reply, Option<Duration>), LiveError> {
        let unreachable = |why: String| LiveError::Unreachable { server: self.server(), why };
        let request = request(question).map_err(|it| unreachable(it.to_string()))?;
        let exchange = async {
            let response = self.client.send(request).await.map_err(|it| unreachable(of_transport(&it)))?;
            let (parts, body) = response.into_parts();
            let pause = parts.headers.get("retry-after").and_then(|it| it.to_str().ok()?.parse().ok());
            let bytes = body.collect_bytes().await.map_err(|it| unreachable(of_transport(&it)))?;
            let status = parts.status.as_u16();
            let body: Option<Value> = serde_json::from_slice(&bytes).ok().filter(Value::is_object);
            let is_answer = body.is_some();
            let body = body.unwrap_or_else(|| words(&bytes));
            let is_kinds = matches!(question, Question::Kinds { .. });
            if body["message"] == PLAIN {
                let why = "it speaks TLS, and the `server` of the kubeconfig begins with http: write https";
                return Err(unreachable(why.to_owned()));
            }
            if (status < 300 || (is_kinds && status == 404)) && !is_answer {
                return Err(unreachable("what it answered is no object of Kubernetes".to_owned()));
            }
            Ok((Reply { status, body }, pause.map(Duration::from_secs)))
        };
        let late = || LiveError::TimedOut { server: self.server(), seconds: self.patience.as_secs() };
        tokio::time::timeout(self.patience, exchange).await.unwrap_or_else(|_| Err(late()))
    }
}

/// What a server says that speaks TLS to whoever does not.
const PLAIN: &str = "Client sent an HTTP request to an HTTPS server.";

/// Characters that anybody reads of what is no answer of Kubernetes.
const LONGEST: usize = 200;

/// What somebody on the way says instead of a server: its first line.
fn words(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().map(str::trim).find(|it| !it.is_empty() && !it.starts_with('<'));
    let line: String = line.unwrap_or_default().chars().take(LONGEST).collect();
    if line.is_empty() { Value::Null } else { json!({ "message": line }) }
}

fn message(body: &Value) -> String {
    body["message"].as_str().unwrap_or("it did not say why").to_owned()
}
