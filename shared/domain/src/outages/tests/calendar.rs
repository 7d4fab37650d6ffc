//! The calendar, and a plain reader of it.

use super::{super::calendar, *};
use crate::notifications::Enrolment;

/// Returns the unfolded lines of a calendar whose lines are valid.
fn lines(text: &str) -> Vec<String> {
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "lines end with CRLF");
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_end().split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Returns the values of a property, in order.
fn values<'a>(lines: &'a [String], property: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| line.strip_prefix(property)?.strip_prefix(':')).collect()
}

fn tax() -> crate::chatbots::Name {
    "tax-board".parse().expect("a name")
}

#[test]
fn each_occurrence_is_an_event_in_utc() {
    let rule = serde_json::json!({
        "start": "2027-03-21T03:30:00", "minutes": 90, "repeat": {"weekly": {"every": 1, "weekdays": ["sunday"]}},
        "until": "2027-04-04",
    });
    let now = at("2027-03-01T12:00:00Z");
    let (outage, _) = outage(&rule, true, "2027-03-01T12:00:00Z");
    let text = calendar(&tax(), std::slice::from_ref(&outage), now);
    let lines = lines(&text);
    assert_eq!(values(&lines, "DTSTART"), ["20270321T013000Z", "20270328T013000Z", "20270404T003000Z"]);
    assert_eq!(values(&lines, "DTEND"), ["20270321T030000Z", "20270328T030000Z", "20270404T020000Z"]);
    assert_eq!(values(&lines, "STATUS"), ["CONFIRMED"; 3]);
    assert_eq!(values(&lines, "SEQUENCE"), ["0"; 3]);
    assert_eq!(values(&lines, "DTSTAMP"), ["20270301T120000Z"; 3]);
    assert_eq!(values(&lines, "UID")[0], format!("{}-20270321T013000Z@centops", id()));
    assert!(!text.contains("RRULE"), "no program has to read the rule");
    let later = calendar(&tax(), std::slice::from_ref(&outage), now + hours(1));
    assert_eq!(later, text, "nothing changes with the time alone");
    let (cancelled, _) = outage.cancelled(now).expect("cancelled");
    let text = calendar(&tax(), &[cancelled], now);
    let cancelled = self::lines(&text);
    assert_eq!(values(&cancelled, "UID"), values(&lines, "UID"), "the same events");
    assert_eq!((values(&cancelled, "STATUS"), values(&cancelled, "SEQUENCE")), (vec!["CANCELLED"; 3], vec!["1"; 3]));
}

#[test]
fn requested_occurrences_are_tentative() {
    let rule = serde_json::json!({"start": "2027-03-02T20:00:00", "zone": "UTC", "minutes": 60});
    let (requested, _) = outage(&rule, false, "2027-03-02T12:00:00Z");
    let text = calendar(&tax(), &[requested], at("2027-03-02T12:00:00Z"));
    assert_eq!(values(&lines(&text), "STATUS"), ["TENTATIVE"]);
}

#[test]
fn texts_are_escaped_and_long_lines_folded() {
    let rule = serde_json::json!({"start": "2027-03-02T20:00:00", "zone": "UTC", "minutes": 60});
    let mut request = request(&rule);
    let reason = format!("a;b,c\\d\r\ne\u{7}{}", "õ".repeat(120));
    request.reason = reason.try_into().expect("a reason");
    let chosen = ["police", "tax"]
        .map(|name| Enrolment { name: name.parse().expect("a name"), enrolled_at: Timestamp::UNIX_EPOCH });
    let chosen = Covered::Chosen(chosen.into());
    let (outage, _) = PlannedOutage::new(&request, id(), chosen, true, at("2027-03-01T00:00:00Z")).expect("good");
    let text = calendar(&tax(), &[outage], at("2027-03-01T00:00:00Z"));
    let lines = lines(&text);
    assert_eq!(values(&lines, "SUMMARY"), [format!("a\\;b\\,c\\\\d\\ne {}", "õ".repeat(120))]);
    assert_eq!(values(&lines, "DESCRIPTION"), ["police\\, tax"]);
    assert_eq!(lines.first().map(String::as_str), Some("BEGIN:VCALENDAR"));
    assert_eq!(lines.last().map(String::as_str), Some("END:VCALENDAR"));
}
