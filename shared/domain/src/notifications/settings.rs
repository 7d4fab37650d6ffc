//! Settings of a subscription: what is delivered, when, and in which language.

use std::collections::BTreeSet;

use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::{
    json::non_null,
    notifications::{
        importance::Importance,
        quiet_hours::{QuietHours, WallTime},
        rendering::language::Language,
        zone::Zone,
    },
};

/// The kind of a notification, by which subscriptions choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A chatbot is offline, online, flaps, has settled or belongs to another institution.
    Status,
    /// An update is available.
    Update,
    /// A certificate ends soon.
    Certificate,
    /// A planned outage is confirmed, comes up, begins, ends or is cancelled.
    Planned,
    /// Nobody looks at an incident any more.
    Incident,
    /// Another subscription of the institution cannot be delivered to.
    Subscription,
    /// For administrators: ejections that were held back, and outliers.
    Network,
    /// For administrators: a DMR stopped reporting.
    Dmr,
    /// For administrators: an institution applied.
    Application,
    /// A report, by mail: of a week for an institution, of silence for administrators.
    Report,
}

/// When notifications that are not critical are delivered. As JSON `"off"`, `"hourly"` or `{"daily": "HH:MM"}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digest {
    /// Like critical ones.
    #[default]
    Off,
    /// At the full hour.
    Hourly,
    /// Once a day at this time.
    Daily(WallTime),
}

impl Digest {
    /// Returns the time of the first digest after `queued_at`. None if there are no digests.
    #[must_use]
    pub fn next_after(self, zone: Zone, queued_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Off => None,
            // No zone of ours differs from UTC by a part of an hour.
            Self::Hourly => {
                let hour = queued_at.as_second().div_euclid(3600) + 1;
                Timestamp::from_second(hour * 3600).ok()
            }
            Self::Daily(time) => {
                let today = zone.local(queued_at).date();
                // A time that clocks skip is later, so that it can be today for the day before.
                let days = (-1..=1).filter_map(|days| today.checked_add(days.days()).ok());
                days.filter_map(|day| time.on(day, zone)).find(|at| *at > queued_at)
            }
        }
    }
}

/// The settings of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The least importance that is delivered.
    pub least_importance: Importance,
    /// The kinds that are delivered; empty for every kind.
    pub kinds: BTreeSet<Kind>,
    /// The language of messages.
    pub language: Language,
    /// The zone of wall-clock times, in messages too.
    pub zone: Zone,
    /// The part of the day in which nothing is delivered.
    pub quiet_hours: QuietHours,
    /// The digest of what is not critical.
    pub digest: Digest,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            least_importance: Importance::Info,
            kinds: BTreeSet::new(),
            language: Language::default(),
            zone: Zone::default(),
            quiet_hours: QuietHours::default(),
            digest: Digest::default(),
        }
    }
}

/// A partial update of settings: absent fields keep their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettingsChange {
    /// The new least importance.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub least_importance: Option<Importance>,
    /// The new kinds, which replace all; empty for every kind.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub kinds: Option<BTreeSet<Kind>>,
    /// The new language.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The new zone.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// The new quiet hours.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// The new digest.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

impl SettingsChange {
    /// Returns whether the update has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Settings {
    /// Returns the settings after `change`.
    #[must_use]
    pub fn changed(self, change: SettingsChange) -> Self {
        let SettingsChange { least_importance, kinds, language, zone, quiet_hours, digest } = change;
        Self {
            least_importance: least_importance.unwrap_or(self.least_importance),
            kinds: kinds.unwrap_or(self.kinds),
            language: language.unwrap_or(self.language),
            zone: zone.unwrap_or(self.zone),
            quiet_hours: quiet_hours.unwrap_or(self.quiet_hours),
            digest: digest.unwrap_or(self.digest),
        }
    }

    /// Returns whether a notification of this kind and importance is delivered.
    #[must_use]
    pub fn includes(&self, kind: Kind, importance: Importance) -> bool {
        importance >= self.least_importance && self.includes_kind(kind)
    }

