//! Suspected and transient incidents hold pending notifications: an outage of seconds, which nobody has to act upon, is
//! not told.
//!
//! An outage is held while its incident is suspected or transient, until [`TRANSIENT_UNTIL`] after its beginning at most.
//! Then it is told. One that ends by then, and whose incident is transient, is dropped. An outage without an incident, and
//! one of a chatbot whose latest incident began with another event, is told as always: what is unknown holds nothing.
//!
//! An observer that alone finds a chatbot failing may only be the first: the reports of the others come seconds later. It is
//! no outlier, and not told, if the chatbot goes offline within [`AGREES_WITHIN`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    alerts::event::EventKind,
    incidents::{Incident, IncidentId, State, TRANSIENT_UNTIL},
    notifications::{
        drop_reason::DropReason,
        enrolment::Enrolment,
        notified::Notified,
        pending::{Content, PendingNotification},
        planned::Held,
    },
};

/// The time after which a suspected incident is read again: it was to be probed before its outage is due.
pub const READ_AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// The time within which the other observers report what the first one found.
pub const AGREES_WITHIN: SignedDuration = SignedDuration::from_secs(60);

impl Held {
    /// Returns the chatbots whose outages and outliers are among the live notifications: their latest incidents decide
    /// whether these are told now.
    #[must_use]
    pub fn suspects(&self) -> BTreeSet<Enrolment> {
        let suspected = self.live.iter().filter(|one| is_offline(one) || is_outlier(one));
        suspected.filter_map(|one| one.chatbot.clone()).collect()
    }

    /// Holds and drops outages and outliers of the live notifications by `incidents`, the latest of their chatbots, at `now`. `told` is
    /// what the subscription was told.
    pub fn apply_incidents(&mut self, incidents: BTreeMap<Enrolment, Incident>, told: &Notified, now: Timestamp) {
        for (chatbot, incident) in &incidents {
            let Some(outage) = ShortOutage::find(&self.live, chatbot, incident, told) else { continue };
            let limit = incident.began + TRANSIENT_UNTIL;
            match incident.state {
                State::Transient if outage.ended.is_some_and(|ended| ended <= limit) => {
                    self.drop_notifications(outage.ids.iter().cloned(), DropReason::Transient);
                }
                State::Suspected if now < limit => self.wait_until(limit.min(now + READ_AGAIN)),
                State::Transient if now < limit => self.wait_until(limit),
                _ => continue,
            }
            self.live.retain(|one| !outage.ids.contains(&one.id));
        }
        let agreed = self.live.extract_if(.., |one| is_outlier(one) && was_first(one, &incidents));
        let agreed: Vec<_> = agreed.map(|one| one.id).collect();
        self.drop_notifications(agreed, DropReason::NoOutlier);
        self.incidents = incidents;
    }
}

/// An outage whose incident is the latest of its chatbot, as pending notifications tell it.
struct ShortOutage {
    /// The notifications: its beginning, and its end if that is known.
    ids: BTreeSet<String>,
    ended: Option<Timestamp>,
}

impl ShortOutage {
    /// Finds the outage of `chatbot` that `incident` began with. None if it is not among `live` or was told, and none if the
    /// chatbot flaps or settled since.
    fn find(live: &[PendingNotification], chatbot: &Enrolment, incident: &Incident, told: &Notified) -> Option<Self> {
        let is_old = |one: &PendingNotification| {
            let as_of = told.chatbots.get(chatbot).map(|told| told.as_of);
            told.events.contains_key(&one.id) || as_of.is_some_and(|as_of| one.at <= as_of)
        };
        let begins = |one: &PendingNotification| is_offline(one) && IncidentId::new(one.at, &one.id) == incident.id;
        let mut statuses: Vec<_> = live.iter().filter(|one| one.chatbot.as_ref() == Some(chatbot)).collect();
        statuses.retain(|one| is_status(one));
        statuses.sort_by_key(|one| (one.at, &one.id));
        let mut statuses = statuses.into_iter().skip_while(|one| !begins(one));
        let began = statuses.next().filter(|one| !is_old(one))?;
        let Some(end) = statuses.next() else { return Some(Self { ids: [began.id.clone()].into(), ended: None }) };
        let ids = [began.id.clone(), end.id.clone()].into();
        is_online(end).then_some(Self { ids, ended: Some(end.at) })
    }
}

/// Returns whether the chatbot of an outlier went offline soon after it was found.
fn was_first(one: &PendingNotification, incidents: &BTreeMap<Enrolment, Incident>) -> bool {
    let incident = one.chatbot.as_ref().and_then(|chatbot| incidents.get(chatbot));
    incident.is_some_and(|incident| (one.at..=one.at + AGREES_WITHIN).contains(&incident.began))
}

fn is_outlier(one: &PendingNotification) -> bool {
    matches!(one.content, Content::Event(EventKind::ObserverOutlier { .. }))
}

fn is_offline(one: &PendingNotification) -> bool {
    matches!(one.content, Content::Event(EventKind::ChatbotOffline { .. }))
}

fn is_online(one: &PendingNotification) -> bool {
    matches!(one.content, Content::Event(EventKind::ChatbotOnline { .. }))
}

fn is_status(one: &PendingNotification) -> bool {
    let Content::Event(event) = &one.content else { return false };
    matches!(event, EventKind::ChatbotFlapping { .. } | EventKind::ChatbotSettled { .. })
        || is_offline(one)
        || is_online(one)
}

#[cfg(test)]
mod tests;
