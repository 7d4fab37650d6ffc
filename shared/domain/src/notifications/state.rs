//! The state of a subscription.
//!
//! ```text
//!            ┌──────── pause ────────┐
//! pending ──confirm──▶ active ──▶ paused
//!    │                 │   ▲ ◀─resume─┘
//!    │               fail recover
//!    │                 ▼   │
//!    │                 failing
//!    └──time, end──▶ ended ◀── end (from every state) ──renew──▶ pending
//! ```

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The time for which a subscription waits for its confirmation. SNS accepts the token for two days.
pub const CONFIRMATION_PERIOD: SignedDuration = SignedDuration::from_hours(48);

/// The time for which a subscription is kept after its end: that of the audit trail.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The state of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum State {
    /// The recipient has not confirmed it yet.
    Pending {
        /// Since when.
        since: Timestamp,
    },
    /// Messages are delivered.
    Active {
        /// Since when.
        since: Timestamp,
    },
    /// Messages wait, because the owner said so.
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// Messages wait, because the address does not take them.
    Failing {
        /// Since when.
        since: Timestamp,
        /// The answer of the recipient's system.
        error: String,
    },
    /// Nothing is delivered any more.
    Ended {
        /// Since when.
        since: Timestamp,
        /// By whom.
        by: EndedBy,
    },
}

/// The one who ended a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndedBy {
    /// The owner, or an administrator.
    Owner,
    /// The recipient. Nobody else subscribes the address again.
    Recipient,
    /// Nobody confirmed it in time.
    Unconfirmed,
    /// No chatbot that it covered belongs to the institution any more.
    Removed,
}

/// A request that the state of a subscription does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTransition {
    /// It is not confirmed.
    #[error("the recipient has not confirmed the subscription")]
    Pending,
    /// It fails.
    #[error("messages to the address fail: resume the subscription once they can be delivered")]
    Failing,
    /// It has not ended.
    #[error("the subscription has not ended")]
    NotEnded,
    /// It has ended.
    #[error("the subscription has ended")]
    Ended,
    /// The recipient ended it.
    #[error("the recipient ended the subscription, and only the recipient can start it again")]
    EndedByRecipient,
}

impl State {
    /// Returns when a subscription in this state need not be kept any more. None while it may be used, and after its recipient
    /// ended it: it is what keeps others from subscribing the address again.
    #[must_use]
    pub fn kept_until(&self) -> Option<Timestamp> {
        match self {
            Self::Pending { since } => Some(*since + CONFIRMATION_PERIOD + RETENTION),
            Self::Ended { by: EndedBy::Recipient, .. }
            | Self::Active { .. }
            | Self::Paused { .. }
            | Self::Failing { .. } => None,
            Self::Ended { since, .. } => Some(*since + RETENTION),
        }
    }