    /// Returns whether what is of this kind is delivered, whatever its importance.
    #[must_use]
    pub fn includes_kind(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// Returns until when a notification of `importance`, queued at `queued_at`, is held back at `now`: by the digest, or
    /// by quiet hours. None if it is not.
    #[must_use]
    pub fn held_until(&self, importance: Importance, queued_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let digest = if importance == Importance::Critical { Digest::Off } else { self.digest };
        let next = digest.next_after(self.zone, queued_at).filter(|next| now < *next);
        let quiet = self.quiet_hours.ends_at(self.zone, importance, now);
        next.max(quiet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn digest_is_at_the_next_hour_or_time_of_day() {
        let zone = Zone::default();
        let daily = Digest::Daily("08:00".parse().expect("a time of day"));
        let skipped = Digest::Daily("03:30".parse().expect("a time of day"));
        for (digest, queued, next) in [
            (Digest::Off, "2026-11-26T05:00:00Z", None),
            (Digest::Hourly, "2026-11-26T05:00:00Z", Some("2026-11-26T06:00:00Z")),
            (Digest::Hourly, "2026-11-26T05:59:59Z", Some("2026-11-26T06:00:00Z")),
            (daily, "2026-11-26T05:59:59Z", Some("2026-11-26T06:00:00Z")),
            (daily, "2026-11-26T06:00:00Z", Some("2026-11-27T06:00:00Z")),
            (daily, "2026-11-26T22:30:00Z", Some("2026-11-27T06:00:00Z")),
            // The next day is in summer time.
            (daily, "2027-03-27T07:00:00Z", Some("2027-03-28T05:00:00Z")),
            (skipped, "2027-03-27T07:00:00Z", Some("2027-03-28T01:30:00Z")),
            (skipped, "2027-03-28T01:30:00Z", Some("2027-03-29T00:30:00Z")),
        ] {
            assert_eq!(digest.next_after(zone, at(queued)), next.map(at), "{digest:?} {queued}");
        }
    }

    #[test]
    fn critical_ignores_the_digest_and_others_wait_for_both() {
        let quiet = r#"{"quietHours":{"daily":{"from":"22:00","until":"07:00"}},"digest":{"daily":"23:00"}}"#;
        let settings = Settings::default().changed(serde_json::from_str(quiet).expect("a change"));
        let (noon, digest, night) =
            (at("2026-11-26T10:00:00Z"), at("2026-11-26T21:00:00Z"), at("2026-11-27T05:00:00Z"));
        assert_eq!(settings.held_until(Importance::Critical, noon, noon), None);
        assert_eq!(settings.held_until(Importance::Warning, noon, noon), Some(digest));
        assert_eq!(settings.held_until(Importance::Warning, noon, digest), Some(night), "the digest is in quiet hours");
        let evening = at("2026-11-26T20:30:00Z");
        assert_eq!(settings.held_until(Importance::Warning, noon, evening), Some(night), "both, and the later counts");
        assert_eq!(settings.held_until(Importance::Critical, digest, digest), Some(night));
        assert_eq!(settings.held_until(Importance::Warning, noon, night), None);
    }

    #[test]
    fn partial_update_keeps_absent_fields_and_null_is_refused() {
        let change = |text: &str| serde_json::from_str::<SettingsChange>(text);
        let night = r#"{"quietHours":{"daily":{"from":"22:00","until":"07:00"}},"kinds":["status"],"language":"en"}"#;
        let settings = Settings::default().changed(change(night).expect("a change"));
        assert_eq!(settings.clone().changed(change("{}").expect("a change")), settings);
        let off = settings.clone().changed(change(r#"{"quietHours":"off","kinds":[]}"#).expect("a change"));
        assert_eq!(off, Settings { language: Language::En, ..Settings::default() });
        assert!(
            settings.includes(Kind::Status, Importance::Info) && !settings.includes(Kind::Update, Importance::Info)
        );
        assert!(off.includes(Kind::Update, Importance::Info));
        for bad in [r#"{"quietHours":null}"#, r#"{"digest":null}"#, r#"{"address":"a@b.ee"}"#, r#"{"language":"ru"}"#] {
            assert!(change(bad).is_err(), "{bad}");
        }
    }
}
