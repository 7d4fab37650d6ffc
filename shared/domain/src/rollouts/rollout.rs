//! A rollout: what it carries out, and to whom.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    placement::Placement,
    plan::Plan,
    record::{Circumstances, Durations, OFFER_MINUTES},
};
use crate::{chatbots::Name, digest::Digest, notifications::Enrolment, releases::ReleaseVersion, time_id::TimeId};

/// The id of a rollout: a UUID of version 7. Ids sort by the time of the request, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RolloutId(TimeId);

/// A text that is not a [`RolloutId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a rollout: it is a UUID in lower case")]
pub struct InvalidRolloutId;

impl RolloutId {
    /// Returns the id of a rollout that is requested at `now`, with ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: &[u8; 10]) -> Self {
        Self(TimeId::new(now, random))
    }
}

impl FromStr for RolloutId {
    type Err = InvalidRolloutId;

    fn from_str(text: &str) -> Result<Self, InvalidRolloutId> {
        TimeId::parse(text).map(Self).ok_or(InvalidRolloutId)
    }
}

impl fmt::Display for RolloutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A rollout of a release. It does not change: its state and sums are its [head](super::HeadRecord).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// The id. It is the salt of the placement of chatbots, too.
    pub id: RolloutId,
    /// The component.
    pub component: Name,
    /// The version of the release.
    pub version: ReleaseVersion,
    /// The plan.
    pub plan: Plan,
    /// The longest times of an update.
    pub durations: Durations,
    /// The digest of the plan and of the release, which approvals name.
    pub digest: Digest,
    /// The time of the request.
    pub created_at: Timestamp,
}

impl Rollout {
    /// Returns the place of `enrolment` in the phases of shares.
    #[must_use]
    pub fn placement(&self, enrolment: &Enrolment) -> Placement {
        Placement::new(&self.id.to_string(), enrolment)
    }

    /// Returns what the time and the plan add to a step at `now` of an update of a chatbot whose circuit is open, or not.
    #[must_use]
    pub fn circumstances(&self, now: Timestamp, circuit_is_open: bool) -> Circumstances {
        let hours = self.plan.hours(now, SignedDuration::from_mins(OFFER_MINUTES));
        Circumstances { now, allowed: self.plan.allowed, durations: self.durations, hours, circuit_is_open }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_have_one_spelling() {
        let id = |second: i64| {
            let at = Timestamp::from_second(1_790_000_000 + second).expect("a time");
            RolloutId::new(at, &[7; 10])
        };
        let text = id(0).to_string();
        assert!(id(0) < id(1) && text < id(1).to_string(), "as keys too");
        assert_eq!(text.parse(), Ok(id(0)));
        assert_eq!(text.to_uppercase().parse::<RolloutId>(), Err(InvalidRolloutId));
    }
}
