//! Time zones in which subscribers set wall-clock times.
//!
//! A Lambda function has no `/usr/share/zoneinfo`, and a bundled time zone database adds 307 kB to a bootstrap (static
//! zones 4 kB each). A POSIX rule of some thirty bytes says the same of present and future times, so the zones of Europe
//! add 18 kB, nearly all of it the parser. A test compares the rules with the IANA time zone database.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// The rules of the zones (POSIX.1-2017, section 8.3) and the names to which each applies.
const ZONES: &[(&str, &[&str])] = &[
    (
        "EET-2EEST,M3.5.0/3,M10.5.0/4",
        &[
            "Europe/Tallinn",
            "Asia/Nicosia",
            "Europe/Athens",
            "Europe/Bucharest",
            "Europe/Chisinau",
            "Europe/Helsinki",
            "Europe/Kiev",
            "Europe/Kyiv",
            "Europe/Mariehamn",
            "Europe/Riga",
            "Europe/Sofia",
            "Europe/Vilnius",
        ],
    ),
    (
        "CET-1CEST,M3.5.0,M10.5.0/3",
        &[
            "Europe/Amsterdam",
            "Europe/Andorra",
            "Europe/Belgrade",
            "Europe/Berlin",
            "Europe/Bratislava",
            "Europe/Brussels",
            "Europe/Budapest",
            "Europe/Copenhagen",
            "Europe/Ljubljana",
            "Europe/Luxembourg",
            "Europe/Madrid",
            "Europe/Malta",
            "Europe/Monaco",
            "Europe/Oslo",
            "Europe/Paris",
            "Europe/Podgorica",
            "Europe/Prague",
            "Europe/Rome",
            "Europe/San_Marino",
            "Europe/Sarajevo",
            "Europe/Skopje",
            "Europe/Stockholm",
            "Europe/Tirane",
            "Europe/Vaduz",
            "Europe/Vatican",
            "Europe/Vienna",
            "Europe/Warsaw",
            "Europe/Zagreb",
            "Europe/Zurich",
        ],
    ),
    ("WET0WEST,M3.5.0/1,M10.5.0", &["Atlantic/Canary", "Atlantic/Madeira", "Europe/Lisbon"]),
    ("<-01>1<+00>,M3.5.0/0,M10.5.0/1", &["Atlantic/Azores"]),
    ("GMT0BST,M3.5.0/1,M10.5.0", &["Europe/London"]),
    ("IST-1GMT0,M10.5.0,M3.5.0/1", &["Europe/Dublin"]),
    ("GMT0", &["Atlantic/Reykjavik"]),
    ("<+03>-3", &["Europe/Istanbul"]),
    ("<+04>-4", &["Asia/Tbilisi", "Asia/Yerevan"]),
    ("UTC0", &["UTC"]),
];

/// A time zone, by its name in the IANA time zone database. The default is `Europe/Tallinn`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Named);

#[derive(Clone, Copy, PartialEq, Eq)]
struct Named {
    name: &'static str,
    rule: &'static str,
}

/// A text that is not the name of a supported [`Zone`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a supported time zone: expected UTC or the IANA name of a zone in Europe, such as Europe/Tallinn")]
pub struct UnknownZone;

impl Zone {
    /// Returns the name in the IANA time zone database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.name
    }

    /// Returns the local date and time at `at`.
    #[must_use]
    pub fn local(self, at: Timestamp) -> DateTime {
        self.time_zone().to_datetime(at)
    }

    /// Returns the time at which clocks show `local`. A time that occurs twice is the first one. A time that clocks skip
    /// is as much later as they skip (RFC 5545, section 3.3.5). None outside the range of [`Timestamp`].
    #[must_use]
    pub fn instant(self, local: DateTime) -> Option<Timestamp> {
        self.time_zone().to_ambiguous_timestamp(local).compatible().ok()
    }

    /// Returns the rule, to which the `jiff` crate gives no name.
    #[must_use]
    pub fn time_zone(self) -> TimeZone {
        // A test parses all rules.
        TimeZone::posix(self.0.rule).unwrap_or(TimeZone::UTC)
    }
}

impl Default for Zone {
    fn default() -> Self {
        let (rule, names) = ZONES[0];
        Self(Named { name: names[0], rule })
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        let zones = ZONES.iter().flat_map(|(rule, names)| names.iter().map(move |name| Self(Named { name, rule })));
        zones.into_iter().find(|zone| zone.0.name == text).ok_or(UnknownZone)
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(text: String) -> Result<Self, UnknownZone> {
        text.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0.name.to_owned()
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.0.name)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::date, tz::TimeZoneDatabase};

    use super::*;

    fn all() -> impl Iterator<Item = Zone> {
        ZONES.iter().flat_map(|(rule, names)| names.iter().map(move |name| Zone(Named { name, rule })))
    }

    #[test]
    fn rules_agree_with_the_iana_database() {
        for zone in all() {
            assert!(TimeZone::posix(zone.0.rule).is_ok(), "{zone:?}");
            // Of the crate, not of this machine, whose database may be older.
            let iana = TimeZoneDatabase::bundled().get(zone.as_str()).expect("an IANA zone");
            let mut at: Timestamp = "2026-11-01T00:30:00Z".parse().expect("a time");
            let end: Timestamp = "2031-11-01T00:00:00Z".parse().expect("a time");
            while at < end {
                assert_eq!(zone.local(at), iana.to_datetime(at), "{zone:?} {at}");
                let local = iana.to_datetime(at);
                let expected = iana.to_ambiguous_timestamp(local).compatible().ok();
                assert_eq!(zone.instant(local), expected, "{zone:?} {local}");
                // All changes are in the last week of March and October.
                let is_near = matches!(local.month(), 3 | 10) && local.day() > 23;
                at += SignedDuration::from_mins(if is_near { 30 } else { 12 * 60 });
            }
        }
    }

    #[test]
    fn skipped_time_is_later_and_double_time_is_the_first() {
        let zone = Zone::default();
        let instant = |day, hour, minute| {
            let local = date(2027, if day == 28 { 3 } else { 10 }, day).at(hour, minute, 0, 0);
            zone.instant(local).map(|at| at.to_string()).expect("in range")
        };
        assert_eq!(instant(28, 2, 59), "2027-03-28T00:59:00Z");
        assert_eq!(instant(28, 3, 30), "2027-03-28T01:30:00Z");
        assert_eq!(zone.local("2027-03-28T01:30:00Z".parse().expect("a time")).hour(), 4);
        assert_eq!(instant(28, 4, 0), "2027-03-28T01:00:00Z");
        assert_eq!(instant(31, 3, 30), "2027-10-31T00:30:00Z");
        assert_eq!(instant(31, 4, 0), "2027-10-31T02:00:00Z");
    }

    #[test]
    fn unknown_zone_is_refused() {
        assert_eq!("Europe/Tallinn".parse(), Ok(Zone::default()));
        for bad in ["", "europe/tallinn", "EET", "Europe/Atlantis", "+02:00", "America/New_York"] {
            assert_eq!(bad.parse::<Zone>(), Err(UnknownZone), "{bad}");
        }
        assert_eq!(serde_json::to_string(&Zone::default()).expect("json"), r#""Europe/Tallinn""#);
        let error = serde_json::from_str::<Zone>(r#""Europe/Atlantis""#).expect_err("unknown").to_string();
        assert!(error.contains("not a supported time zone"), "{error}");
    }
}
