//! The schedule of messages: when the pending notifications of a subscription are delivered.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::notifications::{
    channel::Channel, importance::Importance, pending::PendingNotification, state::State, subscription::Subscription,
};

/// The wait of the first notification for others (Prometheus Alertmanager: `group_wait`, 30 s by default).
pub const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The least time between two messages if something critical is new.
pub const CRITICAL_GAP: SignedDuration = SignedDuration::from_mins(1);
/// The least time between two messages otherwise (Prometheus Alertmanager: `group_interval`, 5 min by default).
pub const GAP: SignedDuration = SignedDuration::from_mins(5);

/// The outages within [`STORM_SPAN`] that make a storm.
pub const STORM_OUTAGES: usize = 20;
/// The span in which outages are counted.
pub const STORM_SPAN: SignedDuration = SignedDuration::from_mins(1);
/// A storm is over after this time without a new outage.
pub const STORM_CALM: SignedDuration = SignedDuration::from_secs(30);
/// The longest time for which a storm holds messages.
pub const MAX_STORM_HOLD: SignedDuration = SignedDuration::from_mins(2);

/// A limit of messages to one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// The most messages.
    pub messages: usize,
    /// Within this time.
    pub span: SignedDuration,
}

/// The ceilings of e-mail (`GoAlert`, `engine/message/ratelimit.go`). SNS suspends an address at 10 a second.
pub const MAIL_CEILINGS: &[Ceiling] = &[Ceiling { messages: 1, span: SignedDuration::from_mins(1) }];
/// The ceilings of text messages (`GoAlert`, `engine/message/ratelimit.go`).
pub const SMS_CEILINGS: &[Ceiling] = &[
    Ceiling { messages: 5, span: SignedDuration::from_mins(15) },
    Ceiling { messages: 11, span: SignedDuration::from_hours(1) },
];
/// The longest time that a ceiling looks back.
pub const HISTORY_SPAN: SignedDuration = SignedDuration::from_hours(1);

/// Returns the ceilings of a channel. The others are limited by the gaps between messages.
#[must_use]
pub fn ceilings(channel: Channel) -> &'static [Ceiling] {
    match channel {
        Channel::Email | Channel::Mail => MAIL_CEILINGS,
        Channel::Sms => SMS_CEILINGS,
        Channel::Https
        | Channel::Sqs
        | Channel::Webhook
        | Channel::Slack
        | Channel::Teams
        | Channel::PagerDuty
        | Channel::Alertmanager => &[],
    }
}

/// The messages that were sent to an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendHistory {
    /// The last one.
    last: Option<Timestamp>,
    /// Those of the last [`HISTORY_SPAN`], oldest first.
    recent: Vec<Timestamp>,
}

impl SendHistory {
    /// Records a message that was sent at `now`.
    pub fn record(&mut self, now: Timestamp) {
        self.recent.retain(|sent| *sent > now - HISTORY_SPAN);
        self.recent.push(now);
        self.last = Some(now);
    }

    /// Returns when the ceiling permits the next message.
    fn permitted_at(&self, ceiling: Ceiling) -> Option<Timestamp> {
        let oldest = self.recent.len().checked_sub(ceiling.messages)?;
        self.recent.get(oldest).map(|sent| *sent + ceiling.span)
    }
}

/// The rest of an institution's budget of text messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmsBudget {
    /// The number that is left this month.
    pub left: u32,
    /// When the next month begins.
    pub renews_at: Timestamp,
}

/// A time in which many chatbots go offline: messages wait, so that one names them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storm {
    /// The first outage.
    pub began: Timestamp,
    /// The last outage.
    pub last: Timestamp,
}

impl Storm {
    /// Returns the storm at `now`, if there is one. `outages` are the times at which chatbots of the network went
    /// offline, ascending: at least those since the storm can have begun.
    #[must_use]
    pub fn of(outages: &[Timestamp], now: Timestamp) -> Option<Self> {
        let mut storm: Option<Self> = None;
        for (at, outage) in outages.iter().enumerate().filter(|(_, outage)| **outage <= now) {
            let first = (at + 1).checked_sub(STORM_OUTAGES).and_then(|first| outages.get(first));
            let began = first.copied().filter(|first| outage.duration_since(*first) <= STORM_SPAN);
            storm = match storm {
                Some(Self { began, last }) if outage.duration_since(last) < STORM_CALM => {
                    Some(Self { began, last: *outage })
                }
                _ => began.map(|began| Self { began, last: *outage }),
            };
        }
        storm.filter(|storm| now.duration_since(storm.last) < STORM_CALM)
    }

    /// Returns until when messages wait.
    #[must_use]
    pub fn holds_until(&self) -> Timestamp {
        (self.last + STORM_CALM).min(self.began + MAX_STORM_HOLD)
    }
}

/// The conditions of a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The storm, if there is one.
    pub storm: Option<Storm>,
    /// The budget of text messages; none for no limit.
    pub sms: Option<SmsBudget>,
}

/// The next step for the pending notifications of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make a message of those that have at least this importance. The others wait.
    Deliver {
        /// The least importance.
        least: Importance,
    },
    /// Decide again at this time, or when another is queued.
    WaitUntil(Timestamp),
    /// Drop all.
    Drop(Undeliverable),
    /// Nothing is pending, or the subscription is paused or failing: decide again when that changes.
    Nothing,
}

/// The reason why a subscription gets no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undeliverable {
    /// The recipient has not confirmed it.
    NotConfirmed,
    /// It has ended.
    Ended,
}

/// Decides at `now` what to do with `pending`. `history` has the messages to the address.
#[must_use]
pub fn decide(
    subscription: &Subscription,
    pending: &[PendingNotification],
    history: &SendHistory,
    conditions: &Conditions,
    now: Timestamp,
) -> Decision {
    match subscription.state.at(now) {
        _ if pending.is_empty() => return Decision::Nothing,
        State::Ended { .. } => return Decision::Drop(Undeliverable::Ended),
        State::Pending { .. } => return Decision::Drop(Undeliverable::NotConfirmed),
        State::Paused { .. } | State::Failing { .. } => return Decision::Nothing,
        State::Active { .. } => {}
    }
    let (mut ready, mut released) = (Vec::new(), Vec::new());
    for one in pending {
        match subscription.settings.held_until(one.importance, one.queued_at, now) {
            None => ready.push(one),
            Some(until) => released.push(until),
        }
    }
    let due = due(subscription.address.channel(), &ready, history, conditions);
    match ready.iter().map(|one| one.importance).min() {
        Some(least) if due.is_some_and(|due| due <= now) => Decision::Deliver { least },
        _ => released.into_iter().chain(due).min().map_or(Decision::Nothing, Decision::WaitUntil),
    }
}

/// Returns when a message of `ready` may be sent: after every wait that applies.
fn due(
    channel: Channel,
    ready: &[&PendingNotification],
    history: &SendHistory,
    conditions: &Conditions,
) -> Option<Timestamp> {
    let first = ready.iter().map(|one| one.queued_at).min()? + FIRST_WAIT;
    let is_critical = ready.iter().any(|one| one.importance == Importance::Critical);
    let gap = history.last.map(|last| last + if is_critical { CRITICAL_GAP } else { GAP });
    let ceiling = ceilings(channel).iter().filter_map(|ceiling| history.permitted_at(*ceiling)).max();
    let storm = conditions.storm.map(|storm| storm.holds_until());
    let budget = conditions.sms.filter(|budget| channel == Channel::Sms && budget.left == 0);
    let renewal = budget.map(|budget| budget.renews_at);
    [gap, ceiling, storm, renewal].into_iter().flatten().chain([first]).max()
}