    /// Returns the state after the recipient confirmed at `now`. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`InvalidTransition::Ended`].
    pub fn confirmed(&self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending { .. } | Self::Failing { .. } => Ok(Self::Active { since: now }),
            Self::Active { .. } | Self::Paused { .. } => Ok(self.clone()),
            Self::Ended { .. } => Err(InvalidTransition::Ended),
        }
    }

    /// Returns the state after the owner paused it at `now`. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`InvalidTransition::Pending`]; [`InvalidTransition::Failing`]; [`InvalidTransition::Ended`].
    pub fn paused(&self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Active { .. } => Ok(Self::Paused { since: now }),
            Self::Paused { .. } => Ok(self.clone()),
            Self::Pending { .. } => Err(InvalidTransition::Pending),
            Self::Failing { .. } => Err(InvalidTransition::Failing),
            Self::Ended { .. } => Err(InvalidTransition::Ended),
        }
    }

    /// Returns the state after the owner resumed it at `now`, paused or failing. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`InvalidTransition::Pending`]; [`InvalidTransition::Ended`].
    pub fn resumed(&self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Paused { .. } | Self::Failing { .. } => Ok(Self::Active { since: now }),
            Self::Active { .. } => Ok(self.clone()),
            Self::Pending { .. } => Err(InvalidTransition::Pending),
            Self::Ended { .. } => Err(InvalidTransition::Ended),
        }
    }

    /// Returns the state after a message could not be delivered for `error` at `now`. A failing one keeps its time, and
    /// a pending one waits for its confirmation all the same.
    ///
    /// # Errors
    /// [`InvalidTransition::Ended`].
    pub fn failed(&self, error: String, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Active { .. } | Self::Paused { .. } => Ok(Self::Failing { since: now, error }),
            Self::Failing { since, .. } => Ok(Self::Failing { since: *since, error }),
            Self::Pending { .. } => Ok(self.clone()),
            Self::Ended { .. } => Err(InvalidTransition::Ended),
        }
    }

    /// Returns the state after `by` ended it at `now`. One that has ended stays as it is.
    #[must_use]
    pub fn ended(&self, by: EndedBy, now: Timestamp) -> Self {
        if matches!(self, Self::Ended { .. }) { self.clone() } else { Self::Ended { since: now, by } }
    }

    /// Returns the state at `now`: one that nobody confirmed within [`CONFIRMATION_PERIOD`] has ended.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        match self {
            Self::Pending { since } if now >= *since + CONFIRMATION_PERIOD => {
                Self::Ended { since: *since + CONFIRMATION_PERIOD, by: EndedBy::Unconfirmed }
            }
            _ => self.clone(),
        }
    }

    /// Returns the state after somebody subscribed the address again at `now`.
    ///
    /// # Errors
    /// [`InvalidTransition::EndedByRecipient`]; [`InvalidTransition::NotEnded`].
    pub fn renewed(&self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Ended { by: EndedBy::Recipient, .. } => Err(InvalidTransition::EndedByRecipient),
            Self::Ended { .. } => Ok(Self::Pending { since: now }),
            _ => Err(InvalidTransition::NotEnded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).expect("a time")
    }

    #[test]
    fn every_state_allows_its_transitions_only() {
        use InvalidTransition::{Ended, EndedByRecipient, Failing, NotEnded, Pending};
        let (then, now) = (hour(1), hour(2));
        let [pending, active] = [State::Pending { since: then }, State::Active { since: then }];
        let [paused, ended] = [State::Paused { since: then }, State::Ended { since: then, by: EndedBy::Owner }];
        let failing = State::Failing { since: then, error: "403".to_owned() };
        let (act, pau) = (State::Active { since: now }, State::Paused { since: now });
        let failed = State::Failing { since: now, error: "500".to_owned() };
        let still = State::Failing { since: then, error: "500".to_owned() };
        let again = State::Pending { since: now };
        let same = |state: &State| Ok(state.clone());
        for (state, confirmed, paused, resumed, failed, renewed) in [
            (&pending, Ok(act.clone()), Err(Pending), Err(Pending), same(&pending), Err(NotEnded)),
            (&active, same(&active), Ok(pau), same(&active), Ok(failed.clone()), Err(NotEnded)),
            (&paused, same(&paused), same(&paused), Ok(act.clone()), Ok(failed), Err(NotEnded)),
            (&failing, Ok(act.clone()), Err(Failing), Ok(act), Ok(still), Err(NotEnded)),
            (&ended, Err(Ended), Err(Ended), Err(Ended), Err(Ended), Ok(again)),
        ] {
            assert_eq!(state.confirmed(now), confirmed, "confirm {state:?}");
            assert_eq!(state.paused(now), paused, "pause {state:?}");
            assert_eq!(state.resumed(now), resumed, "resume {state:?}");
            assert_eq!(state.failed("500".to_owned(), now), failed, "fail {state:?}");
            assert_eq!(state.renewed(now), renewed, "renew {state:?}");
            let first = state.ended(EndedBy::Recipient, now);
            assert!(matches!(first, State::Ended { .. }));
            assert_eq!(first.ended(EndedBy::Removed, hour(3)), first, "the first end stays");
        }
        assert_eq!(active.ended(EndedBy::Recipient, now).renewed(now), Err(EndedByRecipient));
    }

    #[test]
    fn unconfirmed_subscription_ends_after_two_days() {
        let pending = State::Pending { since: hour(0) };
        assert_eq!(pending.at(hour(47)), pending);
        let ended = State::Ended { since: hour(48), by: EndedBy::Unconfirmed };
        assert_eq!(pending.at(hour(49)), ended);
        assert_eq!(ended.renewed(hour(50)), Ok(State::Pending { since: hour(50) }));
        let active = State::Active { since: hour(0) };
        assert_eq!(active.at(hour(1000)), active);
    }

    #[test]
    fn state_is_stored_with_its_data() {
        let ended = State::Ended { since: hour(0), by: EndedBy::Recipient };
        let json = serde_json::to_value(&ended).expect("json");
        let expected = serde_json::json!({"name": "ended", "since": "1970-01-01T00:00:00Z", "by": "recipient"});
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<State>(json).expect("as written"), ended);
    }
}
