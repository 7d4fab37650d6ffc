//! Each row of the table, and random histories against a plain reading of the rule.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{
    alerts::event::Event,
    health::cause::{Cause, CheckReason},
    notifications::{
        channel::{Address, Channel},
        combine::combine,
        enrolment::Present,
        settings::SettingsChange,
        subscription::{Coverage, Subscription},
    },
    outages::{Covered, EarlyEnd, GRACE, OutageId, Window},
};

fn at(text: &str) -> Timestamp {
    format!("2027-03-02T{text}:00Z").parse().expect("a time")
}

fn tax() -> Enrolment {
    Enrolment { name: "tax".parse().expect("a name"), enrolled_at: Timestamp::UNIX_EPOCH }
}

fn window(start: &str, end: &str) -> Window {
    Window {
        outage: OutageId::new(Timestamp::UNIX_EPOCH, &[7; 10]),
        chatbots: Covered::All,
        start: at(start),
        end: at(end),
        planned_end: at(end),
        confirmed_at: at("00:00"),
        early_end: None,
    }
}

fn notification(id: &str, at: Timestamp, kind: EventKind) -> PendingNotification {
    let event = Event { id: id.to_owned(), at, quiet: false, kind };
    PendingNotification::of_event(&event, Some(tax()), at).expect("a notification")
}

fn offline() -> EventKind {
    EventKind::ChatbotOffline { chatbot: tax().name, cause: Cause::Unanswered(CheckReason::Silence) }
}

fn online() -> EventKind {
    EventKind::ChatbotOnline { chatbot: tax().name, was: Status::Offline }
}

/// A subscription, what it was told, and what is pending.
struct Story {
    told: Notified,
    pending: Vec<PendingNotification>,
    windows: Windows,
}

impl Story {
    fn new(windows: &[Window]) -> Self {
        Self { told: Notified::default(), pending: vec![], windows: Windows::new(windows.to_vec()) }
    }

    fn event(mut self, time: &str, kind: EventKind) -> Self {
        self.pending.push(notification(&format!("{time} {}", self.pending.len()), at(time), kind));
        self
    }

    fn offline(self, time: &str) -> Self {
        self.event(time, offline())
    }

    fn online(self, time: &str) -> Self {
        self.event(time, online())
    }

    fn held(&self, now: &str) -> Held {
        Held::new(&self.pending, &self.told, &self.windows, at(now))
    }

    /// Tells what is live at `now`. Returns the entries, in short.
    fn tell(&mut self, now: &str) -> Vec<String> {
        let held = self.held(now);
        let address = Address::new(Channel::Mail, "a@b.ee").expect("an address");
        let institution = "tax-board".parse::<Name>().expect("a name");
        let coverage = Coverage::Institution { institution: institution.clone() };
        let subscription = Subscription::new(address, coverage, SettingsChange::default(), at("00:00"));
        let present = [(tax().name, Present { enrolled_at: tax().enrolled_at, institution })].into();
        let combined = combine(&subscription, &held.live, &self.told, &present, &BTreeSet::new(), at(now));
        let combined = held.complete(combined);
        let settled: BTreeSet<_> =
            combined.told.iter().chain(combined.dropped.iter().map(|dropped| &dropped.id)).cloned().collect();
        self.pending.retain(|one| !settled.contains(&one.id));
        for change in combined.changes {
            self.told.chatbots.extend(change.status.map(|status| (change.chatbot, status)));
        }
        let entries = combined.entries.iter().map(|entry| match entry {
            Entry::Offline { after_planned: true, .. } => "still offline".to_owned(),
            Entry::Offline { .. } => "offline".to_owned(),
            Entry::Online { .. } => "online".to_owned(),
            other => format!("{other:?}"),
        });
        entries.collect()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn nothing_is_told_of_an_outage_within_planned_work() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("10:30");
    assert_eq!(story.tell("10:31"), NOTHING);
    assert_eq!(story.held("10:31").until, Some(at("12:05")));
    let mut story = story.online("11:50");
    assert_eq!(story.held("11:51").dropped.len(), 2, "good → bad → good");
    assert_eq!((story.tell("11:51"), story.pending.len()), (vec![], 0));
}

#[test]
fn still_offline_is_told_once_five_minutes_after_the_end() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("10:30");
    assert_eq!(story.tell("12:04"), NOTHING);
    assert_eq!(story.tell("12:05"), ["still offline"]);
    assert_eq!(story.tell("12:06"), NOTHING);
    assert_eq!(story.online("13:00").tell("13:01"), ["online"]);
}

#[test]
fn outage_that_ends_within_the_grace_is_not_told() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("10:30").online("12:04");
    assert_eq!((story.tell("12:05"), story.pending.len()), (vec![], 0));
}

#[test]
fn outage_that_was_told_is_told_to_be_over_at_once_and_nothing_anew() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("09:50");
    assert_eq!(story.tell("09:51"), ["offline"]);
    assert_eq!(story.tell("12:05"), NOTHING, "bad (told) → bad → bad");
    let mut story = story.online("10:40");
    assert_eq!(story.tell("10:41"), ["online"], "bad (told) → good");
    let mut story = story.offline("10:50");
    assert_eq!(story.tell("10:51"), NOTHING, "out again, in planned work");
    assert_eq!(story.tell("12:05"), ["still offline"]);
}

#[test]
fn end_and_new_outage_in_one_round_are_told_apart() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("09:50");
    assert_eq!(story.tell("09:51"), ["offline"]);
    let mut story = story.online("10:40").offline("10:50");
    assert_eq!(story.tell("10:51"), ["online"]);
    assert_eq!(story.pending.len(), 1, "held");
}

