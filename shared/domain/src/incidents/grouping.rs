//! The decision which incidents become members of which network incident.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    common_cause::{AtRisk, CommonCause, MIN_MEMBERS, Opening, WINDOW, common_causes},
    incident::Incident,
    incident_id::IncidentId,
};
use crate::{chatbots::chatbot_type::ChatbotType, health::cause::Cause, notifications::Enrolment};

/// Incidents that become members of one network incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// The network incident that is active already; none if `cause` opens one.
    pub parent: Option<IncidentId>,
    /// The common cause; none if they only share the property of `parent`.
    pub cause: Option<CommonCause>,
    /// The new members, with their chatbots.
    pub members: BTreeMap<IncidentId, Enrolment>,
}

/// Returns the new members of network incidents at `now`. `active` has the active network incidents, `incidents` those of
/// chatbots that were opened in the last [`WINDOW`], `population` and `caps` are as in [`common_causes`].
///
/// A cause whose property an active network incident has makes that one grow. Any other opens one, if at least
/// [`MIN_MEMBERS`] of its incidents may join. Then each active network incident takes the remaining incidents that share its
/// property, however few.
#[must_use]
pub fn groupings(
    active: &[Incident],
    incidents: &[Incident],
    population: &[AtRisk],
    caps: &BTreeMap<ChatbotType, u32>,
    now: Timestamp,
) -> Vec<Grouping> {
    let openings: Vec<_> = incidents.iter().filter_map(Incident::opening).collect();
    let joining = incidents.iter().filter(|incident| incident.may_join());
    let mut joining: Joining<'_> =
        joining.filter_map(|incident| Some((incident.opening()?, incident))).map(|(of, is)| (of.chatbot, is)).collect();
    let mut groupings = Vec::new();
    for cause in common_causes(&openings, population, caps, now) {
        let of = cause.members.iter().filter_map(|chatbot| joining.get(chatbot));
        let members = members(of);
        let parent = active.iter().find(|parent| parent.has_property_of(&cause)).map(|parent| parent.id);
        if members.len() >= if parent.is_some() { 1 } else { MIN_MEMBERS } {
            joining.retain(|_, incident| !members.contains_key(&incident.id));
            groupings.push(Grouping { parent, cause: Some(cause), members });
        }
    }
    let openings: BTreeMap<_, _> = openings.iter().map(|opening| (&opening.chatbot, opening)).collect();
    let facts: BTreeMap<_, _> = population.iter().map(|facts| (&facts.chatbot, facts)).collect();
    for parent in active {
        let Some(cause) = parent.network_cause() else { continue };
        let shares = |chatbot: &Enrolment| match (facts.get(chatbot), openings.get(chatbot)) {
            (Some(facts), Some(opening)) => cause.shared.explains(facts, opening, caps),
            _ => false,
        };
        let members = members(joining.iter().filter(|(chatbot, _)| shares(chatbot)).map(|(_, incident)| incident));
        joining.retain(|_, incident| !members.contains_key(&incident.id));
        if !members.is_empty() {
            groupings.push(Grouping { parent: Some(parent.id), cause: None, members });
        }
    }
    groupings
}

/// Incidents that may become members, by chatbot.
type Joining<'a> = BTreeMap<Enrolment, &'a Incident>;

fn members<'a>(incidents: impl Iterator<Item = &'a &'a Incident>) -> BTreeMap<IncidentId, Enrolment> {
    incidents.filter_map(|incident| Some((incident.id, incident.chatbot()?.clone()))).collect()
}

impl Incident {
    /// Returns its opening; none if it was not opened, or is a network incident.
    #[must_use]
    pub fn opening(&self) -> Option<Opening> {
        let witnesses = match &self.cause {
            Some(Cause::Failing(witnesses)) => witnesses.iter().map(|witness| witness.observer.clone()).collect(),
            _ => BTreeSet::new(),
        };
        Some(Opening { chatbot: self.chatbot()?.clone(), at: self.opened_at?, witnesses })
    }

    /// Returns whether it was opened less than [`WINDOW`] before `now` and is part of nothing: it may have a cause in common
    /// with others that is not known yet.
    #[must_use]
    pub fn may_have_common_cause(&self, now: Timestamp) -> bool {
        self.may_join() && self.opened_at.is_some_and(|at| now.duration_since(at) < WINDOW)
    }

    /// Returns whether the network incident is that of `cause`.
    fn has_property_of(&self, cause: &CommonCause) -> bool {
        self.network_cause().is_some_and(|own| own.shared == cause.shared || cause.also.contains(&own.shared))
    }
}
