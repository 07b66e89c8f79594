//! Servers that tests play on loopback.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Answers every connection in a thread of its own, until the tests end; where.
pub(crate) fn listen(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let (listener, port) = bind();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}

/// A port on which nobody answers.
pub(crate) fn closed_port() -> u16 {
    bind().1
}

fn bind() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let port = listener.local_addr().expect("it has a port").port();
    (listener, port)
}

/// The request line and the headers of a request; `None` when the connection is over.
pub(crate) fn head(mut stream: impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        (stream.read(&mut byte).ok()? > 0).then_some(())?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}
