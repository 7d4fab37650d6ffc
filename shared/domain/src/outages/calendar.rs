//! The calendar of planned outages: iCalendar (RFC 5545).
//!
//! Each occurrence is an event of its own, in UTC: no program has to read the rule, so none reads it differently.

use std::fmt::Write as _;

use jiff::{Timestamp, tz::Offset};

use super::{
    planned_outage::{HORIZON, MAX_RUNS, OutageState, PlannedOutage},
    run::Phase,
    window::Covered,
};
use crate::chatbots::name::Name;

/// The most octets of a line, without its end (RFC 5545, section 3.1).
const MAX_LINE: usize = 75;

/// Returns the calendar of `outages` of `institution` at `now`: their occurrences of the next 60 days and of the last day.
#[must_use]
pub fn calendar(institution: &Name, outages: &[PlannedOutage], now: Timestamp) -> String {
    let mut calendar = Calendar::default();
    calendar.line("BEGIN:VCALENDAR");
    calendar.line("VERSION:2.0");
    calendar.line("PRODID:-//CentOps//Planned outages//EN");
    calendar.line("METHOD:PUBLISH");
    calendar.line(&format!("X-WR-CALNAME:CentOps {institution}"));
    calendar.line("REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    for outage in outages {
        calendar.outage(outage, now);
    }
    calendar.line("END:VCALENDAR");
    calendar.0
}

#[derive(Default)]
struct Calendar(String);

impl Calendar {
    fn outage(&mut self, outage: &PlannedOutage, now: Timestamp) {
        for run in outage.runs() {
            let status = if run.phase == Phase::Cancelled { "CANCELLED" } else { "CONFIRMED" };
            self.event(outage, run.start, run.end, status);
        }
        if outage.state == OutageState::Requested {
            for occurrence in outage.rule.occurrences(now, now + HORIZON).into_iter().take(MAX_RUNS) {
                self.event(outage, occurrence.start, occurrence.end, "TENTATIVE");
            }
        }
    }

    fn event(&mut self, outage: &PlannedOutage, start: Timestamp, end: Timestamp, status: &str) {
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{}-{}@centops", outage.id, utc(start)));
        self.line(&format!("DTSTAMP:{}", utc(outage.updated_at)));
        self.line(&format!("SEQUENCE:{}", outage.sequence));
        self.line(&format!("DTSTART:{}", utc(start)));
        self.line(&format!("DTEND:{}", utc(end)));
        self.line(&format!("SUMMARY:{}", escaped(outage.reason.as_str())));
        if let Covered::Chosen(chosen) = &outage.chatbots {
            let names: Vec<_> = chosen.iter().map(|chatbot| chatbot.name.as_str()).collect();
            self.line(&format!("DESCRIPTION:{}", escaped(&names.join(", "))));
        }
        self.line(&format!("STATUS:{status}"));
        self.line("TRANSP:TRANSPARENT");
        self.line("END:VEVENT");
    }

    /// Adds a line, folded so that no part has more than [`MAX_LINE`] octets.
    fn line(&mut self, line: &str) {
        let mut length = 0;
        for character in line.chars() {
            if length + character.len_utf8() > MAX_LINE {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(character);
            length += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// Returns a time as `20270307T013000Z`, to the second.
fn utc(at: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(at);
    let (date, time) = (at.date(), at.time());
    let mut text = format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    // Writing to a text does not fail.
    let _ = write!(text, "T{:02}{:02}{:02}Z", time.hour(), time.minute(), time.second());
    text
}

/// Returns `text` as a value of the type TEXT (section 3.3.11), without control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
