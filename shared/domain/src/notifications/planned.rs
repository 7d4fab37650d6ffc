//! Planned outages hold pending notifications: an outage that begins in one is held until it is over.
//!
//! | before → during → at the end | told |
//! |---|---|
//! | good → bad → good | nothing |
//! | good → bad → bad | once, [`GRACE`](crate::outages::GRACE) after the end |
//! | bad (told) → bad → bad | nothing anew |
//! | bad (told) → good | that it is back, at once |
//!
//! An outage is held by the time at which it began, and not by the present time alone: what began before stays as it
//! is. All of this is computed anew in each round, so a window that is cancelled, shortened or extended counts at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    alerts::event::EventKind,
    chatbots::{name::Name, status::Status},
    incidents::{Incident, NetworkCause, Shared},
    notifications::{
        combine::{Combined, Dropped},
        drop_reason::DropReason,
        enrolment::Enrolment,
        entry::Entry,
        notified::{LastNotified, Notified, NotifiedStatus},
        pending::{Content, PendingNotification},
    },
    outages::Windows,
};

/// The most common causes of one message.
const MAX_COMMON_CAUSES: usize = 3;

/// The pending notifications of a subscription, by what planned outages and incidents mean for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Those that are decided upon now.
    pub live: Vec<PendingNotification>,
    /// Those that are not told because of planned outages and incidents.
    pub dropped: Vec<Dropped>,
    /// When the first of those that wait is to be looked at again; none if none waits.
    pub until: Option<Timestamp>,
    /// The latest incidents of the chatbots whose outages or outliers are due.
    pub incidents: BTreeMap<Enrolment, Incident>,
    /// The chatbots that went offline in a planned outage and are so still, and since when.
    still_offline: BTreeSet<(Name, Timestamp)>,
}

impl Held {
    /// Returns what planned outages mean for `pending` at `now`. `told` is what the subscription was told; `windows` has
    /// those of its institution since the oldest of `pending`.
    #[must_use]
    pub fn new(pending: &[PendingNotification], told: &Notified, windows: &Windows, now: Timestamp) -> Self {
        let mut held = Self::default();
        let mut statuses: BTreeMap<&Enrolment, Vec<&PendingNotification>> = BTreeMap::new();
        for one in pending {
            match (&one.chatbot, Change::of(&one.content)) {
                (Some(chatbot), Some(_)) if !windows.is_empty() => statuses.entry(chatbot).or_default().push(one),
                _ => held.live.push(one.clone()),
            }
        }
        for (chatbot, mut pending) in statuses {
            pending.sort_by_key(|one| (one.at, &one.id));
            let mut walk =
                Walk { chatbot, windows, now, state: State::of(told.chatbots.get(chatbot)), held: &mut held };
            for one in pending {
                // What was taken into account before is dropped by the netting.
                let is_old = told.chatbots.get(chatbot).is_some_and(|told| one.at <= told.as_of);
                if is_old || told.events.contains_key(&one.id) {
                    walk.held.live.push(one.clone());
                } else {
                    walk.step(one);
                }
            }
            walk.finish();
        }
        held.live.sort_by(|one, other| (one.queued_at, &one.id).cmp(&(other.queued_at, &other.id)));
        held
    }

    /// Drops the notifications with these ids.
    pub(super) fn drop_notifications(&mut self, ids: impl IntoIterator<Item = String>, reason: DropReason) {
        self.dropped.extend(ids.into_iter().map(|id| Dropped { id, reason }));
    }

    /// Lets what waits be looked at again at `at`, or earlier.
    pub(super) fn wait_until(&mut self, at: Timestamp) {
        self.until = Some(self.until.map_or(at, |first| first.min(at)));
    }

    /// Returns `combined`, which was made of the live notifications, with what is dropped and what planned outages add.
    #[must_use]
    pub fn complete(&self, combined: Combined) -> Combined {
        let mut combined = combined;
        combined.dropped.extend(self.dropped.iter().cloned());
        for entry in &mut combined.entries {
            if let Entry::Offline { chatbot, since, after_planned, .. } = entry {
                *after_planned = self.still_offline.contains(&(chatbot.clone(), *since));
            }
        }
        combined.common_causes = self.common_causes(&combined.entries);
        combined
    }

