//! Netting of the status changes of one chatbot: many changes become at most one entry.

use jiff::{SignedDuration, Timestamp};

use crate::{
    alerts::event::EventKind,
    chatbots::{name::Name, status::Status},
    health::cause::Cause,
    notifications::{
        drop_reason::DropReason,
        entry::{Before, Entry, Outage},
        importance::Importance,
        notified::{LastNotified, NotifiedStatus},
        pending::{Content, PendingNotification},
        schedule::FIRST_WAIT,
        settings::{Kind, Settings},
    },
};

/// The result: what is told, what is known from now on, and why notifications are not told.
pub(super) struct Netted<'p> {
    pub entry: Option<Entry>,
    pub told: Option<NotifiedStatus>,
    pub fates: Vec<(&'p str, Option<DropReason>)>,
}

/// Nets `pending`, which are about the status of the chatbot `name`, against what was told.
///
/// - An outage that was told is told to be over, whatever the settings are now.
/// - An outage that ended before it was told is dropped if it lasted [`FIRST_WAIT`] or less; else it is summed up.
/// - Of a chatbot that is offline now, outages that ended before they were told are left out: there is one entry.
/// - While a chatbot flaps, single changes are dropped. They count again once it has settled.
/// - Events that are older than what was taken into account are dropped.
pub(super) fn net<'p>(
    name: &Name,
    told: Option<&NotifiedStatus>,
    pending: &[&'p PendingNotification],
    settings: &'p Settings,
) -> Netted<'p> {
    let mut pending = pending.to_vec();
    pending.sort_by_key(|one| (one.at, &one.id));
    let mut netting = Netting::new(told, settings);
    for one in pending {
        let fate = if told.is_some_and(|told| one.at <= told.as_of) {
            Some(DropReason::Repeated)
        } else {
            netting.as_of = Some(one.at);
            netting.apply(one)
        };
        netting.fates.push((&one.id, fate));
    }
    netting.finish(name, told)
}

/// The state of the chatbot, as far as the notifications say.
enum Current<'p> {
    Online,
    Offline {
        began: Timestamp,
        /// None if it was told, or follows from another entry.
        cause: Option<&'p Cause>,
    },
    Flapping {
        /// None if it was told.
        untold: Option<Status>,
    },
}

struct PastOutage {
    outage: Outage,
    was_told: bool,
}

struct Netting<'p> {
    settings: &'p Settings,
    before: Option<Before>,
    current: Current<'p>,
    since: Timestamp,
    as_of: Option<Timestamp>,
    outages: Vec<PastOutage>,
    came_first_online: bool,
    /// The chatbot has settled, which is to be told unless a later change is.
    settled: Option<(Status, Timestamp)>,
    fates: Vec<(&'p str, Option<DropReason>)>,
}

impl<'p> Netting<'p> {
    fn new(told: Option<&NotifiedStatus>, settings: &'p Settings) -> Self {
        let since = told.map_or(Timestamp::MIN, |told| told.since);
        let current = match told.map(|told| told.status) {
            None | Some(LastNotified::Online) => Current::Online,
            Some(LastNotified::Offline) => Current::Offline { began: since, cause: None },
            Some(LastNotified::Flapping) => Current::Flapping { untold: None },
        };
        let (as_of, outages, fates) = (None, Vec::new(), Vec::new());
        Self {
            settings,
            before: Before::of(told),
            current,
            since,
            as_of,
            outages,
            came_first_online: false,
            settled: None,
            fates,
        }
    }

    fn wants(&self, importance: Importance) -> bool {
        self.settings.includes(Kind::Status, importance)
    }

    /// Applies a change. Returns why it is not told, if that is certain.
    fn apply(&mut self, one: &'p PendingNotification) -> Option<DropReason> {
        let Content::Event(event) = &one.content else { return Some(DropReason::Superseded) };
        match event {
            EventKind::ChatbotFlapping { status, .. } => self.flap(*status, one.at),
            EventKind::ChatbotSettled { status, .. } => self.settle(*status, one.at),
            EventKind::ChatbotOffline { cause, .. } => match self.current {
                Current::Flapping { .. } => Some(DropReason::Flapping),
                Current::Offline { .. } => Some(DropReason::Repeated),
                Current::Online => {
                    self.current = Current::Offline { began: one.at, cause: Some(cause) };
                    self.since = one.at;
                    None
                }
            },
            EventKind::ChatbotOnline { was, .. } => match self.current {
                Current::Flapping { .. } => Some(DropReason::Flapping),
                Current::Offline { began, cause } => {
                    let outage = Outage { began, ended: one.at };
                    self.outages.push(PastOutage { outage, was_told: cause.is_none() });
                    self.current = Current::Online;
                    self.since = one.at;
                    None
                }
                Current::Online if *was == Status::Unknown => {
                    self.came_first_online = true;
                    self.since = one.at;
                    None
                }
                Current::Online => Some(DropReason::NotToldOffline),
            },
            _ => Some(DropReason::Superseded),
        }
    }

