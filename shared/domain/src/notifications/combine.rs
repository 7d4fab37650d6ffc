//! Netting of pending notifications: what is told of them in one message, and what is not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::{
    alerts::event::EventKind,
    chatbots::name::Name,
    credentials::profile::Profile,
    incidents::{incident_id::IncidentId, network_cause::NetworkCause},
    notifications::{
        drop_reason::DropReason,
        enrolment::{Enrolment, Present},
        entry::{Before, Entry, Operational},
        net_status::net,
        notified::{LastNotified, Notified, NotifiedChange, NotifiedStatus},
        pending::{Audience, Content, PendingNotification, ReleaseKey},
        schedule::FIRST_WAIT,
        settings::Kind,
        subscription::{Coverage, Subscription},
    },
    outages::OutageChange,
};

/// The longest wait of a notification. Those of the status are netted, so they do not age.
pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A notification that is not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: DropReason,
}

/// The result of netting. Every notification is either told or dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Combined {
    /// The entries of the message, the most important first. Without any, there is no message.
    pub entries: Vec<Entry>,
    /// The ids of the notifications that the entries tell.
    pub told: Vec<String>,
    /// Those that are not told.
    pub dropped: Vec<Dropped>,
    /// The changes of what the subscription knows.
    pub changes: Vec<NotifiedChange>,
    /// The causes that outages in it have in common with outages of others, each once.
    pub common_causes: Vec<NetworkCause>,
}

impl Combined {
    /// Returns the result for a subscription that gets no messages: everything is dropped.
    #[must_use]
    pub fn undeliverable(pending: &[PendingNotification]) -> Self {
        let reason = DropReason::Undeliverable;
        let dropped = pending.iter().map(|one| Dropped { id: one.id.clone(), reason }).collect();
        Self { dropped, ..Self::default() }
    }

    /// Returns the chatbots whose status an entry tells, with what is told.
    #[must_use]
    pub fn told_statuses(&self) -> Vec<(Enrolment, NotifiedStatus)> {
        let names: BTreeSet<&Name> = self.entries.iter().filter_map(status_of).collect();
        let told = self.changes.iter().filter(|change| names.contains(&change.chatbot.name));
        told.filter_map(|change| Some((change.chatbot.clone(), change.status?))).collect()
    }

    fn add(&mut self, id: &str, fate: Option<DropReason>) {
        match fate {
            None => self.told.push(id.to_owned()),
            Some(reason) => self.dropped.push(Dropped { id: id.to_owned(), reason }),
        }
    }
}

/// Nets `pending` for `subscription` at `now`. `told` is what it was told; `present` has the present facts of every
/// name in `pending` and `told`, and a name that is not in it was removed; `withdrawn` has those releases of `pending`
/// ([`PendingNotification::release`]) that were withdrawn.
#[must_use]
pub fn combine(
    subscription: &Subscription,
    pending: &[PendingNotification],
    told: &Notified,
    present: &BTreeMap<Name, Present>,
    withdrawn: &BTreeSet<ReleaseKey>,
    now: Timestamp,
) -> Combined {
    let mut combined = Combined::default();
    let own = |chatbot: &Enrolment| subscription.coverage.check(chatbot, present);
    let moved = leave(told, own, pending, now, &mut combined);
    let mut seen = BTreeSet::new();
    let (mut statuses, mut others) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
    for one in pending {
        if told.events.contains_key(&one.id) || !seen.insert(&one.id) {
            combined.add(&one.id, Some(DropReason::Repeated));
        } else if one.content == Content::MovedAway
            && one.chatbot.as_ref().is_some_and(|chatbot| moved.contains(chatbot))
        {
            combined.add(&one.id, None);
        } else if one.release().is_some_and(|release| withdrawn.contains(&release)) {
            combined.add(&one.id, Some(DropReason::Withdrawn));
        } else if let Err(reason) = check(subscription, one, own, now) {
            combined.add(&one.id, Some(reason));
        } else if let (Some(Kind::Status), Some(chatbot)) = (one.content.kind(), &one.chatbot) {
            statuses.entry(chatbot).or_default().push(one);
        } else {
            others.entry(subject(one)).or_default().push(one);
        }
    }
    for (chatbot, pending) in statuses {
        let netted = net(&chatbot.name, told.chatbots.get(chatbot), &pending, &subscription.settings);
        netted.fates.iter().for_each(|(id, fate)| combined.add(id, *fate));
        combined.entries.extend(netted.entry);
        if netted.told.as_ref() != told.chatbots.get(chatbot) {
            combined.changes.push(NotifiedChange { chatbot: chatbot.clone(), status: netted.told });
        }
    }
    for pending in others.into_values() {
        let (over, pending) = pending.into_iter().partition(|one| is_back(one, told, &combined.changes));
        superseded(over, &mut combined);
        net_other(pending, &mut combined);
    }
    combined.entries.sort_by_key(rank);
    combined
}

