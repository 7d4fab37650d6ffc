//! Requests and changes of planned outages.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    planned_outage::{OutageChange, OutageState, PlannedOutage, Reported},
    recurrence::{InvalidRecurrence, Recurrence},
    run::{ASKED_BEFORE, Phase},
    window::{Covered, EarlyEnd, MAX_LENGTH},
};
use crate::{
    chatbots::name::Name,
    json::non_null,
    notifications::{ChosenChatbots, Enrolment, Present},
    text::Reason,
};

/// The most chatbots that are chosen one by one. More than these are all of the institution.
pub const MAX_CHOSEN: usize = 100;
/// The most planned outages of an institution that are not over.
pub const MAX_OUTAGES: usize = 50;

/// A planned outage as an owner, operator or administrator requests it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedOutageRequest {
    /// The institution.
    pub institution: Name,
    /// The names of its chatbots that are out; without them all, also those that are enrolled later.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub chatbots: Option<BTreeSet<Name>>,
    /// When it takes place.
    pub rule: Recurrence,
    /// What is done.
    pub reason: Reason,
    /// True to take the chatbots out of routing meanwhile.
    #[serde(default)]
    pub take_out: bool,
}

/// A partial update: absent fields keep their values. It touches runs that have not begun; `until` the one that has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedOutageUpdate {
    /// The new rule.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub rule: Option<Recurrence>,
    /// The new reason.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The chatbots instead of the present ones.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub chatbots: Option<ChosenChatbots>,
    /// Whether chatbots are taken out of routing.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub take_out: Option<bool>,
    /// The new end of the run that is in progress.
    #[serde(default, deserialize_with = "crate::rfc3339::non_null", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl PlannedOutageUpdate {
    /// Returns whether it has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The reason why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOutage {
    /// The rule cannot be kept.
    #[error(transparent)]
    Rule(#[from] InvalidRecurrence),
    /// The first start is not in the future.
    #[error("the first start is in the future")]
    Past,
    /// The rule has no occurrence from now on.
    #[error("the rule has an occurrence from now on")]
    NoOccurrence,
    /// The new end is past, or too far away.
    #[error("the new end is in the future, and at most {} hours after the start", MAX_LENGTH.as_hours())]
    Until,
}

/// The reason why the chatbots of a request are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidChatbots {
    /// None, or more than [`MAX_CHOSEN`].
    #[error("choose 1 to {MAX_CHOSEN} chatbots, or leave them out for all of the institution")]
    Count,
    /// The institution has no such chatbot.
    #[error("the institution has no chatbot {0}")]
    Unknown(Name),
}

/// The reason why a state does not allow a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutageConflict {
    /// It is over.
    #[error("the planned outage is {}", .0.as_str())]
    Ended(OutageState),
    /// It is confirmed already.
    #[error("the planned outage is confirmed already")]
    Confirmed,
    /// It is not in progress.
    #[error("the planned outage is not in progress")]
    NotInProgress,
}

