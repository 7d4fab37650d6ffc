//! The state of a DMR across all chatbots: when it reports, and whether administrators were notified of it as an
//! outlier.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    health::{policy::SilencePolicy, report_interval::ReportInterval},
    ingestion::{report::ClientVersion, sequence::Sequence},
    stamp::Stamp,
};

/// Reports within this time after the last saved one are not saved.
const SAVE_INTERVAL: SignedDuration = SignedDuration::from_secs(30);
/// Administrators are notified of an outlier at most once in this time, for any number of chatbots.
const NOTIFICATION_INTERVAL: SignedDuration = SignedDuration::from_hours(1);

/// The most chatbots with unsettled batches of one DMR. More are a fault of the table, not of chatbots.
pub const MAX_UNSETTLED: usize = 100;

/// The unsettled batches of a DMR by chatbot: batches that somebody tried to count, without a known outcome. While a
/// chatbot has one, all batches of the DMR about it are parked, so that the DMR's watermark in the health of the chatbot
/// stays where it is and tells whether the unsettled batch was counted.
pub type UnsettledBatches = BTreeMap<Name, BTreeSet<Sequence>>;

/// Software and route table of a DMR, as it reports them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DmrClient {
    /// The revision of the route table that it routes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_revision: Option<u64>,
    /// The version of its software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_version: Option<ClientVersion>,
}

/// The state of a DMR. It is stored as JSON, with the names of the attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dmr {
    /// None until its first report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval: Option<ReportInterval>,
    silent: bool,
    /// True from the removal of the DMR until one of its name is registered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
    /// The time of the last notification about it as an outlier.
    notified: Option<Stamp>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unsettled: UnsettledBatches,
    #[serde(flatten)]
    client: DmrClient,
}

impl Dmr {
    /// Records a report at `now`, in which the DMR describes itself as `client`. Returns false if it need not be saved. A
    /// message that was queued before the removal of the DMR is not recorded.
    pub fn record_report(&mut self, client: &DmrClient, now: Timestamp) -> bool {
        if self.removed {
            return false;
        }
        self.client.table_revision = client.table_revision.or(self.client.table_revision);
        self.client.client_version = client.client_version.clone().or(self.client.client_version.take());
        let Some(interval) = &mut self.interval else {
            self.interval = Some(ReportInterval::new(now));
            return true;
        };
        if !self.silent && now.duration_since(interval.last_seen()) < SAVE_INTERVAL {
            return false;
        }
        interval.record_report(now);
        self.silent = false;
        true
    }

    /// Returns what remains of the state when the DMR is removed: the unsettled batches. Their messages are still
    /// delivered, and the list keeps the DMR's watermark where it is until they are settled.
    #[must_use]
    pub fn removed(self) -> Self {
        Self { removed: true, ..self.registered() }
    }

    /// Returns what remains of the state of a former DMR when one of its name is registered: the unsettled batches. The
    /// reports of both have one message group, and so one watermark.
    #[must_use]
    pub fn registered(self) -> Self {
        Self { unsettled: self.unsettled, ..Self::default() }
    }

    /// Returns the time of the last recorded report, at most half a minute before that of the last one; none if it never
    /// reported.
    #[must_use]
    pub fn last_heard(&self) -> Option<Timestamp> {
        self.interval.map(|interval| interval.last_seen())
    }

    /// Returns whether it reported since it was registered.
    #[must_use]
    pub fn has_reported(&self) -> bool {
        self.interval.is_some()
    }

    /// Returns whether it was flagged as silent and has not reported since.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Returns what it last reported about itself.
    #[must_use]
    pub fn client(&self) -> &DmrClient {
        &self.client
    }

    /// Returns the unsettled batches.
    #[must_use]
    pub fn unsettled(&self) -> &UnsettledBatches {
        &self.unsettled
    }

    /// Adds unsettled batches. Returns false, and adds none, if that makes more than [`MAX_UNSETTLED`] chatbots.
    pub fn add_unsettled(&mut self, batches: &UnsettledBatches) -> bool {
        let mut all = self.unsettled.clone();
        for (chatbot, sequences) in batches {
            all.entry(chatbot.clone()).or_default().extend(sequences);
        }
        let fits = all.len() <= MAX_UNSETTLED;
        if fits {
            self.unsettled = all;
        }
        fits
    }