/// Ends what was told of chatbots that are no longer covered. Returns those that belong to another institution and were
/// not told to be online: that they moved away is told.
fn leave<'t>(
    told: &'t Notified,
    own: impl Fn(&Enrolment) -> Result<(), DropReason>,
    pending: &[PendingNotification],
    now: Timestamp,
    combined: &mut Combined,
) -> BTreeSet<&'t Enrolment> {
    let mut moved = BTreeSet::new();
    for (chatbot, status) in &told.chatbots {
        let Err(reason) = own(chatbot) else { continue };
        combined.changes.push(NotifiedChange { chatbot: chatbot.clone(), status: None });
        if reason == DropReason::OtherInstitution && status.status != LastNotified::Online {
            let is_about =
                |one: &&PendingNotification| one.content == Content::MovedAway && one.chatbot.as_ref() == Some(chatbot);
            let at = pending.iter().find(is_about).map_or(now, |one| one.at);
            let before = Before::of(Some(status));
            combined.entries.push(Entry::MovedAway { chatbot: chatbot.name.clone(), at, before });
            moved.insert(chatbot);
        }
    }
    moved
}

fn check(
    subscription: &Subscription,
    one: &PendingNotification,
    own: impl Fn(&Enrolment) -> Result<(), DropReason>,
    now: Timestamp,
) -> Result<(), DropReason> {
    let is_operations = subscription.coverage == Coverage::Operations;
    let is_for = |audience| (audience == Audience::Operations) == is_operations;
    if one.content.audience().is_some_and(|audience| !is_for(audience)) {
        return Err(DropReason::NotCovered);
    }
    one.chatbot.as_ref().map_or(Ok(()), own)?;
    match one.content.kind() {
        // It has come back.
        Some(Kind::Status) if one.content == Content::MovedAway => Err(DropReason::Superseded),
        Some(Kind::Status) => Ok(()),
        _ if now.duration_since(one.queued_at) > MAX_AGE => Err(DropReason::Expired),
        Some(kind) if !subscription.settings.includes(kind, one.importance) => Err(DropReason::NotWanted),
        _ => Ok(()),
    }
}

/// Returns what the notification is about, as a key: of several about the same the last is told.
fn subject(one: &PendingNotification) -> String {
    let chatbot = one.chatbot.as_ref().map_or("", |chatbot| chatbot.name.as_str());
    match &one.content {
        Content::Update { release, .. } => {
            format!("update {chatbot} {} {}", release.component, release.version.get())
        }
        Content::SubscriptionFailing { channel, address, .. } => format!("failing {} {address}", channel.as_str()),
        Content::Test => "test".to_owned(),
        Content::MovedAway => format!("moved {chatbot}"),
        Content::Event(event) => match event {
            EventKind::CertificateExpiring { profile, name, serial, .. } => {
                format!("certificate {profile} {name} {serial}")
            }
            EventKind::CapReached { kind, .. } | EventKind::CapReleased { kind } => format!("cap {}", kind.as_str()),
            EventKind::WouldGoOffline { chatbot, .. } => format!("would {chatbot}"),
            EventKind::ObserverOutlier { chatbot, .. } => format!("outlier {chatbot} {}", one.id),
            EventKind::DmrSilent { dmr, .. } => format!("dmr {dmr}"),
            EventKind::NetworkIncidentOpened { incident, .. } | EventKind::NetworkIncidentResolved { incident, .. } => {
                format!("incident {incident}")
            }
            EventKind::PlannedOutage { outage, start, .. } => format!("outage {outage} {start}"),
            EventKind::AcknowledgementLapsed { incident, .. } => format!("lapsed {incident}"),
            _ => format!("event {}", one.id),
        },
    }
}

