//! Words: the choice between the languages; times, durations and counted nouns.

use std::fmt::Display;

use jiff::{SignedDuration, Timestamp, fmt::strtime};

use crate::{
    chatbots::status::Status,
    notifications::{rendering::language::Language, zone::Zone},
};

/// The language, alphabet and zone of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    language: Language,
    /// True if Estonian avoids `õ`, `š` and `ž`, which are outside the alphabet of text messages (GSM 03.38).
    gsm: bool,
    zone: Zone,
}

impl Words {
    /// Returns words in the full alphabet.
    pub(crate) fn new(language: Language, zone: Zone) -> Self {
        Self { language, gsm: false, zone }
    }

    /// Returns the same words for text messages.
    pub(crate) fn for_sms(self) -> Self {
        Self { gsm: true, ..self }
    }

    /// Returns the Estonian or the English wording.
    pub(crate) fn say<T>(self, et: T, en: T) -> T {
        match self.language {
            Language::Et => et,
            Language::En => en,
        }
    }

    /// Like [`say`](Self::say), where the Estonian wording has a letter that text messages lack: `et_sms` avoids it.
    pub(crate) fn say_sms<T>(self, et: T, et_sms: T, en: T) -> T {
        match self.language {
            Language::Et if self.gsm => et_sms,
            Language::Et => et,
            Language::En => en,
        }
    }

    /// Returns a time, as `23.11.2026 kell 09.00 (Tallinn)` or `23 November 2026, 09:00 (Tallinn)`. In the hour that a
    /// change of the clock repeats, the offset from UTC is added.
    pub(crate) fn time(self, at: Timestamp) -> String {
        let zone = self.zone.time_zone();
        let zoned = at.to_zoned(zone.clone());
        let format = self.say("%d.%m.%Y kell %H.%M", "%-d %B %Y, %H:%M");
        let Ok(text) = strtime::format(format, &zoned) else { return at.to_string() };
        let city = self.zone.as_str().rsplit('/').next().unwrap_or_default().replace('_', " ");
        if zone.to_ambiguous_timestamp(zoned.datetime()).is_ambiguous() {
            format!("{text} ({city}, {})", utc_offset(&zoned))
        } else {
            format!("{text} ({city})")
        }
    }

    /// Returns the day of a time, as `23.11.2026` or `23 November 2026`.
    pub(crate) fn day(self, at: Timestamp) -> String {
        let format = self.say("%d.%m.%Y", "%-d %B %Y");
        strtime::format(format, &at.to_zoned(self.zone.time_zone())).unwrap_or_else(|_| at.to_string())
    }

    /// Returns a duration by its two largest units, rounded down: `2 tundi ja 5 minutit`, `2 hours and 5 minutes`.
    pub(crate) fn duration(self, duration: SignedDuration) -> String {
        let seconds = duration.as_secs().unsigned_abs();
        let units = [
            (seconds / 86_400, self.say(("päev", "päeva"), ("day", "days"))),
            (seconds / 3_600 % 24, self.say(("tund", "tundi"), ("hour", "hours"))),
            (seconds / 60 % 60, self.say(("minut", "minutit"), ("minute", "minutes"))),
            (seconds % 60, self.say(("sekund", "sekundit"), ("second", "seconds"))),
        ];
        let Some(first) = units.iter().position(|(count, _)| *count > 0) else {
            return self.say("alla ühe sekundi", "less than a second").to_owned();
        };
        let parts = units.iter().skip(first).take(2).filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts.map(|&(count, (one, many))| counted(count, one, many)).collect();
        parts.join(self.say(" ja ", " and "))
    }

    /// Returns a count of chatbots.
    pub(crate) fn chatbots(self, count: usize) -> String {
        let (one, many) = self.say(("vestlusrobot", "vestlusrobotit"), ("chatbot", "chatbots"));
        counted(count, one, many)
    }

    /// Returns a status as a word.
    pub(crate) fn status(self, status: Status) -> &'static str {
        match status {
            Status::Online => self.say("võrgus", "online"),
            Status::Offline => self.say("võrgust väljas", "offline"),
            Status::Unknown => self.say("teadmata", "unknown"),
        }
    }

    /// Returns `text` in quotation marks.
    pub(crate) fn quoted(self, text: &str) -> String {
        self.say(format!("„{text}“"), format!("“{text}”"))
    }
}

