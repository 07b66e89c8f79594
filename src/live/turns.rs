//! How many questions are on their way at once: as many as a server likes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// Questions that are on their way at once, at first and at least.
const MOST: usize = 64;
const LEAST: usize = 4;

pub(super) struct Turns {
    free: Semaphore,
    slow: Mutex<Slow>,
}

/// What a busy server made of it.
struct Slow {
    at_once: usize,
    until: Instant,
}

impl Turns {
    pub(super) fn new() -> Self {
        let slow = Slow { at_once: MOST, until: Instant::now() };
        Self { free: Semaphore::new(MOST), slow: Mutex::new(slow) }
    }

    /// Waits for a turn, and for the end of every pause that the server asked anybody for.
    pub(super) async fn next(&self) -> Option<SemaphorePermit<'_>> {
        let turn = self.free.acquire().await.ok();
        let until = self.slow().until;
        sleep_until(until).await;
        turn
    }

    /// Gives a turn back to a server that is busy: nobody asks for a while, and then fewer do.
    pub(super) fn slow_down(&self, turn: Option<SemaphorePermit<'_>>, pause: Duration) {
        let mut slow = self.slow();
        slow.until = slow.until.max(Instant::now() + pause);
        if slow.at_once > LEAST {
            slow.at_once -= 1;
            turn.into_iter().for_each(SemaphorePermit::forget);
        }
    }

    fn slow(&self) -> std::sync::MutexGuard<'_, Slow> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
