//! Groups: the entries of a message by topic.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    chatbots::name::Name,
    health::cause::Cause,
    notifications::{
        entry::{Before, Entry, Operational},
        topic::Topic,
    },
};

/// Entries of one topic. There is at least one.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    pub(crate) topic: Topic<'a>,
    pub(crate) first: &'a Entry,
    pub(crate) others: Vec<&'a Entry>,
}

impl<'a> Group<'a> {
    /// Returns the group of a single entry.
    pub(crate) fn of(entry: &'a Entry) -> Self {
        Self { topic: Topic::of_entry(entry), first: entry, others: vec![] }
    }

    /// Returns how many entries there are.
    pub(crate) fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// Returns the entries, in the order of the message.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'a Entry> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
}

/// Returns the groups of `entries`, the most important first.
pub(crate) fn groups(entries: &[Entry]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<_, Group> = BTreeMap::new();
    for entry in entries {
        let topic = Topic::of_entry(entry);
        let key = (Reverse(topic.importance()), topic);
        groups.entry(key).and_modify(|group| group.others.push(entry)).or_insert_with(|| Group::of(entry));
    }
    groups.into_values().collect()
}

/// Returns the cause that an entry tells.
pub(crate) fn cause(entry: &Entry) -> Option<&Cause> {
    match entry {
        Entry::Offline { cause, .. }
        | Entry::Operational(Operational::WouldGoOffline { cause, .. } | Operational::CapReached { cause, .. }) => {
            Some(cause)
        }
        _ => None,
    }
}

/// Returns the chatbot that an entry is about.
pub(crate) fn chatbot(entry: &Entry) -> Option<&Name> {
    match entry {
        Entry::Offline { chatbot, .. }
        | Entry::Online { chatbot, .. }
        | Entry::ShortOutages { chatbot, .. }
        | Entry::Flapping { chatbot, .. }
        | Entry::Settled { chatbot, .. }
        | Entry::MovedAway { chatbot, .. }
        | Entry::UpdateAvailable { chatbot, .. }
        | Entry::CertificateExpiring { chatbot, .. }
        | Entry::AcknowledgementLapsed { chatbot, .. }
        | Entry::Operational(
            Operational::WouldGoOffline { chatbot, .. }
            | Operational::CapReached { chatbot, .. }
            | Operational::ObserverOutlier { chatbot, .. }
            | Operational::ApplicationSubmitted { chatbot, .. },
        ) => Some(chatbot),
        Entry::PlannedOutage { .. }
        | Entry::SubscriptionFailing { .. }
        | Entry::Test
        | Entry::Operational(
            Operational::CapReleased { .. }
            | Operational::DmrSilent { .. }
            | Operational::NetworkIncident { .. }
            | Operational::DmrCertificateExpiring { .. },
        ) => None,
    }
}

/// Returns what was told before of the chatbot that an entry is about.
pub(crate) fn before(entry: &Entry) -> Option<Before> {
    match entry {
        Entry::Offline { before, .. }
        | Entry::Online { before, .. }
        | Entry::ShortOutages { before, .. }
        | Entry::Flapping { before, .. }
        | Entry::Settled { before, .. }
        | Entry::MovedAway { before, .. } => *before,
        Entry::UpdateAvailable { .. }
        | Entry::CertificateExpiring { .. }
        | Entry::PlannedOutage { .. }
        | Entry::AcknowledgementLapsed { .. }
        | Entry::SubscriptionFailing { .. }
        | Entry::Test
        | Entry::Operational(_) => None,
    }
}

/// Returns the DMR that an entry is about.
pub(crate) fn dmr(entry: &Entry) -> Option<&Name> {
    match entry {
        Entry::Operational(Operational::DmrSilent { dmr, .. } | Operational::DmrCertificateExpiring { dmr, .. }) => {
            Some(dmr)
        }
        _ => None,
    }
}
