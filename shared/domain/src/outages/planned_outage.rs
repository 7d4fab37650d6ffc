//! A planned outage: who requests it, its state, and its runs.
//!
//! ```text
//! requested ──confirm, or by itself──▶ confirmed ──each run──▶ in progress ──▶ completed
//!     └────────────── cancel ──────────────┴────── cancel ──────┘
//! ```
//!
//! The runs of the next [`HORIZON`] are part of it. Everything that changes is a function of it and the time, so one
//! conditional write stores a step with its event and with the windows that change.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    outage_id::OutageId,
    recurrence::{Occurrence, Recurrence},
    request::{InvalidOutage, PlannedOutageRequest},
    run::{Phase, Run},
    window::{Covered, EarlyEnd, NOTICE, Window},
};
use crate::{alerts::event::EventKind, chatbots::name::Name, text::Reason};

/// The time for which the runs are written ahead.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(60 * 24);
/// The most runs that are written ahead: a change replaces them all, in one transaction of a hundred writes.
pub const MAX_RUNS: usize = 45;
/// The time after which further runs are written.
pub(super) const WRITTEN_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// The state of a planned outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutageState {
    /// An owner requested it less than a day ahead: an administrator or operator has to confirm it.
    Requested,
    /// It takes place.
    Confirmed,
    /// It is taking place.
    InProgress,
    /// It is over, and does not take place again.
    Completed,
    /// It was cancelled, or its time passed before it was confirmed.
    Cancelled,
}

impl OutageState {
    /// Returns the state as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Confirmed => "confirmed",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A text that is not an [`OutageState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("requested, confirmed, in-progress, completed or cancelled")]
pub struct UnknownOutageState;

impl std::str::FromStr for OutageState {
    type Err = UnknownOutageState;

    fn from_str(text: &str) -> Result<Self, UnknownOutageState> {
        let all = [Self::Requested, Self::Confirmed, Self::InProgress, Self::Completed, Self::Cancelled];
        all.into_iter().find(|state| state.as_str() == text).ok_or(UnknownOutageState)
    }
}

/// The change of a planned outage that an event reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutageChange {
    /// It was confirmed, or takes place at other times.
    Confirmed,
    /// It starts in 12 or in 2 hours.
    Reminder,
    /// It started.
    Started,
    /// It ends in ten minutes, unless it is extended.
    Ending,
    /// It ended.
    Completed,
    /// It ended, and chatbots are still out.
    Overrun,
    /// It was cancelled.
    Cancelled,
}

/// A change with the run that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The change.
    pub change: OutageChange,
    /// The start of the run.
    pub start: Timestamp,
    /// The end of the run.
    pub end: Timestamp,
}

impl Reported {
    pub(super) fn new(change: OutageChange, run: &Run) -> Self {
        Self { change, start: run.start, end: run.end }
    }
}

/// A planned outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedOutage {
    /// The id.
    pub id: OutageId,
    /// The institution.
    pub institution: Name,
    /// The chatbots of the institution that it takes out.
    pub chatbots: Covered,
    /// When it takes place.
    pub rule: Recurrence,
    /// The reason: the work that is done.
    pub reason: Reason,
    /// True if its chatbots are taken out of routing meanwhile, whatever they answer.
    pub take_out: bool,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// The time of the last change of a caller.
    pub updated_at: Timestamp,
    /// The number of changes of callers, for calendars.
    pub sequence: u32,
    pub(super) state: OutageState,
    /// When it was confirmed; none before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confirmed_at: Option<Timestamp>,
    /// By their start. Those that are over are kept for a day.
    pub(super) runs: Vec<Run>,
    /// When runs were written last.
    pub(super) written_at: Timestamp,
}

impl PlannedOutage {
    /// Returns the outage of `request` at `now`, which takes out `chatbots` of its institution. One of `staff`, or that
    /// starts a day ahead at least, is confirmed.
    ///
    /// # Errors
    /// [`InvalidOutage`].
    pub fn new(
        request: &PlannedOutageRequest,
        id: OutageId,
        chatbots: Covered,
        staff: bool,
        now: Timestamp,
    ) -> Result<(Self, Option<Reported>), InvalidOutage> {
        request.rule.check()?;
        let first = request.rule.zone.instant(request.rule.start).filter(|first| *first > now);
        first.ok_or(InvalidOutage::Past)?;
        let mut outage = Self {
            id,
            institution: request.institution.clone(),
            chatbots,
            rule: request.rule.clone(),
            reason: request.reason.clone(),
            take_out: request.take_out,
            requested_at: now,
            updated_at: now,
            sequence: 0,
            state: OutageState::Requested,
            confirmed_at: None,
            runs: Vec::new(),
            written_at: now,
        };
        let next = outage.rule.next_from(now).ok_or(InvalidOutage::NoOccurrence)?;
        let reported = outage.confirm_if(staff, next, now);
        Ok((outage, reported))
    }

