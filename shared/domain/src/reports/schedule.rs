//! When reports are sent, and to whom.

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Weekday};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::{
    chatbots::name::Name,
    notifications::{Channel, Kind, State, Subscription, SubscriptionId, Zone},
};

/// The hour of the wall clock at which reports are sent first.
const FIRST_HOUR: i8 = 9;
/// The time within which they are sent.
const SPREAD_SECONDS: u64 = 2 * 3600;
/// The longest time for which reports that nobody made are made up for.
const LONGEST_BACKLOG: SignedDuration = SignedDuration::from_hours(35 * 24);
/// The zones are at most this far from UTC, and reports are due from nine to eleven o'clock: 05:00 to 12:00 UTC.
const DUE_HOURS: std::ops::RangeInclusive<i8> = 4..=13;

/// The kind of a report that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportKind {
    /// Each Monday, about the week before, to the subscriptions of an institution.
    Weekly,
    /// On the first day of a month, about silence, to the subscriptions of the operations centre.
    Monthly,
}

/// A report that is due to one subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The kind.
    pub kind: ReportKind,
    /// When it is due.
    pub at: Timestamp,
}

impl ReportKind {
    /// Returns the kind that `subscription` gets at `now`; none if it gets no reports: they are mails, to whom confirmed
    /// the address and did not choose other kinds only.
    #[must_use]
    pub fn of(subscription: &Subscription, now: Timestamp) -> Option<Self> {
        let is_active = matches!(subscription.state.at(now), State::Active { .. });
        let has_reports =
            subscription.address.channel() == Channel::Mail && subscription.settings.includes_kind(Kind::Report);
        let kind = match subscription.coverage.institution() {
            Some(_) => Self::Weekly,
            None => Self::Monthly,
        };
        (is_active && has_reports).then_some(kind)
    }
}

/// Returns the reports that are due to `subscription` after `after` and until `until`.
///
/// An institution has one time of its own between nine and eleven o'clock, by a hash, in the zone of the subscription.
#[must_use]
pub fn due(subscription: &Subscription, after: Timestamp, until: Timestamp) -> Vec<Due> {
    let Some(kind) = ReportKind::of(subscription, until) else { return vec![] };
    let zone = subscription.settings.zone;
    let after = after.max(until.saturating_sub(LONGEST_BACKLOG).unwrap_or(after));
    let (first, last) = (zone.local(after).date(), zone.local(until).date());
    let days = first.series(1.day()).take_while(|day| *day <= last).filter(|day| match kind {
        ReportKind::Weekly => day.weekday() == Weekday::Monday,
        ReportKind::Monthly => day.day() == 1,
    });
    let times = days.filter_map(|day| {
        let nine = zone.instant(day.at(FIRST_HOUR, 0, 0, 0))?;
        nine.checked_add(spread(subscription.coverage.institution())).ok()
    });
    let due = times.filter(|at| after < *at && *at <= until);
    due.map(|at| Due { subscription: subscription.id, kind, at }).collect()
}

/// Returns whether a report may be due after `after` and until `until`, in any zone.
#[must_use]
pub fn may_be_due(after: Timestamp, until: Timestamp) -> bool {
    let utc = jiff::tz::TimeZone::UTC;
    let (first, last) = (utc.to_datetime(after).date(), utc.to_datetime(until).date());
    let mut days = first.series(1.day()).take_while(|day| *day <= last);
    days.any(|day| {
        let at = |hour: i8| utc.to_timestamp(day.at(hour, 0, 0, 0)).ok();
        let (start, end) = (at(*DUE_HOURS.start()), at(*DUE_HOURS.end()));
        let is_near = start.is_some_and(|start| start <= until) && end.is_some_and(|end| after < end);
        is_near && (day.weekday() == Weekday::Monday || day.day() == 1)
    })
}