/// The reason why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutageRefusal {
    /// The change is not valid.
    #[error(transparent)]
    Invalid(#[from] InvalidOutage),
    /// The state does not allow it.
    #[error(transparent)]
    Conflict(#[from] OutageConflict),
}

impl Covered {
    /// Returns the chatbots `names` of `institution`; without names, all that it has. `present` has the present facts of the
    /// names.
    ///
    /// # Errors
    /// [`InvalidChatbots`]. A chatbot of another institution is refused like one that does not exist.
    pub fn new(
        institution: &Name,
        names: Option<&BTreeSet<Name>>,
        present: &BTreeMap<Name, Present>,
    ) -> Result<Self, InvalidChatbots> {
        let Some(names) = names else { return Ok(Self::All) };
        if !(1..=MAX_CHOSEN).contains(&names.len()) {
            return Err(InvalidChatbots::Count);
        }
        let chatbots = names.iter().map(|name| {
            let own = present.get(name).filter(|present| present.institution == *institution);
            let own = own.ok_or_else(|| InvalidChatbots::Unknown(name.clone()))?;
            Ok(Enrolment { name: name.clone(), enrolled_at: own.enrolled_at })
        });
        Ok(Self::Chosen(chatbots.collect::<Result<_, _>>()?))
    }
}

impl PlannedOutage {
    fn check_open(&self) -> Result<(), OutageConflict> {
        if self.has_ended() { Err(OutageConflict::Ended(self.state)) } else { Ok(()) }
    }

    /// Notes a change of a caller at `now`.
    fn touch(&mut self, now: Timestamp) {
        self.sequence = self.sequence.saturating_add(1);
        self.updated_at = now;
    }

    /// Confirms a requested outage at `now`.
    ///
    /// # Errors
    /// [`OutageConflict`]; [`InvalidOutage::NoOccurrence`] if its time has passed.
    pub fn confirmed(&self, now: Timestamp) -> Result<(Self, Option<Reported>), OutageRefusal> {
        self.check_open()?;
        if self.state != OutageState::Requested {
            return Err(OutageConflict::Confirmed.into());
        }
        let mut new = self.clone();
        new.rule.next_from(now).ok_or(InvalidOutage::NoOccurrence)?;
        let reported = new.confirm_runs(now);
        new.touch(now);
        Ok((new, reported))
    }

    /// Changes it by `update` at `now`; `chatbots` are those that it takes out instead, if they change. A new rule and new
    /// chatbots are confirmed anew: by staff, or because they are a day ahead.
    ///
    /// # Errors
    /// [`OutageRefusal`].
    pub fn updated(
        &self,
        update: &PlannedOutageUpdate,
        chatbots: Option<Covered>,
        staff: bool,
        now: Timestamp,
    ) -> Result<(Self, Option<Reported>), OutageRefusal> {
        self.check_open()?;
        let mut new = self.clone();
        let mut reported = None;
        if let Some(until) = update.until {
            reported = new.move_end(until, now)?;
        }
        new.reason = update.reason.clone().unwrap_or(new.reason);
        new.take_out = update.take_out.unwrap_or(new.take_out);
        let chatbots = chatbots.filter(|chatbots| *chatbots != new.chatbots);
        let rule = update.rule.clone().filter(|rule| *rule != new.rule);
        if chatbots.is_some() || rule.is_some() {
            reported = new.replan(rule, chatbots, staff, now)?.or(reported);
        }
        if new == *self {
            return Ok((new, None));
        }
        new.touch(now);
        Ok((new, reported))
    }

    /// Replaces the rule and the chatbots of the runs that have not begun.
    fn replan(
        &mut self,
        rule: Option<Recurrence>,
        chatbots: Option<Covered>,
        staff: bool,
        now: Timestamp,
    ) -> Result<Option<Reported>, InvalidOutage> {
        if let Some(rule) = rule {
            rule.check()?;
            self.rule = rule;
        }
        if let Some(chatbots) = chatbots {
            let old = std::mem::replace(&mut self.chatbots, chatbots);
            for run in self.runs.iter_mut().filter(|run| run.phase != Phase::Confirmed) {
                run.chatbots.get_or_insert_with(|| old.clone());
            }
            self.runs.retain(|run| run.phase != Phase::Confirmed);
        }
        let next = self.rule.next_from(now).ok_or(InvalidOutage::NoOccurrence)?;
        // A request that nobody has confirmed stays one, unless it is a day ahead now.
        Ok(self.confirm_if(staff && self.state != OutageState::Requested, next, now))
    }

    /// Moves the end of the run that is in progress to `until`.
    fn move_end(&mut self, until: Timestamp, now: Timestamp) -> Result<Option<Reported>, OutageRefusal> {
        let run = self.runs.iter_mut().rev().find(|run| run.is_running(now)).ok_or(OutageConflict::NotInProgress)?;
        if until <= now || until.duration_since(run.start) > MAX_LENGTH {
            return Err(InvalidOutage::Until.into());
        }
        if until == run.end {
            return Ok(None);
        }
        run.end = until;
        run.early_end = (until < run.planned_end).then_some(EarlyEnd::Shortened);
        run.asked = until - ASKED_BEFORE <= now;
        Ok(Some(Reported::new(OutageChange::Confirmed, run)))
    }

    /// Completes the run that is in progress at `now`, before its end.
    ///
    /// # Errors
    /// [`OutageConflict`].
    pub fn completed(&self, now: Timestamp) -> Result<(Self, Option<Reported>), OutageRefusal> {
        self.check_open()?;
        let mut new = self.clone();
        let run = new.runs.iter_mut().rev().find(|run| run.phase == Phase::InProgress);
        let run = run.ok_or(OutageConflict::NotInProgress)?;
        run.cut(now, EarlyEnd::Completed);
        run.phase = Phase::Completed;
        let reported = Reported::new(OutageChange::Completed, run);
        new.settle(now);
        new.touch(now);
        Ok((new, Some(reported)))
    }

    /// Cancels it at `now`, with all runs that are not over. It is reported if something of it was.
    ///
    /// # Errors
    /// [`OutageConflict::Ended`] if it is completed.
    pub fn cancelled(&self, now: Timestamp) -> Result<(Self, Option<Reported>), OutageRefusal> {
        if self.state == OutageState::Cancelled {
            return Ok((self.clone(), None));
        }
        self.check_open()?;
        let mut new = self.clone();
        let reported = self.reported(OutageChange::Cancelled, now).filter(|_| self.confirmed_at.is_some());
        new.cancel_runs(now);
        new.state = OutageState::Cancelled;
        new.touch(now);
        Ok((new, reported))
    }
}