#[test]
fn outage_that_began_before_is_told_in_planned_work() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("09:59");
    assert_eq!(story.tell("10:01"), ["offline"]);
}

#[test]
fn outage_of_a_window_that_is_cancelled_or_cut_is_told_at_once() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("10:30");
    assert_eq!(story.tell("10:40"), NOTHING);
    story.windows = Windows::default();
    assert_eq!(story.tell("10:41"), ["offline"], "cancelled before it began");
    let cut = Window { end: at("10:41"), early_end: Some(EarlyEnd::Completed), ..window("10:00", "12:00") };
    let mut story = Story::new(&[cut]).offline("10:30");
    assert_eq!(story.tell("10:41"), ["still offline"], "without a grace");
}

#[test]
fn overlapping_windows_hold_until_the_last_ends() {
    let both = [window("10:00", "12:00"), window("11:00", "13:00")];
    let mut story = Story::new(&both).offline("11:30");
    assert_eq!(story.tell("12:05"), NOTHING, "case 6: nothing at 12:00");
    assert_eq!(story.tell("13:04"), NOTHING);
    assert_eq!(story.tell("13:05"), ["still offline"], "case 6");
}

#[test]
fn extension_holds_for_longer() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("10:30");
    story.windows = Windows::new(vec![Window { end: at("13:00"), ..window("10:00", "12:00") }]);
    assert_eq!(story.tell("12:05"), NOTHING);
    assert_eq!(story.tell("13:05"), ["still offline"]);
}

#[test]
fn outage_after_the_end_is_told_within_the_grace() {
    let mut story = Story::new(&[window("10:00", "12:00")]).offline("10:30").online("12:01").offline("12:02");
    assert_eq!(story.tell("12:03"), ["offline"]);
}

#[test]
fn flapping_that_settles_in_planned_work_is_not_told() {
    let flaps = EventKind::ChatbotFlapping { chatbot: tax().name, status: Status::Offline };
    let settled = EventKind::ChatbotSettled { chatbot: tax().name, status: Status::Online };
    let story =
        || Story::new(&[window("10:00", "12:00")]).offline("10:10").event("10:11", flaps.clone()).online("10:12");
    assert_eq!(story().tell("10:13"), NOTHING);
    let settles = story().event("11:30", settled);
    assert_eq!((settles.held("11:31").dropped.len(), settles.held("11:31").live.len()), (4, 0));
    let flapping = story().held("12:05");
    assert_eq!((flapping.live.len(), flapping.dropped.len()), (3, 0), "it flaps still");
}

#[test]
fn chatbot_that_flapped_before_planned_work_is_told_when_it_settles_in_it() {
    let flaps = EventKind::ChatbotFlapping { chatbot: tax().name, status: Status::Offline };
    let settled = EventKind::ChatbotSettled { chatbot: tax().name, status: Status::Offline };
    let mut story = Story::new(&[window("10:00", "12:00")]).event("09:50", flaps);
    assert_eq!(story.tell("09:51").len(), 1);
    let story = story.event("10:30", settled);
    assert_eq!((story.held("10:31").live.len(), story.held("10:31").until), (1, None), "bad (told) → bad");
}

#[test]
fn chatbot_that_is_online_for_the_first_time_is_told_in_planned_work() {
    let first = EventKind::ChatbotOnline { chatbot: tax().name, was: Status::Unknown };
    let mut story = Story::new(&[window("10:00", "12:00")]).event("10:30", first);
    assert_eq!(story.tell("10:31"), ["online"]);
}

proptest! {
    /// A plain reading of the rule, minute by minute: an outage is told if it began outside of every window, or if it goes
    /// on when every window that covers it, and every one that overlaps those, has been over for the grace.
    #[test]
    fn outages_are_told_as_the_rule_says(
        spans in proptest::collection::vec((0..200_i64, 1..60_i64), 0..5),
        changes in proptest::collection::btree_set(0..300_i64, 0..12),
    ) {
        let minute = |minute: i64| at("00:00") + SignedDuration::from_mins(minute);
        let windows: Vec<_> = spans.iter().map(|(start, length)| Window {
            start: minute(*start), end: minute(start + length), planned_end: minute(start + length), ..window("00:00", "00:00")
        }).collect();
        // Minutes in which an outage that began in a window is held: those of the windows, and of their graces.
        let grace = GRACE.as_mins();
        let covered = |at: i64| spans.iter().any(|(start, length)| (*start..start + length).contains(&at));
        let holds = |at: i64| spans.iter().any(|(start, length)| (*start..start + length + grace).contains(&at));
        let changes: Vec<_> = changes.into_iter().collect();
        let mut story = Story { told: Notified::default(), pending: vec![], windows: Windows::new(windows) };
        let (mut down, mut planned, mut knows_down) = (false, false, false);
        for now in 0..400_i64 {
            if changes.contains(&now) {
                down = !down;
                planned = down && covered(now);
                let kind = if down { offline() } else { online() };
                story.pending.push(notification(&now.to_string(), minute(now), kind));
            }
            // A round a minute.
            planned &= holds(now);
            let expected = match (down && !planned, knows_down) {
                (true, false) => { knows_down = true; 1 }
                (false, true) if !down => { knows_down = false; 1 }
                _ => 0,
            };
            let text = format!("{:02}:{:02}", now / 60, now % 60);
            prop_assert_eq!(story.tell(&text).len(), expected, "minute {}", now);
        }
        prop_assert!(story.pending.is_empty());
    }
}