    /// Returns the causes that outages of `entries` have in common with others, each once, by its latest numbers,
    /// [`MAX_COMMON_CAUSES`] at most.
    fn common_causes(&self, entries: &[Entry]) -> Vec<NetworkCause> {
        let mut causes: BTreeMap<&Shared, &NetworkCause> = BTreeMap::new();
        for (chatbot, incident) in &self.incidents {
            let is_told =
                |entry: &Entry| matches!(entry, Entry::Offline { chatbot: told, .. } if *told == chatbot.name);
            if let Some(cause) =
                incident.network_cause().filter(|_| incident.is_active() && entries.iter().any(is_told))
            {
                let latest = causes.entry(&cause.shared).or_insert(cause);
                if latest.members < cause.members {
                    *latest = cause;
                }
            }
        }
        causes.into_values().take(MAX_COMMON_CAUSES).cloned().collect()
    }
}

/// A change of the status of a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Online,
    Offline,
    Flapping,
    Settled(Status),
}

impl Change {
    /// Returns the change that a notification is about; none if it is about something else.
    fn of(content: &Content) -> Option<Self> {
        let Content::Event(event) = content else { return None };
        match event {
            EventKind::ChatbotOnline { .. } => Some(Self::Online),
            EventKind::ChatbotOffline { .. } => Some(Self::Offline),
            EventKind::ChatbotFlapping { .. } => Some(Self::Flapping),
            EventKind::ChatbotSettled { status, .. } => Some(Self::Settled(*status)),
            _ => None,
        }
    }

    /// Returns whether it begins an outage of a chatbot that was well.
    fn is_bad(self) -> bool {
        !matches!(self, Self::Online | Self::Settled(Status::Online))
    }

    /// Returns whether it ends an outage of a chatbot; of one that flaps only that it settled does.
    fn is_end(self, flapping: bool) -> bool {
        self == Self::Settled(Status::Online) || (self == Self::Online && !flapping)
    }
}

/// The chatbot as the notifications say, one after the other.
enum State<'p> {
    Good,
    /// It is out since before a planned outage, or outside of any.
    Bad {
        flapping: bool,
    },
    /// It is out since a time that a planned outage covers.
    Planned {
        began: Timestamp,
        until: Timestamp,
        flapping: bool,
        pending: Vec<&'p PendingNotification>,
    },
}

impl State<'_> {
    fn of(told: Option<&NotifiedStatus>) -> Self {
        match told.map(|told| told.status) {
            None | Some(LastNotified::Online) => Self::Good,
            Some(LastNotified::Offline) => Self::Bad { flapping: false },
            Some(LastNotified::Flapping) => Self::Bad { flapping: true },
        }
    }
}

struct Walk<'p, 'h> {
    chatbot: &'p Enrolment,
    windows: &'p Windows,
    now: Timestamp,
    state: State<'p>,
    held: &'h mut Held,
}

impl<'p> Walk<'p, '_> {
    fn step(&mut self, one: &'p PendingNotification) {
        let Some(change) = Change::of(&one.content) else { return };
        let flaps = change == Change::Flapping;
        match &mut self.state {
            State::Good if change.is_bad() => match self.windows.held_until(self.chatbot, one.at) {
                Some(until) => {
                    self.state = State::Planned { began: one.at, until, flapping: flaps, pending: vec![one] };
                    return;
                }
                None => self.state = State::Bad { flapping: flaps },
            },
            State::Good => {}
            State::Bad { flapping } => {
                *flapping = (*flapping || flaps) && !matches!(change, Change::Settled(_));
                if change.is_end(*flapping) {
                    self.state = State::Good;
                }
            }
            State::Planned { until, flapping, pending, .. } => {
                *flapping = (*flapping || flaps) && !matches!(change, Change::Settled(_));
                pending.push(one);
                if change.is_end(*flapping) {
                    // One that ended after the hold was to be told, so its end is too.
                    if one.at <= *until {
                        self.held.drop_notifications(pending.iter().map(|one| one.id.clone()), DropReason::Planned);
                    } else {
                        self.held.live.extend(pending.iter().map(|one| (*one).clone()));
                    }
                    self.state = State::Good;
                }
                return;
            }
        }
        self.held.live.push(one.clone());
    }

    /// Holds an outage that goes on, or releases it once its hold is over.
    fn finish(self) {
        let State::Planned { began, until, pending, .. } = self.state else { return };
        if self.now < until {
            self.held.wait_until(until);
        } else {
            self.held.still_offline.insert((self.chatbot.name.clone(), began));
            self.held.live.extend(pending.into_iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests;
