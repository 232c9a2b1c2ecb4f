//! How far a run is, to tell a member that takes long from one that is late with all the others.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::super::lock;

/// The last of a run's members that are asked for twice where they take long. Source: the share that the service promises, 5 %.
const TAIL_SHARE: f64 = 0.05;

/// How much longer than nine of ten of the others a member of the tail takes before it is asked for twice: our choice.
const TAIL_SLOWER: f64 = 1.5;

/// How much longer than the longest of the others a member takes before its server is taken for stuck, and the least time for it:
/// our choice.
const STUCK_SLOWER: u32 = 10;
const STUCK_MIN: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Progress {
    members: u32,
    /// Members that have their result.
    done: watch::Sender<u32>,
    took: Mutex<Vec<Duration>>,
}

impl Progress {
    pub(super) fn of(members: u32) -> Self {
        Self { members, done: watch::channel(0).0, took: Mutex::default() }
    }

    /// A member has its result.
    pub(super) fn finished(&self, took: Duration) {
        let mut known = self.lock();
        let at = known.partition_point(|other| *other < took);
        known.insert(at, took);
        drop(known);
        self.done.send_modify(|done| *done += 1);
    }

    /// Returns when a member that began then is one of the last, and takes longer than the others did.
    pub(super) async fn lags(&self, began: Instant) {
        let tail = ((f64::from(self.members) * TAIL_SHARE) as u32).max(1);
        let before = self.members.saturating_sub(tail);
        let mut done = self.done.subscribe();
        if done.wait_for(|done| *done >= before).await.is_err() {
            std::future::pending::<()>().await;
        }
        let usual = {
            let took = self.lock();
            took.get(took.len() * 9 / 10).copied()
        };
        match usual {
            Some(usual) => sleep_until(began + usual.mul_f64(TAIL_SLOWER)).await,
            None => std::future::pending().await,
        }
    }

    /// Returns when a member that began then takes so long that its server must be stuck; never before half of the members have finished,
    /// for those that end first may be those with little to do.
    pub(super) async fn is_stuck(&self, began: Instant) {
        let mut done = self.done.subscribe();
        loop {
            done.mark_unchanged();
            let known = self.lock().len() >= (self.members as usize).div_ceil(2).max(1);
            let longest = self.lock().last().copied().filter(|_| known);
            let Some(longest) = longest else {
                if done.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                continue;
            };
            let limit = began + (STUCK_SLOWER * longest).max(STUCK_MIN);
            if Instant::now() >= limit {
                return;
            }
            sleep_until(limit).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Duration>> {
        lock(&self.took)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, timeout};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn only_the_last_twentieth_lags() {
        let (progress, began) = (Progress::of(40), Instant::now());
        (0..37).for_each(|_| progress.finished(SECOND));
        assert!(
            timeout(100 * SECOND, progress.lags(began)).await.is_err(),
            "three are left, two are the tail"
        );
        progress.finished(SECOND);
        let began = Instant::now();
        progress.lags(began).await;
        assert_eq!(began.elapsed().as_millis(), 1_500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stuck_member_is_told_from_the_times_of_the_others() {
        let (progress, began) = (Progress::of(40), Instant::now());
        assert!(timeout(1_000 * SECOND, progress.is_stuck(began)).await.is_err(), "nothing is known yet");
        (0..19).for_each(|_| progress.finished(2 * SECOND));
        assert!(timeout(1_000 * SECOND, progress.is_stuck(began)).await.is_err(), "half are not there yet");
        progress.finished(2 * SECOND);
        let began = Instant::now();
        progress.is_stuck(began).await;
        assert_eq!(began.elapsed().as_secs(), 20);
        advance(SECOND).await;
        progress.is_stuck(began).await;
        assert_eq!(began.elapsed().as_secs(), 21, "at once");
    }
}
