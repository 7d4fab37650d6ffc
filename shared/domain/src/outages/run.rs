//! Runs: the occurrences of a confirmed planned outage, and how far each of them is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    outage_id::OutageId,
    recurrence::Occurrence,
    window::{Covered, EarlyEnd, GRACE, Window},
};

/// The times before the start at which owners are reminded, the longest first.
pub const REMINDERS: [SignedDuration; 2] = [SignedDuration::from_hours(12), SignedDuration::from_hours(2)];
/// The time before the end at which the institution is asked whether the work takes longer.
pub const ASKED_BEFORE: SignedDuration = SignedDuration::from_mins(10);

/// The phase of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It has not begun.
    #[default]
    Confirmed,
    /// It has begun.
    InProgress,
    /// It has ended.
    Completed,
    /// It was cancelled, before or after it began.
    Cancelled,
}

/// One occurrence of a confirmed planned outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The start.
    pub start: Timestamp,
    /// The end: earlier than planned with [`Run::early_end`], later if it was extended.
    pub end: Timestamp,
    /// The end that was confirmed.
    pub planned_end: Timestamp,
    /// When this time was confirmed.
    pub confirmed_at: Timestamp,
    /// Why it ends before it was to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_end: Option<EarlyEnd>,
    /// The phase.
    pub phase: Phase,
    /// True if chatbots were still out at its end, and it was not extended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overrun: bool,
    /// The chatbots, if the outage covers others since the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) chatbots: Option<Covered>,
    /// The number of [`REMINDERS`] that are past.
    #[serde(default)]
    pub(super) reminded: u8,
    /// True once the institution was asked whether the work takes longer.
    #[serde(default)]
    pub(super) asked: bool,
    /// True if chatbots were out at the end: they have [`GRACE`] to come back.
    #[serde(default)]
    pub(super) awaited: bool,
    /// The end of the manual controls that take the chatbots out, while they are set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) controlled_until: Option<Timestamp>,
}

/// The next step of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Its chatbots are routed again.
    Release,
    /// Its chatbots are taken out of routing.
    TakeOut,
    Remind,
    Start,
    Ask,
    End,
}

impl Run {
    /// Returns the run of `occurrence`, confirmed at `confirmed_at`.
    pub(super) fn new(occurrence: Occurrence, confirmed_at: Timestamp) -> Self {
        let Occurrence { start, end } = occurrence;
        Self {
            start,
            end,
            planned_end: end,
            confirmed_at,
            early_end: None,
            phase: Phase::Confirmed,
            overrun: false,
            chatbots: None,
            reminded: 0,
            asked: false,
            awaited: false,
            controlled_until: None,
        }
    }

    /// Returns whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Completed | Phase::Cancelled)
    }

    /// Returns whether it is in progress, before its end.
    #[must_use]
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.phase == Phase::InProgress && now < self.end
    }

    /// Returns its window in the outage `id`, which covers `chatbots`. None if it was cancelled before it began.
    pub(super) fn window(&self, id: OutageId, chatbots: &Covered) -> Option<Window> {
        if self.phase == Phase::Cancelled && self.early_end.is_none() {
            return None;
        }
        Some(Window {
            outage: id,
            chatbots: self.chatbots.as_ref().unwrap_or(chatbots).clone(),
            start: self.start,
            end: self.end,
            planned_end: self.planned_end,
            confirmed_at: self.confirmed_at,
            early_end: self.early_end,
        })
    }

    /// Returns the next step and when it is due. `take_out` says whether its chatbots are taken out of routing.
    pub(super) fn next(&self, take_out: bool) -> Option<(Timestamp, Step)> {
        let is_controlled = self.controlled_until.is_some();
        if is_controlled && (self.is_over() || self.awaited || !take_out) {
            // At once.
            return Some((self.start, Step::Release));
        }
        match self.phase {
            Phase::Confirmed => Some(self.next_before_start()),
            Phase::InProgress => {
                let asked_at = self.end - ASKED_BEFORE;
                Some(if take_out && !self.awaited && self.controlled_until != Some(self.end) {
                    (self.start, Step::TakeOut)
                } else if !self.asked && !self.awaited && asked_at > self.start {
                    (asked_at, Step::Ask)
                } else {
                    (if self.awaited { self.end + GRACE } else { self.end }, Step::End)
                })
            }
            Phase::Completed | Phase::Cancelled => None,
        }
    }

    fn next_before_start(&self) -> (Timestamp, Step) {
        let reminders = REMINDERS.iter().skip(usize::from(self.reminded)).map(|before| self.start - *before);
        // One that was past when the time was confirmed is not given: the confirmation says the same.
        let reminder = reminders.into_iter().find(|at| *at > self.confirmed_at);
        reminder.map_or((self.start, Step::Start), |at| (at, Step::Remind))
    }

    /// Notes at `now` the reminders that are past.
    pub(super) fn note_reminders(&mut self, now: Timestamp) {
        let past = REMINDERS.iter().filter(|before| self.start - **before <= now).count();
        self.reminded = u8::try_from(past).unwrap_or(u8::MAX);
    }

    /// Returns whether it has begun, also if its step was not taken yet.
    pub(super) fn has_begun(&self, now: Timestamp) -> bool {
        self.phase != Phase::Confirmed || self.start <= now
    }

    /// Lets its chatbots be released. They may be out although that was not noted: whoever takes them out notes it afterwards.
    pub(super) fn release(&mut self) {
        self.controlled_until.get_or_insert(self.end);
    }

    /// Ends it at `now` before its end.
    pub(super) fn cut(&mut self, now: Timestamp, why: EarlyEnd) {
        if now < self.end {
            self.end = now;
            self.early_end = Some(why);
        }
    }
}