/// Returns a number with its noun. Both languages have one form for one and another for every other number.
pub(crate) fn counted<N: Copy + Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let noun = if count == N::from(1) { one } else { many };
    format!("{count} {noun}")
}

/// Returns `text` with its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Returns the offset of a time from UTC, as `UTC+2` or `UTC+5:30`.
fn utc_offset(zoned: &jiff::Zoned) -> String {
    let minutes = zoned.offset().seconds() / 60;
    let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(language: Language, zone: &str) -> Words {
        Words::new(language, zone.parse().expect("a zone"))
    }

    #[test]
    fn times_are_local_and_name_the_zone() {
        for (zone, at, et, en) in [
            (
                "Europe/Tallinn",
                "2026-11-23T07:00:00Z",
                "23.11.2026 kell 09.00 (Tallinn)",
                "23 November 2026, 09:00 (Tallinn)",
            ),
            (
                "Europe/Tallinn",
                "2026-07-03T21:05:59Z",
                "04.07.2026 kell 00.05 (Tallinn)",
                "4 July 2026, 00:05 (Tallinn)",
            ),
            // The hour that the end of summer time repeats, both times.
            (
                "Europe/Tallinn",
                "2027-10-31T00:30:00Z",
                "31.10.2027 kell 03.30 (Tallinn, UTC+3)",
                "31 October 2027, 03:30 (Tallinn, UTC+3)",
            ),
            (
                "Europe/Tallinn",
                "2027-10-31T01:30:00Z",
                "31.10.2027 kell 03.30 (Tallinn, UTC+2)",
                "31 October 2027, 03:30 (Tallinn, UTC+2)",
            ),
            (
                "Europe/Tallinn",
                "2027-03-28T01:00:00Z",
                "28.03.2027 kell 04.00 (Tallinn)",
                "28 March 2027, 04:00 (Tallinn)",
            ),
            (
                "Europe/San_Marino",
                "2026-11-23T07:00:00Z",
                "23.11.2026 kell 08.00 (San Marino)",
                "23 November 2026, 08:00 (San Marino)",
            ),
            ("UTC", "2026-11-23T07:00:00Z", "23.11.2026 kell 07.00 (UTC)", "23 November 2026, 07:00 (UTC)"),
        ] {
            let at: Timestamp = at.parse().expect("a time");
            assert_eq!(words(Language::Et, zone).time(at), et);
            assert_eq!(words(Language::En, zone).time(at), en);
        }
    }

    #[test]
    fn durations_have_their_two_largest_units() {
        for (seconds, et, en) in [
            (0, "alla ühe sekundi", "less than a second"),
            (1, "1 sekund", "1 second"),
            (95, "1 minut ja 35 sekundit", "1 minute and 35 seconds"),
            (3_600, "1 tund", "1 hour"),
            (3_659, "1 tund", "1 hour"),
            (7_500, "2 tundi ja 5 minutit", "2 hours and 5 minutes"),
            (86_400 + 59, "1 päev", "1 day"),
            (3 * 86_400 + 3_600, "3 päeva ja 1 tund", "3 days and 1 hour"),
        ] {
            let duration = SignedDuration::from_secs(seconds);
            assert_eq!(words(Language::Et, "UTC").duration(duration), et);
            assert_eq!(words(Language::En, "UTC").duration(duration), en);
        }
    }

    proptest! {
        #[test]
        fn duration_in_words_is_the_duration_rounded_down(seconds in 1..100_000_000_i64) {
            let text = words(Language::En, "UTC").duration(SignedDuration::from_secs(seconds));
            let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
            let mut sum = 0;
            let mut smallest = 0;
            for part in text.split(" and ") {
                let (count, unit) = part.split_once(' ').expect("a number and a unit");
                let count: i64 = count.parse().expect("a number");
                prop_assert_eq!(unit.ends_with('s'), count != 1);
                smallest = units.iter().find(|(name, _)| unit.trim_end_matches('s') == *name).expect("a unit").1;
                sum += count * smallest;
            }
            let next = units.iter().map(|(_, length)| *length).filter(|length| *length < smallest).max().unwrap_or(1);
            prop_assert!(sum <= seconds, "{}", text);
            // Of one unit, the next smaller one is 0 and left out.
            let error = if text.contains(" and ") { smallest } else { next };
            prop_assert!(seconds - sum < error.max(1), "{} for {}", text, seconds);
        }
    }
}
