//! The API representation of planned outages.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    outage_id::OutageId,
    planned_outage::{HORIZON, MAX_RUNS, OutageState, PlannedOutage},
    recurrence::Recurrence,
    run::{Phase, Run},
    window::Covered,
};
use crate::{chatbots::name::Name, text::Reason};

/// A planned outage with its occurrences of the next 60 days and of the last day.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedOutageView<'a> {
    id: OutageId,
    institution: &'a Name,
    /// Absent if all chatbots of the institution are out.
    #[serde(skip_serializing_if = "Option::is_none")]
    chatbots: Option<Vec<&'a Name>>,
    rule: &'a Recurrence,
    reason: &'a Reason,
    take_out: bool,
    state: OutageState,
    requested_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<Timestamp>,
    updated_at: Timestamp,
    occurrences: Vec<OccurrenceView>,
}

/// An occurrence.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OccurrenceView {
    start: Timestamp,
    end: Timestamp,
    planned_end: Timestamp,
    state: OutageState,
    /// True if chatbots were still out at the end.
    overrun: bool,
    /// True if availability excludes it.
    excluded: bool,
}

impl PlannedOutage {
    /// Returns the representation at `now`.
    #[must_use]
    pub fn view(&self, now: Timestamp) -> PlannedOutageView<'_> {
        let chatbots = match &self.chatbots {
            Covered::All => None,
            Covered::Chosen(chosen) => Some(chosen.iter().map(|chatbot| &chatbot.name).collect()),
        };
        let runs = self.runs.iter().map(|run| self.occurrence(run, now));
        PlannedOutageView {
            id: self.id,
            institution: &self.institution,
            chatbots,
            rule: &self.rule,
            reason: &self.reason,
            take_out: self.take_out,
            state: self.state(now),
            requested_at: self.requested_at,
            confirmed_at: self.confirmed_at,
            updated_at: self.updated_at,
            occurrences: runs.chain(self.requested(now)).collect(),
        }
    }

    fn occurrence(&self, run: &Run, now: Timestamp) -> OccurrenceView {
        let state = match run.phase {
            Phase::Confirmed if run.start <= now => OutageState::InProgress,
            Phase::Confirmed => OutageState::Confirmed,
            Phase::InProgress => OutageState::InProgress,
            Phase::Completed => OutageState::Completed,
            Phase::Cancelled => OutageState::Cancelled,
        };
        OccurrenceView {
            start: run.start,
            end: run.end,
            planned_end: run.planned_end,
            state,
            overrun: run.overrun,
            excluded: run.window(self.id, &self.chatbots).is_some_and(|window| window.excluded().is_some()),
        }
    }

    /// Returns the occurrences of the next 60 days that nobody has confirmed.
    fn requested(&self, now: Timestamp) -> impl Iterator<Item = OccurrenceView> {
        let is_requested = self.state == OutageState::Requested;
        let occurrences = if is_requested { self.rule.occurrences(now, now + HORIZON) } else { vec![] };
        occurrences.into_iter().take(MAX_RUNS).map(|occurrence| OccurrenceView {
            start: occurrence.start,
            end: occurrence.end,
            planned_end: occurrence.end,
            state: OutageState::Requested,
            overrun: false,
            excluded: false,
        })
    }
}