    fn flap(&mut self, status: Status, at: Timestamp) -> Option<DropReason> {
        if !self.wants(Importance::Warning) {
            return Some(DropReason::NotWanted);
        }
        if matches!(self.current, Current::Flapping { .. }) {
            return Some(DropReason::Repeated);
        }
        self.supersede();
        self.current = Current::Flapping { untold: Some(status) };
        self.since = at;
        None
    }

    fn settle(&mut self, status: Status, at: Timestamp) -> Option<DropReason> {
        let is_online = status == Status::Online;
        // Whoever knows that it flaps, or knows another status, is told. Single changes were silent meanwhile.
        let is_news = match self.current {
            Current::Flapping { .. } => true,
            Current::Offline { .. } => is_online || self.wants(Importance::Info),
            Current::Online => (!is_online && self.wants(Importance::Critical)) || self.wants(Importance::Info),
        };
        if !is_news {
            return Some(DropReason::NotWanted);
        }
        self.supersede();
        self.settled = Some((status, at));
        let began = Before::outage_of_settled(self.before, at);
        self.current = if is_online { Current::Online } else { Current::Offline { began, cause: None } };
        self.since = if is_online { at } else { began };
        None
    }

    /// Drops what was applied, because one entry says more.
    fn supersede(&mut self) {
        self.fates.iter_mut().filter(|(_, fate)| fate.is_none()).for_each(|fate| fate.1 = Some(DropReason::Superseded));
        self.outages.clear();
        self.came_first_online = false;
        self.settled = None;
    }

    fn finish(mut self, name: &Name, told: Option<&NotifiedStatus>) -> Netted<'p> {
        let Some(as_of) = self.as_of else { return Netted { entry: None, told: told.copied(), fates: self.fates } };
        let before = self.before;
        let settled = self.settled.map(|(status, at)| Entry::Settled { chatbot: name.clone(), status, at, before });
        let (entry, status, since) = match &self.current {
            Current::Flapping { untold } => {
                let entry =
                    untold.map(|status| Entry::Flapping { chatbot: name.clone(), status, at: self.since, before });
                (entry, LastNotified::Flapping, self.since)
            }
            Current::Offline { began, cause: None } => (settled, LastNotified::Offline, *began),
            Current::Offline { began, cause: Some(cause) } => match self.told_outage(*began) {
                // It may go on since the chatbot settled, which is to be told.
                Some(outage) => (settled, LastNotified::Offline, outage.began),
                None if self.wants(Importance::Critical) => {
                    let entry = Entry::Offline {
                        chatbot: name.clone(),
                        since: *began,
                        cause: (*cause).clone(),
                        after_planned: false,
                        before,
                    };
                    (Some(entry), LastNotified::Offline, *began)
                }
                None => (settled, LastNotified::Online, *began),
            },
            Current::Online => (self.recovery(name).or(settled), LastNotified::Online, self.since),
        };
        if entry.is_none() {
            let reason = if self.wants(Importance::Critical) { DropReason::CameAndWent } else { DropReason::NotWanted };
            self.fates.iter_mut().filter(|(_, fate)| fate.is_none()).for_each(|fate| fate.1 = Some(reason));
        }
        Netted { entry, told: Some(NotifiedStatus { status, since, as_of }), fates: self.fates }
    }

    /// Returns the outage that is still the one that was told, although the chatbot was online for a moment before
    /// `began`. For whoever does not want to know of outages it is, however often and long the chatbot was online.
    fn told_outage(&self, began: Timestamp) -> Option<Outage> {
        if !self.wants(Importance::Critical) {
            return self.outages.first().filter(|past| past.was_told).map(|past| past.outage);
        }
        let last = self.outages.last().filter(|past| past.was_told)?.outage;
        (began.duration_since(last.ended) <= FIRST_WAIT).then_some(last)
    }

    /// Returns what is told of a chatbot that is online.
    fn recovery(&self, name: &Name) -> Option<Entry> {
        let (chatbot, before) = (|| name.clone(), self.before);
        let length = |past: &PastOutage| past.outage.ended.duration_since(past.outage.began);
        let told: Vec<_> = self.outages.iter().filter(|past| past.was_told || length(past) > FIRST_WAIT).collect();
        let was_told = told.iter().any(|past| past.was_told);
        match told.as_slice() {
            [only] if was_told => {
                Some(Entry::Online { chatbot: chatbot(), since: self.since, outage: Some(only.outage), before })
            }
            [.., last] if was_told || self.wants(Importance::Critical) => Some(Entry::ShortOutages {
                chatbot: chatbot(),
                count: told.len(),
                total: told.iter().fold(SignedDuration::ZERO, |total, past| total.saturating_add(length(past))),
                ended: last.outage.ended,
                before,
            }),
            _ if self.came_first_online && self.wants(Importance::Info) => {
                Some(Entry::Online { chatbot: chatbot(), since: self.since, outage: None, before })
            }
            _ => None,
        }
    }
}
