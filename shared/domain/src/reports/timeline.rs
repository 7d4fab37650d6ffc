//! The timeline of a chatbot, from what is stored of it.
//!
//! A change of a status is an event, and events are kept for a limited time. What is stored says more than the events
//! that are left: the chatbot has its status and since when, and an event says what was before it. The time of which
//! neither says anything is [`Status::Unknown`]: it does not count.

use jiff::Timestamp;

use super::spans::{Period, Spans};
use crate::{
    alerts::event::EventKind,
    chatbots::{chatbot::Chatbot, status::Status},
    health::{
        cause::Cause,
        control::{Control, ControlMode},
    },
    reports::availability::Timeline,
};

/// A change that an event reports, as far as availability depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has another status.
    Status {
        /// The status before, if the event says it.
        before: Option<Status>,
        /// The status.
        status: Status,
    },
    /// It is under manual control.
    Control(ControlMode),
    /// The manual control ended.
    ControlEnded,
}

impl Change {
    /// Returns the change that `event` reports; none if availability does not depend on it.
    #[must_use]
    pub fn of(event: &EventKind) -> Option<Self> {
        Some(match event {
            EventKind::ChatbotOnline { was, .. } => Self::Status { before: Some(*was), status: Status::Online },
            EventKind::ChatbotOffline { cause, .. } => {
                // The circuit of a routed chatbot opens. An administrator forces any chatbot offline.
                let before = (!matches!(cause, Cause::Forced(_))).then_some(Status::Online);
                Self::Status { before, status: Status::Offline }
            }
            EventKind::ControlSet { control, .. } => Self::Control(control.mode),
            EventKind::ControlEnded { .. } => Self::ControlEnded,
            _ => return None,
        })
    }
}

/// The stored changes of a chatbot.
#[derive(Clone, Copy, Debug)]
pub struct StoredHistory<'a> {
    /// The chatbot.
    pub chatbot: &'a Chatbot,
    /// Its present manual control.
    pub control: Option<&'a Control>,
    /// The time from which on all events are kept.
    pub kept_since: Timestamp,
    /// The changes since then, in order, up to the present.
    pub changes: &'a [(Timestamp, Change)],
}

