//! A server of the tests: answers what a test says, and writes down what it was asked.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::listen::{head, listen};

/// What the server does with a request.
pub(crate) enum Act {
    Say(u16, Value),
    /// What no Kubernetes says.
    Text(u16, &'static str),
    /// Asks for a pause of so many seconds.
    Busy(u64),
    /// Says nothing, ever.
    Hang,
    /// Begins to answer and closes.
    Cut,
}

impl Act {
    /// Says which kinds `v1` has: what each is called in a path, and its name.
    pub(crate) fn kinds(known: &[(&str, &str)]) -> Self {
        let kind = |(name, kind): &(&str, &str)| json!({"name": name, "kind": kind, "namespaced": true});
        Self::Say(200, json!({"kind": "APIResourceList", "resources": known.iter().map(kind).collect::<Vec<_>>()}))
    }
}

pub(crate) struct Server {
    pub(crate) port: u16,
    /// `GET /api/v1`, in the order in which they came.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers by method, path and body of a request.
    pub(crate) fn start(act: impl Fn(&str, &str, &str) -> Act + Send + Sync + 'static) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let known = asked.clone();
        let port = listen(move |stream| while exchange(&stream, &known, &act).is_some() {});
        Self { port, asked }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Writes a kubeconfig that leads here.
    pub(crate) fn kubeconfig(&self, file: &Path) {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "fake",
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
            "clusters": [{"name": "fake", "cluster": {"server": format!("http://127.0.0.1:{}", self.port)}}],
            "users": [{"name": "fake", "user": {"token": "planted-bearer-token"}}],
        });
        std::fs::write(file, config.to_string()).unwrap();
    }
}

/// One request and its answer; `None` when the connection is over.
fn exchange(mut stream: &TcpStream, asked: &Mutex<Vec<String>>, act: &dyn Fn(&str, &str, &str) -> Act) -> Option<()> {
    let head = head(stream)?;
    let length =
        head.lines().find_map(|it| it.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let mut words = head.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    asked.lock().ok()?.push(format!("{method} {path}"));
    match act(method, path, std::str::from_utf8(&body).ok()?) {
        Act::Say(status, value) => {
            let text = value.to_string();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                text.len()
            );
            stream.write_all((head + &text).as_bytes()).ok()
        }
        Act::Text(status, text) => {
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", text.len());
            stream.write_all((head + text).as_bytes()).ok()
        }
        Act::Busy(seconds) => {
            let head = format!("HTTP/1.1 429 X\r\nretry-after: {seconds}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).ok()
        }
        Act::Hang => {
            std::thread::sleep(Duration::from_mins(1));
            None
        }
        Act::Cut => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"res")
                .ok()?;
            stream.shutdown(std::net::Shutdown::Both).ok()?;
            None
        }
    }
}
