//! From a question to a request: the one place that chooses a method.

use http::{Method, Request};
use kube::client::Body;

use crate::diff::{Form, Question};

/// The request that asks a question: one that reads, or one that is tried and not done.
pub(super) fn request(question: &Question) -> Result<Request<Body>, http::Error> {
    match question {
        Question::Get { path } => read(path, "application/json"),
        Question::Kinds { path } => read(path, ALL_KINDS),
        Question::DryRun { path, manager, form, body } => {
            let manager: String = manager.bytes().map(escaped).collect();
            let (force, content_type) = match form {
                Form::Apply { force } => (format!("&force={force}"), "application/apply-patch+yaml"),
                Form::Patch => (String::new(), "application/json-patch+json"),
                Form::StrategicMerge => (String::new(), "application/strategic-merge-patch+json"),
                Form::JsonMerge => (String::new(), "application/merge-patch+json"),
            };
            let uri = format!("{path}?dryRun=All&fieldManager={manager}{force}&fieldValidation=Strict");
            let request = Request::builder().method(Method::PATCH).uri(uri).header("user-agent", NAME);
            let request = request.header("accept", "application/json").header("content-type", content_type);
            request.body(Body::from(body.to_string().into_bytes()))
        }
    }
}

fn read(path: &str, accept: &str) -> Result<Request<Body>, http::Error> {
    let request = Request::builder().method(Method::GET).uri(path).header("user-agent", NAME);
    request.header("accept", accept).body(Body::empty())
}

/// How a server's log calls us.
const NAME: &str = concat!("mlopsc/", env!("CARGO_PKG_VERSION"));

/// All kinds in one answer, or whatever an older server has.
const ALL_KINDS: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

fn escaped(it: u8) -> String {
    if it.is_ascii_alphanumeric() || b"-_.".contains(&it) { char::from(it).to_string() } else { format!("%{it:02X}") }
}
