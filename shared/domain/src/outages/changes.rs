//! Changes of planned outages by people.

use jiff::Timestamp;

use super::{
    planned_outage::{OutageChange, OutageState, PlannedOutage, Reported},
    recurrence::Recurrence,
    request::{InvalidOutage, PlannedOutageUpdate},
    run::{ASKED_BEFORE, Phase, Run},
    window::{Covered, EarlyEnd, MAX_LENGTH},
};

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
        if self.take_out && !new.take_out {
            new.runs.iter_mut().filter(|run| run.has_begun(now) && !run.is_over()).for_each(Run::release);
        }
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
            for run in self.runs.iter_mut().filter(|run| run.has_begun(now)) {
                run.chatbots.get_or_insert_with(|| old.clone());
            }
            self.runs.retain(|run| run.has_begun(now));
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
        let run = new.runs.iter_mut().rev().find(|run| run.has_begun(now) && !run.is_over());
        let run = run.ok_or(OutageConflict::NotInProgress)?;
        run.cut(now, EarlyEnd::Completed);
        if self.take_out {
            run.release();
        }
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
