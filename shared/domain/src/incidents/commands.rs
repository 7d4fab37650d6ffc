//! Commands of people on incidents.

use jiff::{SignedDuration, Timestamp};

use super::{
    action::Attempt,
    entry::{Author, EntryContent},
    incident::{Acknowledgement, Condition, Incident, IncidentKind, Resolution, ResolvedBy, State, Subject},
    incident_id::IncidentId,
    life::Step,
};

/// The most characters of a note.
pub const MAX_NOTE_LENGTH: usize = 4000;
/// The most hours for which an incident is acknowledged.
pub const MAX_ACKNOWLEDGED_HOURS: u8 = 72;

/// A change that a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Somebody looks at it, for a time.
    Acknowledge(SignedDuration),
    /// It is given to a person, or to nobody.
    Assign(Option<String>),
    /// A note, masked.
    Note(String),
    /// It is over, and this was done about it.
    Resolve(Option<Attempt>),
    /// It is not over.
    Reopen,
    /// It is none.
    Dismiss,
}

/// The reason why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The chatbot still fails.
    #[error("the chatbot is offline: an incident is resolved when it is back")]
    StillDown,
    /// Nothing is to be resolved.
    #[error("the incident is not open")]
    NotOpen,
    /// It is not over.
    #[error("the incident is not resolved, transient or dismissed")]
    NotOver,
    /// The chatbot has another incident.
    #[error("the chatbot has a later incident")]
    Later,
    /// It is part of another incident, or has parts.
    #[error("an incident is part of one other at most, and has no parts then")]
    Nested,
    /// It is a network incident.
    #[error("a network incident is not opened again: the next common cause opens another one")]
    Network,
    /// It is not part of another incident.
    #[error("the incident is not part of another one")]
    NotMerged,
}

impl Incident {
    /// Returns the incident after `command` of `by` at `now`. `id` is unique to the request.
    ///
    /// # Errors
    /// [`Refusal`] if its state does not allow the command.
    pub fn command(&self, command: &Command, by: &Author, id: &str, now: Timestamp) -> Result<Step, Refusal> {
        let mut step = Step::of(self.clone());
        let mut add = |content| step.add(now, id.to_owned(), by.clone(), content);
        match command {
            Command::Acknowledge(_) if !self.is_active() => add(EntryContent::LateAcknowledgement),
            Command::Acknowledge(length) => step.acknowledge(*length, by, id, now),
            Command::Assign(assignee) if *assignee == self.assignee => {}
            Command::Assign(assignee) => {
                add(EntryContent::Assigned { assignee: assignee.clone() });
                step.incident.assignee.clone_from(assignee);
            }
            Command::Note(text) => add(EntryContent::Note { text: text.clone() }),
            Command::Resolve(action) => {
                if let Some(action) = action {
                    add(EntryContent::Action(*action));
                    step.incident.action = Some(*action);
                }
                step.resolve_by(by, id, now)?;
            }
            Command::Reopen if self.is_active() => return Err(Refusal::NotOver),
            Command::Reopen if self.kind() == IncidentKind::Network => return Err(Refusal::Network),
            Command::Reopen if matches!(self.condition, Condition::Removed(_)) => return Err(Refusal::NotOpen),
            Command::Reopen => step.reopen_by(now, id, by.clone()),
            Command::Dismiss if !self.is_active() => return Err(Refusal::NotOpen),
            Command::Dismiss => {
                step.incident.acknowledgement = None;
                step.enter(State::Dismissed, now, id, by.clone());
            }
        }
        Ok(step)
    }

    /// Checks that the chatbot has no incident after this one, whose id is `latest`.
    ///
    /// # Errors
    /// [`Refusal::Later`] if it has.
    pub fn check_latest(&self, latest: IncidentId) -> Result<(), Refusal> {
        if self.id == latest { Ok(()) } else { Err(Refusal::Later) }
    }

