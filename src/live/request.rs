//! From a question to a request: the one place that chooses a method.

use http::{Method, Request};
use kube::client::Body;

use crate::diff::Question;

/// The request that asks a question: one that reads, or one that is tried and not done.
pub(super) fn request(question: &Question) -> Result<Request<Body>, http::Error> {
    match question {
        Question::Get { path } => {
            Request::builder().method(Method::GET).uri(path).header("accept", "application/json").body(Body::empty())
        }
        Question::DryRun { path, manager, force, body } => {
            let manager: String = manager.bytes().map(escaped).collect();
            let uri = format!("{path}?dryRun=All&fieldManager={manager}&force={force}&fieldValidation=Strict");
            let request = Request::builder().method(Method::PATCH).uri(uri).header("accept", "application/json");
            request
                .header("content-type", "application/apply-patch+yaml")
                .body(Body::from(body.to_string().into_bytes()))
        }
    }
}

fn escaped(it: u8) -> String {
    if it.is_ascii_alphanumeric() || b"-_.".contains(&it) { char::from(it).to_string() } else { format!("%{it:02X}") }
}