    /// Removes an unsettled batch about `chatbot`, which was counted or dropped. Returns false if there is none.
    pub fn settle(&mut self, chatbot: &Name, sequence: Sequence) -> bool {
        let Some(sequences) = self.unsettled.get_mut(chatbot) else { return false };
        let is_removed = sequences.remove(&sequence);
        if sequences.is_empty() {
            self.unsettled.remove(chatbot);
        }
        is_removed
    }

    /// Returns when it counts as silent, unless it reports before; none if it is silent already or its usual interval is
    /// not known.
    #[must_use]
    pub fn due(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        if self.silent { None } else { self.interval?.silent_at(policy) }
    }

    /// Flags it as silent at `now` if it is due, and then returns the time of its last report.
    pub fn flag_silence(&mut self, policy: &SilencePolicy, now: Timestamp) -> Option<Timestamp> {
        self.due(policy).filter(|due| *due <= now)?;
        self.silent = true;
        self.interval.map(|interval| interval.last_seen())
    }

    /// Returns whether to notify administrators at `now` that it is an outlier.
    pub fn notify_outlier(&mut self, now: Timestamp) -> bool {
        let notify = self.notified.is_none_or(|Stamp(last)| now.duration_since(last) >= NOTIFICATION_INTERVAL);
        if notify {
            self.notified = Some(Stamp(now));
        }
        notify
    }
}

/// The state of a DMR as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DmrHealth {
    dmr: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<Timestamp>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    usual_seconds: Option<i64>,
    silent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    table_revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_version: Option<ClientVersion>,
    /// The number of chatbots with unsettled batches.
    unsettled_chatbots: usize,
}

