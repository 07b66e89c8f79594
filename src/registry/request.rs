//! From a question to a request: the one place that chooses a method.

use std::io::Read;
use std::time::Duration;

use ureq::Agent;

/// The two kinds of requests, both of which read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
}

/// What is asked.
pub(super) struct Question<'q> {
    pub(super) method: Method,
    pub(super) url: &'q str,
    pub(super) query: &'q [(&'q str, &'q str)],
    pub(super) accept: &'q str,
    /// The value of the header; never part of a message.
    pub(super) authorization: Option<&'q str>,
}

/// What was answered, as far as anybody asks.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) digest: Option<String>,
    /// The ways in which the server lets somebody in.
    pub(super) challenges: Vec<String>,
    pub(super) pause: Option<Duration>,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
pub(super) enum Fault {
    Late,
    Broken(String),
    /// The server cannot prove who it is.
    Untrusted(String),
}

/// The greatest manifest that registries have to take (OCI distribution specification, "Pushing manifests").
const LARGEST: u64 = 4 << 20;

pub(super) fn ask(agent: &Agent, question: &Question<'_>) -> Result<Answer, Fault> {
    let request = match question.method {
        Method::Get => agent.get(question.url),
        Method::Head => agent.head(question.url),
    };
    let request = question.query.iter().fold(request, |request, (key, value)| request.query(key, value));
    let request = match question.authorization {
        Some(authorization) => request.header("authorization", authorization),
        None => request,
    };
    let mut response = request.header("accept", question.accept).call().map_err(fault)?;
    let headers = response.headers();
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
    let challenges = headers.get_all("www-authenticate").iter().filter_map(|it| it.to_str().ok());
    let mut answer = Answer {
        status: response.status().as_u16(),
        digest: text("docker-content-digest"),
        challenges: challenges.map(str::to_owned).collect(),
        pause: text("retry-after").and_then(|it| it.parse().ok()).map(Duration::from_secs),
        body: Vec::new(),
    };
    let body = response.body_mut().as_reader().take(LARGEST + 1).read_to_end(&mut answer.body);
    body.map_err(|it| fault(it.into()))?;
    if answer.body.len() as u64 > LARGEST {
        return Err(Fault::Broken(format!("it sends more than {LARGEST} bytes")));
    }
    Ok(answer)
}

fn fault(error: ureq::Error) -> Fault {
    match error {
        ureq::Error::Timeout(_) => Fault::Late,
        // What is read from a body late is wrapped twice.
        ureq::Error::Io(error) if error.get_ref().and_then(|it| it.downcast_ref()).is_some_and(is_late) => Fault::Late,
        ureq::Error::HostNotFound => Fault::Broken("nobody knows a host of this name".to_owned()),
        other => {
            let why = other.to_string();
            // Of TLS, the library gives no more than a text.
            if why.contains("certificate") { Fault::Untrusted(why) } else { Fault::Broken(why) }
        }
    }
}

fn is_late(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Timeout(_))
}
