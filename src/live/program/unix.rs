//! Process groups.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::Talk;

/// A program with all that it started, as far as that stays with it.
pub(super) struct Group {
    /// Empty when the program has come to its end.
    running: Arc<Mutex<Option<Running>>>,
}

#[derive(Clone, Copy)]
struct Running {
    leader: Pid,
    is_separate: bool,
}

impl Group {
    pub(super) fn start(command: &mut Command, talk: Talk) -> io::Result<(Self, Child)> {
        let is_separate = talk == Talk::Nobody;
        let group = Self { running: Arc::default() };
        if is_separate {
            command.process_group(0);
            group.end_with_us();
        }
        // Whoever ends us now waits until there is something to end.
        let mut running = group.running.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.spawn()?;
        *running = Some(Running { leader: Pid::from_child(&child), is_separate });
        drop(running);
        Ok((group, child))
    }

    /// Ends it, if it is there still.
    pub(super) fn end(&self) {
        end(&self.running);
    }

    /// What ends this process ends the program first.
    fn end_with_us(&self) {
        let running = self.running.clone();
        let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
        std::thread::spawn(move || {
            // For the rest of the run: a signal that nobody waits for any more would be lost.
            for signal in signals.forever() {
                end(&running);
                let _ = emulate_default_handler(signal);
            }
        });
    }
}

impl Drop for Group {
    /// Its number may be another's from now on.
    fn drop(&mut self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

fn end(running: &Mutex<Option<Running>>) {
    if let Some(Running { leader, is_separate }) = running.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let kill = if is_separate { kill_process_group } else { kill_process };
        // There may be nobody left.
        let _ = kill(leader, Signal::KILL);
    }
}
