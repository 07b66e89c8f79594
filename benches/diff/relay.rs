//! A relay on loopback that holds every byte back for a while, and lets as many through as come.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Relays to a port of this machine, for as long as the process lives; the port that it listens on.
pub(super) fn start(to: u16, delay: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            let ends = |it: &TcpStream| (it.set_nodelay(true), it.try_clone().expect("a stream can be shared"));
            let ((_, near_again), (_, far_again)) = (ends(&near), ends(&far));
            // A client pays for the way of its first packet, too.
            thread::spawn(move || relay(near, far, delay * 2, delay));
            thread::spawn(move || relay(far_again, near_again, Duration::ZERO, delay));
        }
    });
    port
}

/// Passes on what comes in, each part `delay` after it came; the first not before `handshake` is over.
fn relay(mut from: TcpStream, mut to: TcpStream, handshake: Duration, delay: Duration) {
    let (sender, parts) = mpsc::channel::<(Instant, Vec<u8>)>();
    let first = Instant::now() + handshake;
    thread::spawn(move || {
        for (due, part) in parts {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&part).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut part = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut part) {
        let due = first.max(Instant::now()) + delay;
        if sender.send((due, part[..count].to_vec())).is_err() {
            break;
        }
    }
}