/// Returns whether a notification says that nobody looks at an outage whose chatbot has come back since: the subscription
/// was told so, or the same message tells it.
fn is_back(one: &PendingNotification, told: &Notified, changes: &[NotifiedChange]) -> bool {
    let Content::Event(EventKind::AcknowledgementLapsed { since, .. }) = one.content else { return false };
    let Some(chatbot) = &one.chatbot else { return false };
    let newest = changes.iter().find(|change| change.chatbot == *chatbot).map(|change| change.status.as_ref());
    let status = newest.unwrap_or_else(|| told.chatbots.get(chatbot));
    status.is_some_and(|status| status.status == LastNotified::Online && status.since > since)
}

fn superseded(pending: Vec<&PendingNotification>, combined: &mut Combined) {
    for one in pending {
        combined.add(&one.id, Some(DropReason::Superseded));
    }
}

/// Adds the last of several notifications about one subject. A cap that was reached and released within [`FIRST_WAIT`]
/// is not told.
fn net_other(mut pending: Vec<&PendingNotification>, combined: &mut Combined) {
    pending.sort_by_key(|one| (one.at, &one.id));
    let Some((last, earlier)) = pending.split_last() else { return };
    let is_release = matches!(last.content, Content::Event(EventKind::CapReleased { .. }));
    let reached = earlier.first().filter(|one| matches!(one.content, Content::Event(EventKind::CapReached { .. })));
    let came_and_went = is_release && reached.is_some_and(|reached| last.at.duration_since(reached.at) <= FIRST_WAIT);
    // Whoever was not told of a planned outage is not told that it is cancelled.
    let came_and_went = came_and_went
        || is_change(last, OutageChange::Cancelled) && earlier.first().is_some_and(|first| is_request(first));
    for one in earlier {
        combined.add(&one.id, Some(if came_and_went { DropReason::CameAndWent } else { DropReason::Superseded }));
    }
    if came_and_went {
        combined.add(&last.id, Some(DropReason::CameAndWent));
    } else if let Some(entry) = entry(last) {
        combined.add(&last.id, None);
        combined.entries.push(entry);
    } else {
        combined.add(&last.id, Some(DropReason::NotCovered));
    }
}

/// Returns whether a notification is of a planned outage that was confirmed when it was requested. A later confirmation may
/// be of a change, of whose outage the subscription was told.
fn is_request(one: &PendingNotification) -> bool {
    let Content::Event(EventKind::PlannedOutage { outage, .. }) = &one.content else { return false };
    is_change(one, OutageChange::Confirmed) && outage.at().as_millisecond() == one.at.as_millisecond()
}

/// Returns whether a notification is of this change of a planned outage.
fn is_change(one: &PendingNotification, expected: OutageChange) -> bool {
    matches!(&one.content, Content::Event(EventKind::PlannedOutage { change, .. }) if *change == expected)
}

