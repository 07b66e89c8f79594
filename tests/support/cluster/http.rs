//! The smallest client: requests over the socket of `kubectl proxy`, which holds keys and addresses.
//!
//! HTTP/1.0, because its answers end with the connection and need no decoding.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::Value;

/// What the API server answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    /// The texts of the `Warning` headers.
    pub warnings: Vec<String>,
    /// `Null` where it is not JSON.
    pub body: Value,
    pub text: String,
}

/// A request, with the headers that matter to an API server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'r> {
    pub(super) method: &'r str,
    pub(super) path: &'r str,
    pub(super) content_type: &'r str,
    /// Headers beyond those, as `Name: value`.
    pub(super) headers: &'r [String],
    pub(super) body: &'r str,
}

pub(super) fn send(socket: &Path, request: Request<'_>) -> io::Result<Reply> {
    let mut stream = UnixStream::connect(socket)?;
    let Request { method, path, content_type, headers, body } = request;
    let more = headers.iter().map(|it| format!("{it}\r\n")).collect::<String>();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n{more}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    read(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::Error::other("an answer without a status"))
}

fn read(answer: &str) -> Option<Reply> {
    let (head, text) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("warning").then(|| warning(value.trim()))
    };
    let warnings = lines.filter_map(header).collect();
    Some(Reply { status, warnings, body: serde_json::from_str(text).unwrap_or_default(), text: text.to_owned() })
}

/// `299 - "text"` (RFC 7234, section 5.5).
fn warning(value: &str) -> String {
    let quoted = value.splitn(3, ' ').nth(2).unwrap_or(value);
    serde_json::from_str(quoted).unwrap_or_else(|_| quoted.to_owned())
}

impl Reply {
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The server's message, where it refused.
    pub fn message(&self) -> String {
        self.body["message"].as_str().unwrap_or(&self.text).to_owned()
    }

    /// The body of a request that must have been granted.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.is_ok(), "{}: {}", self.status, self.message());
        self.body
    }
}
