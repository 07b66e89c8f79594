//! A program that somebody else wrote, run for what it prints, and ended with all that it started when it takes too long.
//!
//! Away from a terminal it has a process group of its own, which ends with this process too. At a terminal it stays in
//! ours, because it may have to ask somebody; there whoever waits can end all of it with Ctrl-C.

#[cfg(not(unix))]
mod elsewhere;
#[cfg(unix)]
mod unix;

use std::io;
use std::process::{Command, Output};
use std::sync::mpsc;
use std::time::Duration;

#[cfg(not(unix))]
use elsewhere::Group;
#[cfg(unix)]
use unix::Group;

/// Why there is no output.
pub(super) enum Fault {
    NotStarted(io::Error),
    TooLate,
}

/// Waits for the output of a program, which may talk to somebody at the terminal or not.
pub(super) fn output(mut command: Command, talk: Talk, patience: Duration) -> Result<Output, Fault> {
    let (group, child) = Group::start(&mut command, talk).map_err(Fault::NotStarted)?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || drop(sender.send(child.wait_with_output())));
    match receiver.recv_timeout(patience) {
        Ok(output) => output.map_err(Fault::NotStarted),
        Err(_) => {
            group.end();
            // It is gone when its output has an end.
            let _ = receiver.recv_timeout(Duration::from_secs(1));
            Err(Fault::TooLate)
        }
    }
}

/// Whether a program may ask somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Talk {
    Somebody,
    Nobody,
}
