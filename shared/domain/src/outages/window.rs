//! Windows: the times in which planned outages take chatbots out, and what is asked about them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::outage_id::OutageId;
use crate::notifications::Enrolment;

/// The time after the end of a window in which a chatbot may come back before its owners are notified.
pub const GRACE: SignedDuration = SignedDuration::from_mins(5);
/// The time before the start at which an outage is confirmed at the latest, so that availability excludes it.
pub const NOTICE: SignedDuration = SignedDuration::from_hours(24);
/// The longest window, extensions included.
pub const MAX_LENGTH: SignedDuration = SignedDuration::from_hours(48);

/// The chatbots of the institution that a planned outage takes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Covered {
    /// All, also those that are enrolled later.
    All,
    /// These, until they are removed.
    Chosen(BTreeSet<Enrolment>),
}

impl Covered {
    /// Returns whether `chatbot`, which belongs to the institution, is one of them.
    #[must_use]
    pub fn includes(&self, chatbot: &Enrolment) -> bool {
        match self {
            Self::All => true,
            Self::Chosen(chosen) => chosen.contains(chatbot),
        }
    }
}

/// The reason why a window ended, or will end, before its planned end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EarlyEnd {
    /// The work was completed.
    Completed,
    /// The outage was cancelled while it was in progress.
    Cancelled,
    /// The end was moved to an earlier time.
    Shortened,
}

/// One time in which a confirmed planned outage takes chatbots out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The planned outage.
    pub outage: OutageId,
    /// The chatbots.
    pub chatbots: Covered,
    /// The start.
    pub start: Timestamp,
    /// The end: earlier than planned with [`Window::early_end`], later if the outage was extended.
    pub end: Timestamp,
    /// The end that was planned at the confirmation.
    pub planned_end: Timestamp,
    /// When this time was confirmed. A change of the time or of the chatbots confirms it anew.
    pub confirmed_at: Timestamp,
    /// Why it ends before it was to end; none if it ends as planned or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_end: Option<EarlyEnd>,
}

impl Window {
    /// Returns whether it takes `chatbot` out at `at`.
    #[must_use]
    pub fn covers(&self, chatbot: &Enrolment, at: Timestamp) -> bool {
        (self.start..self.end).contains(&at) && self.chatbots.includes(chatbot)
    }

    /// Returns until when notifications of outages that began in it are held: [`GRACE`] after the end, and no longer than
    /// to the end if that is early.
    #[must_use]
    pub fn held_until(&self) -> Timestamp {
        if self.early_end.is_some() { self.end } else { self.end + GRACE }
    }

    /// Returns the time that availability excludes: none if it was confirmed less than [`NOTICE`] before the start. An
    /// extension is not confirmed in time, so it is not excluded.
    #[must_use]
    pub fn excluded(&self) -> Option<(Timestamp, Timestamp)> {
        let end = self.end.min(self.planned_end);
        let is_in_time = self.start.duration_since(self.confirmed_at) >= NOTICE;
        (is_in_time && self.start < end).then_some((self.start, end))
    }
}

/// The windows of one institution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows(Vec<Window>);

impl Windows {
    /// Returns `windows`, by their start.
    #[must_use]
    pub fn new(mut windows: Vec<Window>) -> Self {
        windows.sort_by_key(|window| (window.start, window.outage));
        Self(windows)
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the windows by their start.
    pub fn iter(&self) -> impl Iterator<Item = &Window> {
        self.0.iter()
    }

    /// Returns whether any of them takes `chatbot` out at `at`.
    #[must_use]
    pub fn covers(&self, chatbot: &Enrolment, at: Timestamp) -> bool {
        self.0.iter().any(|window| window.covers(chatbot, at))
    }

    /// Returns until when the notifications of an outage of `chatbot` that began at `began` are held; none if that is in no
    /// window. Windows that overlap, or follow before the hold of another is over, hold them together: the end of one
    /// frees nothing.
    #[must_use]
    pub fn held_until(&self, chatbot: &Enrolment, began: Timestamp) -> Option<Timestamp> {
        let mut until = None;
        // One that was over by then holds nothing.
        let own = self.0.iter().filter(|window| window.chatbots.includes(chatbot) && began < window.end);
        for window in own {
            let follows = until.is_some_and(|until| window.start <= until);
            if window.covers(chatbot, began) || follows {
                until = until.max(Some(window.held_until()));
            }
        }
        until
    }

    /// Returns the times that availability of `chatbot` excludes: the union, without overlaps, in order.
    #[must_use]
    pub fn excluded(&self, chatbot: &Enrolment) -> Vec<(Timestamp, Timestamp)> {
        let mut union: Vec<(Timestamp, Timestamp)> = Vec::new();
        let own = self.0.iter().filter(|window| window.chatbots.includes(chatbot));
        for (start, end) in own.filter_map(Window::excluded) {
            match union.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => union.push((start, end)),
            }
        }
        union
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2027-03-02T{text}:00Z").parse().expect("a time")
    }

    fn chatbot(name: &str) -> Enrolment {
        Enrolment { name: name.parse().expect("a name"), enrolled_at: Timestamp::UNIX_EPOCH }
    }

