//! Coverage: how far each run of a fire reaches in the journal, and so what has come of a detection. A plain value.
//!
//! A detection is covered by the first run that was planned after it came. Where a detection led to no new plan, the
//! newest run stands for it too: the decision was that nothing new had to be computed.

/// What has come of a detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// No run covers it yet.
    Scheduled,
    /// A run that covers it is under way.
    Running,
    /// A forecast covers it.
    Completed,
    /// The run that covers it failed, and none is to come.
    Failed,
}

/// Places in the journal, each the last one that is covered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    absorbed: u64,
    /// The run that waits for the one under way to end.
    next: Option<u64>,
    /// The run in hand, and whether it has begun.
    current: Option<(u64, bool)>,
    completed: u64,
    failed: u64,
}

impl Coverage {
    /// After the actor was lost, and its runs with it: what a forecast covers stays covered.
    pub(super) fn resumed(before: &Self) -> Self {
        Self { absorbed: before.completed, completed: before.completed, ..Self::default() }
    }

    /// Of a fire for which no run is to come.
    pub(super) fn settled(reach: u64) -> Self {
        Self { absorbed: reach, completed: reach, ..Self::default() }
    }

    /// Detections up to a place were taken in; `planned`: they led to a run, which is the next one.
    pub(super) fn absorbed(&mut self, sequence: u64, planned: bool) {
        self.absorbed = self.absorbed.max(sequence);
        let reach = self.absorbed;
        match (&mut self.next, &mut self.current) {
            (next, _) if planned => *next = Some(reach),
            (Some(next), _) => *next = reach,
            (None, Some((current, _))) => *current = reach,
            (None, None) if self.completed >= self.failed => self.completed = reach,
            (None, None) => self.failed = reach,
        }
    }

    /// Of all up to a place the fire holds nothing that could be forecast: whoever waits for it waits in vain.
    pub(super) fn emptied(&mut self, sequence: u64) {
        self.absorbed = self.absorbed.max(sequence);
        self.failed = self.failed.max(sequence);
    }

    /// A run was planned without a detection.
    pub(super) fn planned(&mut self) {
        self.next = Some(self.absorbed);
    }

    /// The next run is in hand: in line for its turn.
    pub(super) fn taken_up(&mut self) {
        self.current = self.next.take().map(|reach| (reach, false));
    }

    /// The run in hand has begun.
    pub(super) fn begun(&mut self) {
        if let Some((_, begun)) = &mut self.current {
            *begun = true;
        }
    }

    /// The run in hand gave a forecast.
    pub(super) fn completed(&mut self) {
        if let Some((reach, _)) = self.current.take() {
            self.completed = self.completed.max(reach);
        }
    }

    /// The run in hand was given up, or gave a forecast that only stands in: what follows it covers what it was to cover.
    pub(super) fn left_to_next(&mut self) {
        let reach = self.current.take().map(|(reach, _)| reach);
        self.next = self.next.max(reach);
    }

    /// The run in hand failed.
    pub(super) fn failed(&mut self) {
        if let Some((reach, _)) = self.current.take() {
            self.failed = self.failed.max(reach);
        }
    }

    /// What has come of the detection at a place in the journal.
    pub(super) fn progress(&self, sequence: u64) -> Progress {
        match (self.current, self.next) {
            _ if self.completed >= sequence => Progress::Completed,
            (Some((reach, true)), _) if reach >= sequence => Progress::Running,
            (Some((reach, false)), _) if reach >= sequence => Progress::Scheduled,
            (_, Some(reach)) if reach >= sequence => Progress::Scheduled,
            _ if self.failed >= sequence => Progress::Failed,
            _ => Progress::Scheduled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detection_goes_from_scheduled_over_running_to_completed() {
        let mut coverage = Coverage::default();
        assert_eq!(coverage.progress(3), Progress::Scheduled);
        coverage.absorbed(3, true);
        coverage.taken_up();
        assert_eq!(coverage.progress(3), Progress::Scheduled);
        coverage.begun();
        assert_eq!((coverage.progress(3), coverage.progress(4)), (Progress::Running, Progress::Scheduled));
        coverage.completed();
        assert_eq!((coverage.progress(3), coverage.progress(4)), (Progress::Completed, Progress::Scheduled));
    }

    #[test]
    fn a_detection_during_a_run_waits_for_the_next_one() {
        let mut coverage = Coverage::default();
        coverage.absorbed(1, true);
        coverage.taken_up();
        coverage.begun();
        coverage.absorbed(2, true);
        coverage.completed();
        assert_eq!((coverage.progress(1), coverage.progress(2)), (Progress::Completed, Progress::Scheduled));
        coverage.taken_up();
        coverage.begun();
        coverage.failed();
        assert_eq!((coverage.progress(1), coverage.progress(2)), (Progress::Completed, Progress::Failed));
    }

    #[test]
    fn what_a_run_was_to_cover_is_covered_by_the_one_that_follows_it() {
        let mut coverage = Coverage::default();
        coverage.absorbed(3, true);
        coverage.taken_up();
        coverage.begun();
        coverage.left_to_next();
        assert_eq!(coverage.progress(3), Progress::Scheduled);
        coverage.taken_up();
        coverage.begun();
        coverage.left_to_next();
        coverage.absorbed(4, true);
        coverage.taken_up();
        coverage.completed();
        assert_eq!((coverage.progress(3), coverage.progress(4)), (Progress::Completed, Progress::Completed));
    }

    #[test]
    fn a_failed_run_with_a_next_try_is_not_a_failure_yet() {
        let mut coverage = Coverage::default();
        coverage.absorbed(1, true);
        coverage.taken_up();
        coverage.begun();
        coverage.failed();
        coverage.planned();
        assert_eq!(coverage.progress(1), Progress::Scheduled);
        coverage.taken_up();
        coverage.completed();
        assert_eq!(coverage.progress(1), Progress::Completed);
    }

    #[test]
    fn what_was_completed_outlasts_a_lost_actor_and_the_run_after_it() {
        let mut before = Coverage::default();
        before.absorbed(1, true);
        before.taken_up();
        before.completed();
        before.absorbed(2, true);
        let mut coverage = Coverage::resumed(&before);
        assert_eq!((coverage.progress(1), coverage.progress(2)), (Progress::Completed, Progress::Scheduled));
        coverage.absorbed(2, true);
        coverage.taken_up();
        coverage.failed();
        assert_eq!((coverage.progress(1), coverage.progress(2)), (Progress::Completed, Progress::Failed));
    }

    #[test]
    fn in_an_emptied_fire_only_what_comes_later_is_forecast() {
        let mut coverage = Coverage::default();
        coverage.emptied(1);
        assert_eq!((coverage.progress(1), coverage.progress(2)), (Progress::Failed, Progress::Scheduled));
        coverage.absorbed(2, true);
        assert_eq!(coverage.progress(2), Progress::Scheduled);
        coverage.taken_up();
        coverage.completed();
        assert_eq!(coverage.progress(2), Progress::Completed);
    }

    #[test]
    fn a_detection_that_changes_nothing_is_covered_by_the_newest_run() {
        let mut coverage = Coverage::default();
        coverage.absorbed(1, true);
        coverage.taken_up();
        coverage.absorbed(2, false);
        coverage.completed();
        assert_eq!(coverage.progress(2), Progress::Completed);
        coverage.absorbed(3, false);
        assert_eq!(coverage.progress(3), Progress::Completed);
    }
}
