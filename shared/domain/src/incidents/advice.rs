//! The advice about an incident: what helped in the resolved incidents that are like it.

use serde::{Deserialize, Serialize};

use super::{
    action::Action,
    incident::{Condition, Incident, ResolvedBy, State},
    incident_id::IncidentId,
    next_action::{Advice, ByItself, CauseKind, Features, PastIncident, PastIncidents},
};
use crate::{chatbots::name::Name, health::cause::Cause};

/// The most resolved incidents that an incident is compared with, the latest ones.
pub const MAX_PAST: usize = 2000;

/// A resolved incident in an advice. Owners see the ids of own institutions only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PastId {
    /// The id.
    pub id: IncidentId,
    /// The institution that owned the chatbot.
    pub institution: Name,
}

impl Incident {
    /// Returns the features by which it is compared: those of the cause of its first outage. None if nothing is known of it.
    #[must_use]
    pub fn features(&self) -> Option<Features> {
        let cause = self.cause.as_ref()?;
        let features = Features::new(CauseKind::of(cause)?);
        Some(match cause {
            Cause::Failing(witnesses) => features.with_witnesses(witnesses),
            Cause::Enrolled | Cause::Unanswered(_) | Cause::Forced(_) => features,
        })
    }

    /// Returns it as later incidents are compared with it. None if they learn nothing from it:
    ///
    /// - it is not resolved, or is part of another incident;
    /// - it ended with its chatbot;
    /// - somebody worked on it, and nobody said what was done.
    #[must_use]
    pub fn past(&self) -> Option<PastIncident<PastId>> {
        let resolution = self.resolution.filter(|_| self.state == State::Resolved && self.parent.is_none())?;
        let is_untouched = self.first_acknowledged_at.is_none() && resolution.by == ResolvedBy::Itself;
        if resolution.by == ResolvedBy::Removal || (self.action.is_none() && !is_untouched) {
            return None;
        }
        let features = self.features()?;
        Some(PastIncident {
            id: PastId { id: self.id, institution: self.institution()?.clone() },
            cause: features.cause,
            tokens: features.tokens(),
            attempts: self.action.into_iter().collect(),
            resolved_at: resolution.at,
            lasted: resolution.at.duration_since(self.began),
        })
    }

    /// Returns whether an advice helps: its chatbot is offline, and it is not part of another incident.
    #[must_use]
    pub fn is_advised(&self) -> bool {
        self.is_active() && self.parent.is_none() && matches!(self.condition, Condition::Down(_))
    }

    /// Returns what `past` incidents, the latest first, say about it: [`MAX_PAST`] at most, without itself. None if it
    /// is not [advised](Self::is_advised), or if they say no more than the kind of its cause does.
    #[must_use]
    pub fn advice(&self, past: &[PastIncident<PastId>]) -> Option<Advice<PastId>> {
        let features = self.features().filter(|_| self.is_advised())?;
        let mut incidents = PastIncidents::default();
        for one in past.iter().filter(|one| one.id.id != self.id).take(MAX_PAST) {
            incidents.add(one.clone());
        }
        let advice = incidents.advise(features.cause, &features.tokens());
        (!advice.suggestions.is_empty() || advice.by_itself.is_some()).then_some(advice)
    }
}

/// The API representation of an advice.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdviceView {
    suggestions: Vec<SuggestionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_itself: Option<ByItself>,
}

#[derive(Clone, Debug, Serialize)]
struct SuggestionView {
    action: Action,
    helped: u32,
    tried: u32,
    overall: u32,
    like: Vec<IncidentId>,
}

impl AdviceView {
    /// Returns the representation of `advice` with the ids of the incidents of those institutions that `is_visible` accepts.
    #[must_use]
    pub fn new(advice: Advice<PastId>, is_visible: impl Fn(&Name) -> bool) -> Self {
        let suggestions = advice.suggestions.into_iter().map(|suggestion| SuggestionView {
            action: suggestion.action,
            helped: suggestion.helped,
            tried: suggestion.tried,
            overall: suggestion.overall,
            like: suggestion
                .like
                .into_iter()
                .filter(|like| is_visible(&like.institution))
                .map(|like| like.id)
                .collect(),
        });
        Self { suggestions: suggestions.collect(), by_itself: advice.by_itself }
    }
}

#[cfg(test)]
mod tests;