    fn window(start: &str, end: &str) -> Window {
        Window {
            outage: OutageId::new(Timestamp::UNIX_EPOCH, &[7; 10]),
            chatbots: Covered::All,
            start: at(start),
            end: at(end),
            planned_end: at(end),
            confirmed_at: at("00:00") - SignedDuration::from_hours(24),
            early_end: None,
        }
    }

    fn windows(windows: &[Window]) -> Windows {
        Windows::new(windows.to_vec())
    }

    #[test]
    fn window_covers_a_chatbot_as_its_events_know_it() {
        let moment = |text: &str| -> Timestamp { text.parse().expect("a time") };
        let of = |enrolled_at| Enrolment { enrolled_at: moment(enrolled_at), ..chatbot("tax-chat") };
        let chosen = Covered::Chosen([of("2026-11-27T03:11:00.123456789Z")].into());
        let window = Window { chatbots: chosen, ..window("10:00", "11:00") };
        assert!(window.covers(&of("2026-11-27T03:11:00.123Z"), at("10:30")));
        assert!(!window.covers(&of("2026-11-27T03:11:00.124Z"), at("10:30")));
    }

    #[test]
    fn overlapping_windows_hold_until_the_last_one_ends() {
        let (tax, union) = (chatbot("tax"), windows(&[window("11:00", "13:00"), window("10:00", "12:00")]));
        for (began, until) in [
            ("09:59", None),
            ("10:00", Some("13:05")),
            ("11:30", Some("13:05")),
            ("12:59", Some("13:05")),
            ("13:00", None),
        ] {
            assert_eq!(union.held_until(&tax, at(began)), until.map(at), "{began}");
        }
        assert!(union.covers(&tax, at("12:30")) && !union.covers(&tax, at("13:00")));
        assert_eq!(union.excluded(&tax), [(at("10:00"), at("13:00"))], "case 6: three hours");
    }

    #[test]
    fn window_that_follows_within_the_grace_goes_on_holding() {
        let tax = chatbot("tax");
        let follows = windows(&[window("10:00", "12:00"), window("12:05", "13:00")]);
        assert_eq!(follows.held_until(&tax, at("11:00")), Some(at("13:05")));
        assert_eq!(follows.held_until(&tax, at("12:02")), None, "the grace is for what began before");
        let apart = windows(&[window("10:00", "12:00"), window("12:06", "13:00")]);
        assert_eq!(apart.held_until(&tax, at("11:00")), Some(at("12:05")));
    }

    #[test]
    fn window_that_was_over_before_the_outage_does_not_hold_it() {
        let cut = Window { end: at("11:00"), early_end: Some(EarlyEnd::Completed), ..window("10:00", "12:00") };
        let both = windows(&[window("10:10", "10:58"), cut]);
        assert_eq!(both.held_until(&chatbot("tax"), at("10:59")), Some(at("11:00")));
        assert_eq!(both.held_until(&chatbot("tax"), at("10:57")), Some(at("11:03")), "both cover it");
    }

    #[test]
    fn early_end_has_no_grace_and_an_extension_is_not_excluded() {
        let tax = chatbot("tax");
        let early = Window { end: at("11:00"), early_end: Some(EarlyEnd::Completed), ..window("10:00", "12:00") };
        assert_eq!(windows(std::slice::from_ref(&early)).held_until(&tax, at("10:30")), Some(at("11:00")));
        assert_eq!(early.excluded(), Some((at("10:00"), at("11:00"))), "only up to then");
        let longer = Window { end: at("13:00"), ..window("10:00", "12:00") };
        assert_eq!(windows(std::slice::from_ref(&longer)).held_until(&tax, at("12:30")), Some(at("13:05")));
        assert_eq!(longer.excluded(), Some((at("10:00"), at("12:00"))));
    }

    #[test]
    fn only_what_was_confirmed_a_day_before_is_excluded() {
        let late = |minutes| Window {
            confirmed_at: at("10:00") - NOTICE + SignedDuration::from_mins(minutes),
            ..window("10:00", "12:00")
        };
        assert_eq!(late(0).excluded(), Some((at("10:00"), at("12:00"))));
        assert_eq!(late(1).excluded(), None);
        assert_eq!(late(1).held_until(), at("12:05"), "it holds notifications nevertheless");
    }

    #[test]
    fn chosen_chatbots_are_those_of_the_same_enrolment() {
        let (tax, police) = (chatbot("tax"), chatbot("police"));
        let chosen = Window { chatbots: Covered::Chosen([tax.clone()].into()), ..window("10:00", "12:00") };
        let chosen = windows(&[chosen]);
        let again = Enrolment { enrolled_at: at("10:00"), ..tax.clone() };
        for (chatbot, is_covered) in [(&tax, true), (&police, false), (&again, false)] {
            assert_eq!(chosen.covers(chatbot, at("11:00")), is_covered, "{chatbot:?}");
            assert_eq!(chosen.held_until(chatbot, at("11:00")).is_some(), is_covered);
            assert_eq!(!chosen.excluded(chatbot).is_empty(), is_covered);
        }
    }
}
