//! The steps that time brings: reminders, the start, the question whether the work takes longer, the end, further runs.

use jiff::Timestamp;

use super::{
    planned_outage::{HORIZON, MAX_RUNS, OutageChange, OutageState, PlannedOutage, Reported, WRITTEN_EVERY},
    run::{Phase, Run, Step},
    window::Window,
};

/// The work that is due for a planned outage. The caller does it and then stores [`PlannedOutage::advanced`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// None before this time; none at all without a time.
    Wait(Option<Timestamp>),
    /// None but the step.
    Step,
    /// To find out whether chatbots of the window are out.
    Look(Window),
    /// To take the chatbots of the window out of routing, until its end.
    TakeOut(Window),
    /// To end the manual controls by which the chatbots of the window were taken out.
    Release(Window),
}

impl PlannedOutage {
    /// Returns when the next step is due; none if there is none.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let step = self.next_step().map(|(at, _, _)| at);
        let other = match self.state {
            OutageState::Confirmed => Some(self.written_at + WRITTEN_EVERY),
            // Its time passes.
            OutageState::Requested => self.rule.next_after(self.written_at).map(|next| next.start),
            _ => None,
        };
        step.into_iter().chain(other).min()
    }

    /// Returns the task that is due at `now`.
    #[must_use]
    pub fn task(&self, now: Timestamp) -> Task {
        let due = self.due();
        if due.is_none_or(|due| due > now) {
            return Task::Wait(due);
        }
        let step = self.next_step().filter(|(at, _, _)| *at <= now);
        let window = |index: usize| self.runs.get(index).and_then(|run| run.window(self.id, &self.chatbots));
        match step {
            Some((_, Step::End, index)) => window(index).map_or(Task::Step, Task::Look),
            Some((_, Step::TakeOut, index)) => window(index).map_or(Task::Step, Task::TakeOut),
            Some((_, Step::Release, index)) => window(index).map_or(Task::Step, Task::Release),
            _ => Task::Step,
        }
    }

    /// Returns it after the step that is due at `now`, and what is reported of the step. `still_out` says whether chatbots
    /// of the window of [`Task::Look`] are out.
    #[must_use]
    pub fn advanced(&self, still_out: bool, now: Timestamp) -> (Self, Option<Reported>) {
        let mut new = self.clone();
        if let Some((_, step, index)) = self.next_step().filter(|(at, _, _)| *at <= now) {
            let reported = new.runs.get_mut(index).and_then(|run| run.take(step, still_out, now));
            new.settle(now);
            return (new, reported);
        }
        match new.state {
            OutageState::Confirmed => new.write_ahead(now),
            OutageState::Requested => {
                new.written_at = now;
                if new.rule.next_after(now).is_none() {
                    new.state = OutageState::Cancelled;
                }
            }
            _ => {}
        }
        (new, None)
    }

    /// Returns the step that is due first, its time, and the index of its run.
    fn next_step(&self) -> Option<(Timestamp, Step, usize)> {
        let steps = self.runs.iter().enumerate();
        let steps = steps.filter_map(|(index, run)| run.next(self.take_out).map(|(at, step)| (at, step, index)));
        steps.min()
    }

    /// Writes the runs of the next [`HORIZON`], and forgets those that ended a day ago.
    fn write_ahead(&mut self, now: Timestamp) {
        self.runs.retain(|run| !run.is_over() || run.controlled_until.is_some() || now < run.end + WRITTEN_EVERY);
        let last = self.runs.iter().map(|run| run.start).max();
        let confirmed_at = self.confirmed_at.unwrap_or(now);
        let ahead = self.runs.iter().filter(|run| !run.is_over()).count();
        let later = self.rule.occurrences(now, now + HORIZON).into_iter();
        let later = later.filter(|occurrence| last.is_none_or(|last| occurrence.start > last));
        self.runs
            .extend(later.take(MAX_RUNS.saturating_sub(ahead)).map(|occurrence| Run::new(occurrence, confirmed_at)));
        self.written_at = now;
        self.settle(now);
    }
}

impl Run {
    /// Takes `step` at `now`. Returns what is reported of it. A report that comes too late is left out.
    fn take(&mut self, step: Step, still_out: bool, now: Timestamp) -> Option<Reported> {
        match step {
            Step::Remind => {
                self.note_reminders(now);
                return (now < self.start).then(|| Reported::new(OutageChange::Reminder, self));
            }
            Step::Start => {
                self.phase = Phase::InProgress;
                return (now < self.end).then(|| Reported::new(OutageChange::Started, self));
            }
            Step::TakeOut => self.controlled_until = Some(self.end),
            Step::Release => self.controlled_until = None,
            Step::Ask => {
                self.asked = true;
                return (now < self.end).then(|| Reported::new(OutageChange::Ending, self));
            }
            Step::End if still_out && !self.awaited => self.awaited = true,
            Step::End => {
                self.phase = Phase::Completed;
                self.overrun = still_out;
                let change = if still_out { OutageChange::Overrun } else { OutageChange::Completed };
                return Some(Reported::new(change, self));
            }
        }
        None
    }
}
