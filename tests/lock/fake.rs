//! A server of the tests: answers what a test says, and writes down what it was asked.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::listen::{head, listen};

/// A request, as far as a test asks.
pub(crate) struct Asked<'a> {
    /// With its query.
    pub(crate) path: &'a str,
    /// The value of `Authorization`; empty where there is none.
    pub(crate) authorization: &'a str,
    /// Whom it means to ask.
    pub(crate) host: &'a str,
}

/// What the server does with a request.
pub(crate) enum Act {
    /// The status, further headers (each line with its end), and the body.
    Say(u16, String, Vec<u8>),
    /// Says nothing, ever.
    Hang,
    /// Begins to answer and closes.
    Cut,
}

impl Act {
    /// An answer without further headers.
    pub(crate) fn say(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Say(status, String::new(), body.into())
    }
}

pub(crate) struct Server {
    pub(crate) port: u16,
    /// `GET /v2/a/manifests/1`, in the order in which they came.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(act: impl Fn(&Asked<'_>) -> Act + Send + Sync + 'static) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let known = asked.clone();
        let port = listen(move |stream| while exchange(&stream, &known, &act).is_some() {});
        Self { port, asked }
    }

    /// The full name of an image here.
    pub(crate) fn name(&self, image: &str) -> String {
        format!("127.0.0.1:{}/{image}", self.port)
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// One request and its answer; `None` when the connection is over.
fn exchange(mut stream: &TcpStream, asked: &Mutex<Vec<String>>, act: &dyn Fn(&Asked<'_>) -> Act) -> Option<()> {
    let head = head(stream)?;
    let mut words = head.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    asked.lock().ok()?.push(format!("{method} {path}"));
    let header = |wanted: &str| {
        let found =
            head.lines().filter_map(|it| it.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map_or("", |(_, value)| value)
    };
    match act(&Asked { path, authorization: header("authorization"), host: header("host") }) {
        Act::Say(status, headers, body) => {
            let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
            let body = if method == "HEAD" { &[][..] } else { &body };
            stream.write_all(&[head.as_bytes(), body].concat()).ok()
        }
        Act::Hang => {
            std::thread::sleep(Duration::from_mins(1));
            None
        }
        Act::Cut => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"man").ok()?;
            stream.shutdown(Shutdown::Both).ok()?;
            None
        }
    }
}