fn entry(one: &PendingNotification) -> Option<Entry> {
    let chatbot = || one.chatbot.as_ref().map(|chatbot| chatbot.name.clone());
    let operational = match &one.content {
        Content::Update { release, running } => {
            let (release, running) = (release.clone(), running.clone());
            return Some(Entry::UpdateAvailable { chatbot: chatbot()?, release, running });
        }
        Content::SubscriptionFailing { channel, address, error } => {
            let (channel, address, error) = (channel.as_str(), address.clone(), error.clone());
            return Some(Entry::SubscriptionFailing { channel, address, error });
        }
        Content::Test => return Some(Entry::Test),
        Content::MovedAway => return None,
        Content::Event(event) => match event {
            EventKind::CertificateExpiring { profile: Profile::Chatbot, name, serial, ends } => {
                return Some(Entry::CertificateExpiring { chatbot: name.clone(), serial: *serial, ends: *ends });
            }
            EventKind::PlannedOutage { outage, change, start, end, reason, .. } => {
                let (outage, change, start, end) = (*outage, *change, *start, *end);
                return Some(Entry::PlannedOutage { outage, change, start, end, reason: reason.clone() });
            }
            EventKind::AcknowledgementLapsed { incident, since, .. } => {
                return Some(lapsed(chatbot()?, *incident, *since, one.at));
            }
            event => operational(event)?,
        },
    };
    Some(Entry::Operational(operational))
}

/// Returns what the operations centre is told of an event; none if it is not told.
fn operational(event: &EventKind) -> Option<Operational> {
    Some(match event {
        EventKind::CertificateExpiring { name, serial, ends, .. } => {
            Operational::DmrCertificateExpiring { dmr: name.clone(), serial: *serial, ends: *ends }
        }
        EventKind::WouldGoOffline { chatbot, cause } => {
            Operational::WouldGoOffline { chatbot: chatbot.clone(), cause: cause.clone() }
        }
        EventKind::CapReached { kind, chatbot, cause } => {
            Operational::CapReached { kind: *kind, chatbot: chatbot.clone(), cause: cause.clone() }
        }
        EventKind::CapReleased { kind } => Operational::CapReleased { kind: *kind },
        EventKind::ObserverOutlier { chatbot, observer } => {
            Operational::ObserverOutlier { chatbot: chatbot.clone(), observer: observer.clone() }
        }
        EventKind::DmrSilent { dmr, last_seen } => Operational::DmrSilent { dmr: dmr.clone(), last_seen: *last_seen },
        EventKind::NetworkIncidentOpened { incident, cause } => {
            Operational::NetworkIncident { incident: *incident, cause: cause.clone(), is_over: false }
        }
        EventKind::NetworkIncidentResolved { incident, cause } => {
            Operational::NetworkIncident { incident: *incident, cause: cause.clone(), is_over: true }
        }
        EventKind::ApplicationSubmitted { invitation, institution, chatbot } => Operational::ApplicationSubmitted {
            invitation: *invitation,
            institution: institution.clone(),
            chatbot: chatbot.clone(),
        },
        _ => return None,
    })
}

fn lapsed(chatbot: Name, incident: IncidentId, since: Timestamp, at: Timestamp) -> Entry {
    Entry::AcknowledgementLapsed { chatbot, incident, since, at }
}

/// Returns the chatbot whose status an entry tells.
fn status_of(entry: &Entry) -> Option<&Name> {
    match entry {
        Entry::Offline { chatbot, .. }
        | Entry::Online { chatbot, .. }
        | Entry::ShortOutages { chatbot, .. }
        | Entry::Flapping { chatbot, .. }
        | Entry::Settled { chatbot, .. } => Some(chatbot),
        _ => None,
    }
}

/// Returns the place of an entry in a message: outages first.
fn rank(entry: &Entry) -> u8 {
    match entry {
        Entry::Offline { .. } => 0,
        Entry::AcknowledgementLapsed { .. } => 1,
        Entry::Operational(_) => 2,
        Entry::Flapping { .. } => 3,
        Entry::MovedAway { .. } => 4,
        Entry::Online { .. } => 5,
        Entry::ShortOutages { .. } => 6,
        Entry::Settled { .. } => 7,
        Entry::PlannedOutage { .. } => 8,
        Entry::UpdateAvailable { .. } => 9,
        Entry::CertificateExpiring { .. } => 10,
        Entry::SubscriptionFailing { .. } => 11,
        Entry::Test => 12,
    }
}