impl StoredHistory<'_> {
    /// Returns the timeline. `planned` are the planned outages that count.
    ///
    /// Nothing says when the network itself was out, so no time of the timeline is unobserved.
    #[must_use]
    pub fn timeline(&self, planned: Spans) -> Timeline {
        Timeline {
            enrolled_at: self.chatbot.created_at,
            statuses: self.statuses(),
            forced: self.forced(),
            unobserved: Spans::default(),
            planned,
        }
    }

    fn statuses(&self) -> Vec<(Timestamp, Status)> {
        let changes = self.changes.iter().filter_map(|(at, change)| match change {
            Change::Status { before, status } => Some((*at, *before, *status)),
            Change::Control(_) | Change::ControlEnded => None,
        });
        let changes: Vec<_> = changes.collect();
        let mut statuses = Vec::with_capacity(changes.len() + 2);
        if let Some((_, Some(before), _)) = changes.first()
            && self.chatbot.created_at < self.kept_since
        {
            statuses.push((self.kept_since, *before));
        }
        statuses.extend(changes.into_iter().map(|(at, _, status)| (at, status)));
        // The event of the last change may no longer be kept, or not yet be read.
        let (status, since) = (self.chatbot.status, self.chatbot.status_since);
        if statuses.last().is_none_or(|(last, _)| *last < since) {
            statuses.push((since, status));
        }
        statuses
    }

    fn forced(&self) -> Spans {
        let (mut periods, mut start) = (Vec::new(), None);
        for (at, change) in self.changes {
            let is_forced = match change {
                Change::Status { .. } => continue,
                Change::Control(mode) => *mode == ControlMode::ForceOffline,
                Change::ControlEnded => false,
            };
            match (start, is_forced) {
                (None, true) => start = Some(*at),
                (Some(since), false) => {
                    periods.push(Period { start: since, end: *at });
                    start = None;
                }
                (None, false) | (Some(_), true) => {}
            }
        }
        let has_control = self.changes.iter().any(|(_, change)| !matches!(change, Change::Status { .. }));
        if !has_control {
            let forced = self.control.filter(|control| control.mode == ControlMode::ForceOffline);
            start = forced.map(|control| control.since);
        }
        periods.extend(start.map(|start| Period { start, end: Timestamp::MAX }));
        Spans::union(periods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::cause::Cause;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).expect("a time")
    }

    fn chatbot(enrolled: i64, status: Status, since: i64) -> Chatbot {
        let new = serde_json::json!({
            "name": "tax-board", "uri": "https://bot.example.ee/", "type": "institution",
            "institution": "tax", "contact": "owner@example.ee",
        });
        Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), day(enrolled)).with_status(status, day(since))
    }

    fn control(mode: &str) -> Control {
        let new = serde_json::json!({"mode": mode, "reason": "a test"});
        Control::new(serde_json::from_value(new).expect("a control"), "EE1".to_owned(), day(50))
    }

    fn online(before: Status) -> Change {
        Change::Status { before: Some(before), status: Status::Online }
    }

    const EJECTED: Change = Change::Status { before: Some(Status::Online), status: Status::Offline };
    const FORCED: Change = Change::Status { before: None, status: Status::Offline };

    fn statuses(chatbot: &Chatbot, kept_since: i64, changes: &[(i64, Change)]) -> Vec<(i64, Status)> {
        let changes: Vec<_> = changes.iter().map(|(at, change)| (day(*at), *change)).collect();
        let history = StoredHistory { chatbot, control: None, kept_since: day(kept_since), changes: &changes };
        let statuses = history.timeline(Spans::default()).statuses;
        statuses.into_iter().map(|(at, status)| (at.as_second() / 86_400, status)).collect()
    }

    #[test]
    fn status_before_the_first_kept_event_is_the_one_that_the_event_names() {
        let old = chatbot(1, Status::Online, 90);
        let changes = [(80, EJECTED), (90, online(Status::Offline))];
        let expected = [(10, Status::Online), (80, Status::Offline), (90, Status::Online)];
        assert_eq!(statuses(&old, 10, &changes), expected);
        let changes = [(90, online(Status::Offline))];
        assert_eq!(statuses(&old, 10, &changes), [(10, Status::Offline), (90, Status::Online)]);
    }

    #[test]
    fn status_that_nothing_kept_says_is_unknown() {
        let forced = chatbot(1, Status::Offline, 80);
        assert_eq!(statuses(&forced, 10, &[(80, FORCED)]), [(80, Status::Offline)]);
        let new = chatbot(20, Status::Online, 21);
        assert_eq!(statuses(&new, 10, &[(21, online(Status::Unknown))]), [(21, Status::Online)]);
    }

    #[test]
    fn status_without_a_kept_event_is_the_present_one_since_its_start() {
        assert_eq!(statuses(&chatbot(1, Status::Online, 2), 10, &[]), [(2, Status::Online)]);
        let lagging = chatbot(1, Status::Offline, 95);
        let expected = [(10, Status::Offline), (90, Status::Online), (95, Status::Offline)];
        assert_eq!(statuses(&lagging, 10, &[(90, online(Status::Offline))]), expected);
    }

    fn forced(now: Option<&Control>, changes: &[(i64, Change)]) -> Spans {
        let changes: Vec<_> = changes.iter().map(|(at, change)| (day(*at), *change)).collect();
        let chatbot = chatbot(1, Status::Offline, 50);
        StoredHistory { chatbot: &chatbot, control: now, kept_since: day(10), changes: &changes }.forced()
    }

    #[test]
    fn forced_time_ends_with_the_control_or_with_another_one() {
        let (force, hold) = (Change::Control(ControlMode::ForceOffline), Change::Control(ControlMode::Hold));
        let period = |start, end| Period { start: day(start), end: day(end) };
        let changes = [(20, force), (21, force), (25, Change::ControlEnded), (30, hold), (40, force), (42, hold)];
        assert_eq!(forced(None, &changes), Spans::union([period(20, 25), period(40, 42)]));
        let lasting = Spans::union([Period { start: day(50), end: Timestamp::MAX }]);
        let present = control("force-offline");
        assert_eq!(forced(Some(&present), &[(50, force)]), lasting);
        assert_eq!(forced(Some(&present), &[]), lasting, "its event is no longer kept");
        assert_eq!(forced(Some(&control("hold")), &[]), Spans::default());
    }

    #[test]
    fn changes_are_those_of_the_events() {
        let name = "tax-board".parse::<crate::chatbots::name::Name>().expect("a name");
        let change = |event: EventKind| Change::of(&event);
        assert_eq!(
            change(EventKind::ChatbotOnline { chatbot: name.clone(), was: Status::Unknown }),
            Some(online(Status::Unknown))
        );
        let offline = |cause| change(EventKind::ChatbotOffline { chatbot: name.clone(), cause });
        assert_eq!(offline(Cause::Failing(vec![])), Some(EJECTED));
        assert_eq!(offline(Cause::Forced("a test".to_owned())), Some(FORCED));
        let hold = EventKind::ControlSet { chatbot: name.clone(), control: control("hold") };
        assert_eq!(change(hold), Some(Change::Control(ControlMode::Hold)));
        assert_eq!(change(EventKind::ControlEnded { chatbot: name.clone() }), Some(Change::ControlEnded));
        assert_eq!(change(EventKind::ChatbotSettled { chatbot: name, status: Status::Online }), None);
    }
}