    /// Returns `self` as a part of `parent`, and `parent` with it.
    ///
    /// # Errors
    /// [`Refusal::Nested`] if either is part of another incident, if it has parts, or if both are one;
    /// [`Refusal::NotOpen`] if `parent` is a network incident that is over.
    pub fn merged(&self, parent: &Self, by: &Author, id: &str, now: Timestamp) -> Result<(Step, Step), Refusal> {
        let has_parts = !self.members.is_empty() || self.kind() == IncidentKind::Network;
        if self.parent.is_some() || parent.parent.is_some() || has_parts || self.id == parent.id {
            return Err(Refusal::Nested);
        }
        let (mut member, mut parent) = (Step::of(self.clone()), Step::of(parent.clone()));
        member.incident.parent = Some(parent.incident.id);
        if parent.incident.kind() == IncidentKind::Network && !parent.incident.is_active() {
            return Err(Refusal::NotOpen);
        }
        match &mut parent.incident.subject {
            Subject::Network { network } => {
                network.add_members(1);
                member.incident.common_cause = Some(network.clone());
            }
            Subject::Chatbot { .. } => {
                parent.incident.members.insert(self.id);
            }
        }
        member.add(now, id.to_owned(), by.clone(), EntryContent::Merged { into: parent.incident.id });
        Ok((member, parent))
    }

    /// Returns `self` as an incident of its own, and `parent` without it.
    ///
    /// # Errors
    /// [`Refusal::NotMerged`] if it is not part of `parent`.
    pub fn split(&self, parent: &Self, by: &Author, id: &str, now: Timestamp) -> Result<(Step, Step), Refusal> {
        if self.parent != Some(parent.id) {
            return Err(Refusal::NotMerged);
        }
        let (mut member, mut parent) = (Step::of(self.clone()), Step::of(parent.clone()));
        member.incident.parent = None;
        (member.incident.common_cause, member.incident.is_separate) = (None, true);
        match &mut parent.incident.subject {
            Subject::Network { network } => network.members = network.members.saturating_sub(1),
            Subject::Chatbot { .. } => {
                parent.incident.members.remove(&self.id);
            }
        }
        member.add(now, id.to_owned(), by.clone(), EntryContent::Split { from: parent.incident.id });
        Ok((member, parent))
    }
}

impl Step {
    /// Returns this step and `command` of `by` after it, as [`Incident::command`].
    ///
    /// # Errors
    /// [`Refusal`] if the state does not allow the command.
    pub fn then(self, command: &Command, by: &Author, id: &str, now: Timestamp) -> Result<Self, Refusal> {
        let mut step = self.incident.command(command, by, id, now)?;
        step.entries.splice(0..0, self.entries);
        step.lapsed = self.lapsed;
        step.remind(now);
        Ok(step)
    }

    fn acknowledge(&mut self, length: SignedDuration, by: &Author, id: &str, now: Timestamp) {
        let subject = match by {
            Author::System => String::new(),
            Author::Staff(subject) | Author::Owner(subject) => subject.clone(),
        };
        self.incident.opened_at.get_or_insert(now);
        self.incident.first_acknowledged_at.get_or_insert(now);
        self.incident.acknowledgement = Some(Acknowledgement { by: subject, at: now, until: now + length });
        self.enter(State::Acknowledged, now, id, by.clone());
    }

    /// Resolves it. One that is over already stays as it is: what was done about it may be said later.
    fn resolve_by(&mut self, by: &Author, id: &str, now: Timestamp) -> Result<(), Refusal> {
        match self.incident.state {
            State::Resolved => Ok(()),
            State::Transient | State::Dismissed => Err(Refusal::NotOpen),
            State::Suspected | State::Open | State::Acknowledged => {
                if self.incident.kind() == IncidentKind::Network {
                    // Its members that are still out become incidents of their own.
                    self.incident.condition = Condition::Up(now);
                }
                let end = self.incident.up_since().ok_or(Refusal::StillDown)?;
                self.incident.resolution = Some(Resolution { at: end, by: ResolvedBy::Person });
                self.incident.acknowledgement = None;
                self.enter(State::Resolved, now, &format!("{id}:resolve"), by.clone());
                Ok(())
            }
        }
    }
}
