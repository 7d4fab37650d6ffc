//! Network incidents: several incidents that have a common cause, as one.
//!
//! A network incident is opened with its first members and resolves when the last of them is over. Members keep their own
//! life. They have a copy of the cause, so that their owners see it without seeing the other members.

use jiff::Timestamp;

use super::{
    common_cause::CommonCause,
    entry::{Author, EntryContent},
    incident::{Condition, Incident, IncidentKind, ResolvedBy, State, Subject},
    incident_id::IncidentId,
    life::Step,
    network_cause::NetworkCause,
};

impl Incident {
    /// Returns the network incident that `cause` opens at `now`, without members yet. `members` will be its first ones, and
    /// `previous` is the network incident of the same property before. None without members.
    #[must_use]
    pub fn declare(
        cause: &CommonCause,
        members: &[Self],
        previous: Option<IncidentId>,
        now: Timestamp,
    ) -> Option<Step> {
        let began = members.iter().map(|member| member.began).min()?;
        let first_failed = members.iter().map(|member| member.first_failed).min()?;
        let before = previous.map(|id| id.to_string()).unwrap_or_default();
        let id = IncidentId::new(began, &format!("{}#{before}", cause.shared));
        let subject = Subject::Network { network: NetworkCause::new(cause) };
        let incident = Self {
            state: State::Open,
            first_failed,
            opened_at: Some(now),
            previous,
            as_of: now,
            ..Self::new(id, subject, began)
        };
        let mut step = Step::of(incident);
        step.enter(State::Open, now, "declared", Author::System);
        Some(step)
    }

    /// Returns whether it becomes part of a network incident by itself: it is an open outage of a chatbot, part of nothing,
    /// and nobody made it an incident of its own.
    #[must_use]
    pub fn may_join(&self) -> bool {
        let is_open = matches!(self.state, State::Open | State::Acknowledged);
        let is_alone = self.parent.is_none() && self.members.is_empty();
        is_open && is_alone && !self.is_separate && self.kind() == IncidentKind::Chatbot
    }

    /// Returns the network incident with those of `members` that may join it as its members, and these. `cause` has newer
    /// numbers.
    #[must_use]
    pub fn joined_by(&self, members: &[Self], cause: Option<&CommonCause>, now: Timestamp) -> (Step, Vec<Step>) {
        let mut parent = Step::of(self.clone());
        let Subject::Network { network } = &mut parent.incident.subject else { return (parent, Vec::new()) };
        let joining: Vec<_> = members.iter().filter(|member| member.may_join() && self.is_active()).collect();
        if let Some(cause) = cause {
            network.update(cause);
        }
        network.add_members(u32::try_from(joining.len()).unwrap_or(u32::MAX));
        let (copy, total) = (network.clone(), network.members);
        if !joining.is_empty() {
            parent.incident.as_of = now;
            parent.add(now, format!("members:{total}"), Author::System, EntryContent::Grown { members: total });
        }
        let join = |member: &Self| {
            let mut step = Step::of(member.clone());
            step.incident.parent = Some(self.id);
            step.incident.common_cause = Some(copy.clone());
            step.add(now, format!("network:{}", self.id), Author::System, EntryContent::Merged { into: self.id });
            step
        };
        (parent, joining.into_iter().map(join).collect())
    }

    /// Returns it as an incident of its own, because the network incident that it was part of is over at `now`. It may
    /// become part of another one by itself unless `is_separate`.
    #[must_use]
    pub fn released(&self, is_separate: bool, now: Timestamp) -> Step {
        let mut step = Step::of(self.clone());
        if let Some(parent) = step.incident.parent.take() {
            step.incident.common_cause = None;
            step.incident.is_separate |= is_separate;
            step.add(now, format!("released:{parent}"), Author::System, EntryContent::Split { from: parent });
        }
        step
    }

    /// Returns the network incident after its last member is over. `end` is the end of the last outage.
    #[must_use]
    pub fn settled(&self, end: Timestamp, now: Timestamp) -> Step {
        let mut step = self.at(now);
        if step.incident.is_active() {
            step.incident.condition = Condition::Up(end);
            step.incident.as_of = now;
            step.resolve(end, now, ResolvedBy::Itself);
        }
        step
    }

    /// Returns a network incident as it is at `now`: what follows from the time alone.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Step {
        let mut step = Step::of(self.clone());
        step.tick(now);
        step
    }
}

#[cfg(test)]
mod tests;