/// Returns the id of the message of `due`: a `UUIDv7` that is the same whenever it is made.
#[must_use]
pub fn message_id(due: &Due) -> Uuid {
    let kind = match due.kind {
        ReportKind::Weekly => "weekly",
        ReportKind::Monthly => "monthly",
    };
    let hash = Sha256::digest(format!("report:{kind}:{}:{}", due.subscription, due.at.as_second()));
    let mut random = [0; 10];
    random.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    let millis = u64::try_from(due.at.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Returns how long after nine o'clock the reports of `institution` are sent.
fn spread(institution: Option<&Name>) -> SignedDuration {
    let hash = Sha256::digest(institution.map_or("", Name::as_str));
    let hash = hash.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    SignedDuration::from_secs(i64::try_from(hash % SPREAD_SECONDS).unwrap_or_default())
}

/// Returns the first day of the month in which `at` is in `zone`, as a time.
#[must_use]
pub fn start_of_month(at: Timestamp, zone: Zone) -> Timestamp {
    let first = zone.local(at).date().first_of_month();
    super::period::midnight(first, zone).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::notifications::{Address, Coverage, SettingsChange};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn subscription(institution: Option<&str>, settings: &str, channel: &str) -> Subscription {
        let coverage = institution
            .map_or(Coverage::Operations, |name| Coverage::Institution { institution: name.parse().expect("a name") });
        let address = match channel {
            "mail" => Address::new(Channel::Mail, "owner@example.ee"),
            _ => Address::new(Channel::Slack, "https://hooks.slack.com/services/x"),
        };
        let settings: SettingsChange = serde_json::from_str(settings).expect("settings");
        let new = Subscription::new(address.expect("an address"), coverage, settings, at("2026-01-01T00:00:00Z"));
        new.confirmed(at("2026-01-01T00:00:00Z")).expect("confirmed")
    }

    fn times(of: &Subscription, after: &str, until: &str) -> Vec<Timestamp> {
        due(of, at(after), at(until)).into_iter().map(|due| due.at).collect()
    }

    #[test]
    fn weekly_report_is_due_on_monday_morning_of_the_zone_also_when_clocks_change() {
        let weekly = subscription(Some("tax-board"), "{}", "mail");
        let found = times(&weekly, "2027-03-19T00:00:00Z", "2027-04-01T00:00:00Z");
        assert_eq!(found.len(), 2);
        let offset = found[0].duration_since(at("2027-03-22T07:00:00Z"));
        assert!((0..7200).contains(&offset.as_secs()), "{found:?}");
        assert_eq!(found[1], at("2027-03-29T06:00:00Z") + offset, "in summer time");
        let other = subscription(Some("police"), r#"{"zone":"Atlantic/Azores"}"#, "mail");
        let azores = times(&other, "2027-01-10T00:00:00Z", "2027-01-12T00:00:00Z");
        assert!((at("2027-01-11T10:00:00Z")..at("2027-01-11T12:00:00Z")).contains(&azores[0]), "{azores:?}");
    }

    #[test]
    fn each_time_is_due_in_one_run_only() {
        let weekly = subscription(Some("tax-board"), "{}", "mail");
        let [due] = times(&weekly, "2026-11-22T00:00:00Z", "2026-11-25T00:00:00Z")[..] else { panic!("one") };
        let second = SignedDuration::from_secs(1);
        let run = |after: Timestamp, until: Timestamp| super::due(&weekly, after, until).len();
        assert_eq!((run(due - second, due), run(due, due + second), run(due - second * 2, due - second)), (1, 0, 0));
        assert!(may_be_due(due - second, due));
        let late = times(&weekly, "2026-01-01T00:00:00Z", "2026-11-25T00:00:00Z");
        assert_eq!(late.len(), 5, "five weeks are made up for");
    }

    #[test]
    fn report_may_be_due_whenever_one_is() {
        let monday = at("2026-11-22T00:00:00Z");
        for zone in ["Europe/Tallinn", "Atlantic/Azores", "Asia/Tbilisi", "UTC", "Europe/Lisbon"] {
            for institution in [Some("tax-board"), Some("police"), None] {
                let of = subscription(institution, &format!(r#"{{"zone":"{zone}"}}"#), "mail");
                for hour in 0..24 * 40 {
                    let after = monday + SignedDuration::from_hours(hour);
                    let until = after + SignedDuration::from_hours(1);
                    assert!(due(&of, after, until).is_empty() || may_be_due(after, until), "{zone} {after}");
                }
            }
        }
        assert!(!may_be_due(at("2026-11-24T00:00:00Z"), at("2026-11-29T23:00:00Z")));
    }

    #[test]
    fn monthly_report_is_for_the_operations_centre() {
        let operations = subscription(None, "{}", "mail");
        let found = due(&operations, at("2026-10-15T00:00:00Z"), at("2026-11-15T00:00:00Z"));
        assert_eq!(found.iter().map(|due| due.kind).collect::<Vec<_>>(), [ReportKind::Monthly]);
        assert!((at("2026-11-01T07:00:00Z")..at("2026-11-01T09:00:00Z")).contains(&found[0].at), "{found:?}");
    }

    #[test]
    fn only_active_mails_that_want_reports_get_them() {
        let now = at("2026-11-25T00:00:00Z");
        let kind = |of: &Subscription| ReportKind::of(of, now);
        let tax = |settings: &str| subscription(Some("tax"), settings, "mail");
        assert_eq!(kind(&tax("{}")), Some(ReportKind::Weekly));
        assert_eq!(kind(&tax(r#"{"kinds":["status","report"]}"#)), Some(ReportKind::Weekly));
        assert_eq!(kind(&tax(r#"{"leastImportance":"critical"}"#)), Some(ReportKind::Weekly), "a report is no alert");
        assert_eq!(kind(&tax(r#"{"kinds":["status"]}"#)), None);
        assert_eq!(kind(&subscription(Some("tax"), "{}", "slack")), None);
        assert_eq!(kind(&tax("{}").paused(now).expect("paused")), None);
        assert_eq!(kind(&tax("{}").failed("full".to_owned(), now).expect("failed")), None);
    }

    #[test]
    fn message_of_a_report_has_one_id_of_its_own() {
        let weekly = subscription(Some("tax-board"), "{}", "mail");
        let [due] = due(&weekly, at("2026-11-22T00:00:00Z"), at("2026-11-25T00:00:00Z"))[..] else { panic!("one") };
        assert_eq!(message_id(&due), message_id(&due.clone()));
        let others =
            [Due { kind: ReportKind::Monthly, ..due }, Due { at: due.at + SignedDuration::from_secs(1), ..due }];
        let ids: BTreeSet<_> = others.iter().chain([&due]).map(message_id).collect();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn month_begins_in_the_zone() {
        assert_eq!(start_of_month(at("2026-10-31T22:30:00Z"), Zone::default()), at("2026-10-31T22:00:00Z"));
        assert_eq!(start_of_month(at("2026-10-31T21:30:00Z"), Zone::default()), at("2026-09-30T21:00:00Z"));
    }
}
