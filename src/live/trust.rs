//! When a server that does not answer is asked no more, so that a run ends in time.
//!
//! One question may be lost, and some may be at once; after that a single one goes ahead of all others, and if that is
//! lost too, the server is given up.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync;

/// Questions without an answer, one after the other, after which no more go out at once.
const FEW: u32 = 4;

/// How long a run goes on with a server that fails now and then, as a multiple of the patience for one answer.
const LONGEST: u32 = 8;

pub(super) struct Trust {
    ahead: sync::Mutex<()>,
    known: Mutex<Known>,
}

struct Known {
    lost: u32,
    lost_in_a_row: u32,
    /// When one more failure is one too many.
    end: Instant,
    given_up: Option<String>,
}

/// The right to ask, of one ahead of all others or of many at once.
pub(super) struct Entry<'t> {
    ahead: Option<sync::MutexGuard<'t, ()>>,
}

impl Trust {
    pub(super) fn new(patience: Duration) -> Self {
        let known = Known { lost: 0, lost_in_a_row: 0, end: Instant::now() + patience * LONGEST, given_up: None };
        Self { ahead: sync::Mutex::new(()), known: Mutex::new(known) }
    }

    /// Waits for whoever is ahead.
    ///
    /// # Errors
    /// The server is given up, and why.
    pub(super) async fn enter(&self) -> Result<Entry<'_>, String> {
        let ahead = if self.is_doubted() { Some(self.ahead.lock().await) } else { None };
        match self.given_up() {
            Some(why) => Err(why),
            None => Ok(Entry { ahead: ahead.filter(|_| self.is_doubted()) }),
        }
    }

    pub(super) fn regain(&self) {
        self.known().lost_in_a_row = 0;
    }

    pub(super) fn lose(&self, entry: &Entry<'_>, server: &str) {
        let mut known = self.known();
        known.lost += 1;
        known.lost_in_a_row += 1;
        let is_over = known.lost > FEW && Instant::now() > known.end;
        if (entry.ahead.is_some() || is_over) && known.given_up.is_none() {
            let lost = known.lost_in_a_row;
            let what = if is_over { "fails too often".to_owned() } else { format!("failed {lost} questions in a row") };
            known.given_up = Some(format!("the cluster `{server}` {what}, and is asked no more"));
        }
    }

    /// Why the server is asked no more.
    pub(super) fn given_up(&self) -> Option<String> {
        self.known().given_up.clone()
    }

    fn is_doubted(&self) -> bool {
        self.known().lost_in_a_row >= FEW
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
