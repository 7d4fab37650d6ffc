//! Requests and changes of planned outages.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    recurrence::{InvalidRecurrence, Recurrence},
    window::{Covered, MAX_LENGTH},
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
    /// The reason: the work that is done.
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
    /// True if chatbots are taken out of routing.
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