    /// Returns the state at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> OutageState {
        let is_running =
            self.runs.iter().any(|run| run.phase == Phase::InProgress || (!run.is_over() && run.start <= now));
        match self.state {
            OutageState::Requested | OutageState::Confirmed if is_running => OutageState::InProgress,
            state => state,
        }
    }

    /// Returns the runs by their start: those that are written ahead, and those of the last day.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Returns when it was confirmed; none before.
    #[must_use]
    pub fn confirmed_at(&self) -> Option<Timestamp> {
        self.confirmed_at
    }

    /// Returns the windows of its runs.
    pub fn windows(&self) -> impl Iterator<Item = Window> {
        self.runs.iter().filter_map(|run| run.window(self.id, &self.chatbots))
    }

    /// Returns the event of what is reported.
    #[must_use]
    pub fn event(&self, reported: Reported) -> EventKind {
        let Reported { change, start, end } = reported;
        let (institution, reason) = (self.institution.clone(), self.reason.clone());
        EventKind::PlannedOutage { outage: self.id, institution, change, start, end, reason }
    }

    /// Returns whether it is over, for good.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.state, OutageState::Completed | OutageState::Cancelled)
    }

    /// Returns whether it takes place, or would once it is confirmed, in `from..to`. Occurrences that are past and forgotten
    /// count as the rule has them now.
    #[must_use]
    pub fn takes_place_in(&self, from: Timestamp, to: Timestamp) -> bool {
        let from = from.max(self.requested_at);
        let by_rule = || {
            let occurrences = self.rule.starting(from - SignedDuration::from_hours(24));
            occurrences.take_while(|one| one.start < to).any(|one| one.end > from)
        };
        self.windows().any(|window| window.start < to && window.end > from)
            || (self.state != OutageState::Cancelled && by_rule())
    }

    /// Confirms it, or requests a confirmation if it is not of staff and begins too soon. `next` is its next occurrence.
    pub(super) fn confirm_if(&mut self, staff: bool, next: Occurrence, now: Timestamp) -> Option<Reported> {
        if staff || next.start.duration_since(now) >= NOTICE {
            return self.confirm_runs(now);
        }
        self.state = OutageState::Requested;
        self.runs.retain(|run| run.has_begun(now));
        None
    }

    /// Confirms the runs from `now` on. Those that were confirmed at the same times for the same chatbots stay as they are.
    pub(super) fn confirm_runs(&mut self, now: Timestamp) -> Option<Reported> {
        self.state = OutageState::Confirmed;
        self.confirmed_at = Some(now);
        let (kept, waiting): (Vec<_>, Vec<_>) = self.runs.drain(..).partition(|run| run.has_begun(now));
        self.runs = kept;
        let started: Vec<_> = self.runs.iter().map(|run| run.start).collect();
        for occurrence in self.rule.occurrences(now, now + HORIZON).into_iter().take(MAX_RUNS) {
            // A run that has begun keeps its times.
            if started.contains(&occurrence.start) {
                continue;
            }
            let same = waiting.iter().find(|run| (run.start, run.end) == (occurrence.start, occurrence.end));
            self.runs.push(same.cloned().unwrap_or_else(|| Run::new(occurrence, now)));
        }
        self.runs.sort_by_key(|run| run.start);
        self.written_at = now;
        self.reported(OutageChange::Confirmed, now)
    }

    /// Returns the report of `change` with the run that is or comes next; none if there is none.
    pub(super) fn reported(&self, change: OutageChange, now: Timestamp) -> Option<Reported> {
        if let Some(run) = self.runs.iter().find(|run| !run.is_over()) {
            return Some(Reported::new(change, run));
        }
        let Occurrence { start, end } = self.rule.next_from(now)?;
        Some(Reported { change, start, end })
    }

    /// Notes that it is completed, if no run follows.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let is_last = self.runs.iter().all(Run::is_over) && self.rule.next_from(now).is_none();
        if is_last && self.state == OutageState::Confirmed {
            self.state = OutageState::Completed;
        }
    }

    /// Cancels all runs at `now`. Those that have begun end.
    pub(super) fn cancel_runs(&mut self, now: Timestamp) {
        for run in self.runs.iter_mut().filter(|run| !run.is_over()) {
            if run.has_begun(now) {
                run.cut(now, EarlyEnd::Cancelled);
                if self.take_out {
                    run.release();
                }
                // One that waits for its chatbots has ended as planned.
                run.phase =
                    if run.early_end == Some(EarlyEnd::Cancelled) { Phase::Cancelled } else { Phase::Completed };
            } else {
                run.phase = Phase::Cancelled;
            }
        }
    }
}