impl DmrHealth {
    /// Returns the representation of the `state` of the DMR `dmr`.
    #[must_use]
    pub fn new(dmr: Name, state: &Dmr) -> Self {
        let DmrClient { table_revision, client_version } = state.client.clone();
        Self {
            dmr,
            last_seen: state.interval.map(|interval| interval.last_seen()),
            usual_seconds: state.interval.and_then(|interval| interval.usual()).map(|usual| usual.as_secs()),
            silent: state.silent,
            table_revision,
            client_version,
            unsettled_chatbots: state.unsettled.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    /// Returns the state of a DMR whose first report arrives at time 0.
    fn reporting() -> Dmr {
        let mut dmr = Dmr::default();
        assert!(dmr.record_report(&DmrClient::default(), second(0)));
        dmr
    }

    #[test]
    fn stored_json_keeps_its_attribute_names() {
        let mut dmr = reporting();
        assert!(dmr.notify_outlier(second(60)));
        let json = serde_json::json!({
            "interval": {"last_seen": "1970-01-01T00:00:00Z", "usual": 0, "intervals": 0},
            "silent": false,
            "notified": "1970-01-01T00:01:00Z",
        });
        assert_eq!(serde_json::to_value(&dmr).expect("json"), json);
        assert_eq!(serde_json::from_value::<Dmr>(json).expect("a state"), dmr);
    }

    #[test]
    fn silence_is_flagged_once() {
        let policy = SilencePolicy::default();
        let mut dmr = reporting();
        let saved = (1..=300).filter(|time| dmr.record_report(&DmrClient::default(), second(*time))).count();
        assert_eq!(saved, 10, "every thirty seconds");
        assert_eq!(dmr.flag_silence(&policy, second(359)), None);
        assert_eq!(dmr.flag_silence(&policy, second(360)), Some(second(300)), "30 s count as a minute");
        assert_eq!((dmr.flag_silence(&policy, second(9999)), dmr.due(&policy)), (None, None));
        assert!(dmr.record_report(&DmrClient::default(), second(10_000)));
        assert!(dmr.due(&policy).is_some());
    }

    #[test]
    fn outlier_is_notified_once_an_hour() {
        let mut dmr = reporting();
        let notified: Vec<_> =
            [0, 1, 3599, 3600, 3601].into_iter().filter(|time| dmr.notify_outlier(second(*time))).collect();
        assert_eq!(notified, [0, 3600]);
    }

    #[test]
    fn unsettled_batches_are_stored_until_they_are_settled() {
        let batches = |chatbot: &str, sequences: &[u128]| {
            let sequences = sequences.iter().map(|sequence| Sequence::from(*sequence)).collect();
            UnsettledBatches::from([(chatbot.parse().expect("a name"), sequences)])
        };
        let mut dmr = reporting();
        assert!(dmr.add_unsettled(&batches("tax", &[u128::MAX, 1])) && dmr.add_unsettled(&batches("police", &[2])));
        let json = serde_json::to_string(&dmr).expect("json");
        assert_eq!(serde_json::from_str::<Dmr>(&json).expect("a state"), dmr);
        let tax = "tax".parse().expect("a name");
        assert!(dmr.settle(&tax, u128::MAX.into()) && !dmr.settle(&tax, u128::MAX.into()));
        assert!(dmr.unsettled().contains_key(&tax), "another one is unsettled");
        assert!(dmr.settle(&tax, 1.into()) && !dmr.unsettled().contains_key(&tax));
        for number in 0..MAX_UNSETTLED - 1 {
            assert!(dmr.add_unsettled(&batches(&format!("bot-{number}"), &[1])));
        }
        assert!(!dmr.add_unsettled(&batches("one-more", &[1])) && dmr.add_unsettled(&batches("police", &[3])));
    }

    #[test]
    fn last_reported_description_is_kept() {
        let (mut dmr, none) = (reporting(), DmrClient::default());
        let client = DmrClient { table_revision: Some(7), client_version: "1.2.0".to_owned().try_into().ok() };
        assert!(dmr.record_report(&client, second(60)) && dmr.record_report(&none, second(120)));
        assert_eq!(dmr.client(), &client);
        let json = serde_json::to_value(&dmr).expect("json");
        assert_eq!((&json["table_revision"], &json["client_version"]), (&7.into(), &"1.2.0".into()));
        assert_eq!(serde_json::from_value::<Dmr>(json).expect("a state"), dmr);
    }

    #[test]
    fn only_unsettled_batches_remain_of_a_removed_dmr() {
        let mut dmr = reporting();
        let batches = UnsettledBatches::from([("tax".parse().expect("a name"), BTreeSet::from([7.into()]))]);
        let client = DmrClient { table_revision: Some(7), client_version: None };
        assert!(
            dmr.add_unsettled(&batches) && dmr.record_report(&client, second(60)) && dmr.notify_outlier(second(61))
        );
        let mut rest = dmr.removed();
        assert_eq!(rest, Dmr { unsettled: batches.clone(), removed: true, ..Dmr::default() });
        assert!(!rest.record_report(&client, second(120)), "it was queued before the removal");
        let json = serde_json::to_value(&rest).expect("json");
        assert_eq!(serde_json::from_value::<Dmr>(json).expect("a state"), rest);
        assert_eq!(rest.flag_silence(&SilencePolicy::default(), second(9_999_999)), None);
        // Registered again, its first report starts a new interval.
        let mut rest = rest.registered();
        assert_eq!(rest, Dmr { unsettled: batches, ..Dmr::default() });
        assert!(rest.record_report(&DmrClient::default(), second(1_000_000)));
        assert_eq!(rest.interval, Some(ReportInterval::new(second(1_000_000))));
    }

    fn shown(dmr: &Dmr) -> serde_json::Value {
        serde_json::to_value(DmrHealth::new("tallinn".parse().expect("a name"), dmr)).expect("json")
    }

    #[test]
    fn health_shows_what_is_known() {
        let nothing = serde_json::json!({"dmr": "tallinn", "silent": false, "unsettledChatbots": 0});
        assert_eq!(shown(&Dmr::default()), nothing, "it never reported");
        let mut dmr = reporting();
        let once = serde_json::json!({
            "dmr": "tallinn", "lastSeen": "1970-01-01T00:00:00Z", "silent": false, "unsettledChatbots": 0,
        });
        assert_eq!(shown(&dmr), once, "its usual interval is not known");
        let client = DmrClient { table_revision: Some(7), client_version: "1.2.0".to_owned().try_into().ok() };
        assert!((1..=5).all(|time| dmr.record_report(&client, second(time * 600))));
        let batches =
            ["tax", "police"].map(|name| (name.parse().expect("a name"), BTreeSet::from([1.into(), 2.into()])));
        assert!(
            dmr.add_unsettled(&batches.into()) && dmr.flag_silence(&SilencePolicy::default(), second(9999)).is_some()
        );
        let all = serde_json::json!({
            "dmr": "tallinn", "lastSeen": "1970-01-01T00:50:00Z", "usualSeconds": 600, "silent": true,
            "tableRevision": 7, "clientVersion": "1.2.0", "unsettledChatbots": 2,
        });
        assert_eq!(shown(&dmr), all);
        assert_eq!(shown(&dmr.removed())["unsettledChatbots"], 2);
    }
}
