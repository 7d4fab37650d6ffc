//! The health of one chatbot: the aggregate that all observers and probers share.
//!
//! Changes are pure: `(health, input, policy, now)` gives the next health. The caller saves it by compare-and-set;
//! on a conflict it applies the same input to the stored health. So no batch is lost and none counts twice: per
//! observer the aggregate keeps the sequence number of the last batch, and a batch at or below it is a redelivery.
//! The module `engine` decides what follows from a change.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::uri::ChatbotUri,
    health::{
        cause::{Cause, Check, Suppression, Witness},
        circuit::Circuit,
        control::Control,
        detector::{self, Detector, Evidence, Finding},
        due::{Due, Lane},
        flapping::FlapDamper,
        history::Minutes,
        network::RoutingState,
        observer::ObserverState,
        policy::Policy,
        relocation::Relocation,
    },
    ingestion::{code_pattern::CodeClass, log_level::LogLevel, observer::Observer},
    stamp::Stamp,
};

/// The most observers of one chatbot. With windows of at most 20 buckets the item stays below 32 KB (`DynamoDB`
/// allows 400 KB).
pub const MAX_OBSERVERS: usize = 64;
/// An observer that was silent for longer may be replaced by a new one. No message is older than this, so none of
/// its batches can be redelivered.
const OBSERVER_RETENTION: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The health of a chatbot. The order of the fields is the stored layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The time of the enrolment. Earlier observations belong to another chatbot of the same name.
    #[serde(with = "crate::stamp")]
    pub enrolled_at: Timestamp,
    pub(super) circuit: Circuit,
    /// Why it is not routed; none exactly while the circuit is closed.
    pub(super) cause: Option<Cause>,
    pub(super) control: Option<Control>,
    pub(super) check: Option<Check>,
    /// When to check for silent observers.
    pub(super) next_silence_check: Option<Stamp>,
    pub(super) suppression: Option<Suppression>,
    pub(super) flapping: FlapDamper,
    /// The id of the next lease.
    pub(super) next_lease: u64,
    pub(super) observers: BTreeMap<Observer, ObserverState>,
    pub(super) totals: BTreeMap<CodeClass, u64>,
    pub(super) levels: BTreeMap<LogLevel, u64>,
    pub(super) minutes: Minutes,
    /// The address that it is to move to.
    pub(super) relocation: Option<Relocation>,
}

impl Health {
    /// Returns the health of a chatbot enrolled at `now`: not routed, and due for its first probe.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let now = crate::stamp::milliseconds(now);
        Self {
            enrolled_at: now,
            circuit: Circuit::due_at_once(now),
            cause: Some(Cause::Enrolled),
            control: None,
            check: None,
            next_silence_check: None,
            suppression: None,
            flapping: FlapDamper::default(),
            // Differs from the ids of an earlier chatbot of the same name.
            next_lease: u64::try_from(now.as_millisecond()).unwrap_or_default(),
            observers: BTreeMap::new(),
            totals: BTreeMap::new(),
            levels: BTreeMap::new(),
            minutes: Minutes::default(),
            relocation: None,
        }
    }

    /// Makes room for `observer`, if necessary by removing one that is long silent. Returns false if there is none.
    pub(super) fn make_room(&mut self, observer: &Observer, now: Timestamp) -> bool {
        if self.observers.contains_key(observer) || self.observers.len() < MAX_OBSERVERS {
            return true;
        }
        let oldest = self.observers.iter().min_by_key(|(_, state)| state.report_interval.last_seen());
        let is_gone =
            |state: &ObserverState| now.duration_since(state.report_interval.last_seen()) >= OBSERVER_RETENTION;
        let Some((name, _)) = oldest.filter(|(_, state)| is_gone(state)) else { return false };
        let name = name.clone();
        self.observers.remove(&name);
        true
    }

    /// Returns the finding of the detectors at `now`: fine unless the circuit is closed and under automatic control.
    #[must_use]
    pub fn finding(&self, policy: &Policy, now: Timestamp) -> Finding {
        if !self.circuit.is_closed() || self.control.is_some() {
            return Finding::Fine;
        }
        let policy = self.circuit.effective_policy(policy, now);
        let evidence = |(observer, state): (_, &ObserverState)| Evidence {
            observer,
            counts: state.window().counts(&policy, now),
            score: state.score(),
        };
        detector::evaluate(&self.observers.iter().map(evidence).collect::<Vec<_>>(), &policy)
    }

    /// Returns what these observers observed, as of `now`.
    pub(super) fn witnesses(&self, found: Vec<(Observer, Detector)>, policy: &Policy, now: Timestamp) -> Vec<Witness> {
        let witness = |(observer, by): (Observer, Detector)| {
            let state = self.observers.get(&observer)?;
            let counts = state.window().counts(policy, now);
            Some(Witness { observer, by, counts, score: state.score(), recent: state.recent().to_vec() })
        };
        found.into_iter().filter_map(witness).collect()
    }

    /// Closes the circuit at `now`; `relapses` as in [`Circuit::Closed`].
    pub(super) fn close(&mut self, relapses: Option<u32>, now: Timestamp) {
        self.circuit = Circuit::closed(now, relapses);
        (self.cause, self.check, self.suppression) = (None, None, None);
        self.observers.values_mut().for_each(|observer| observer.reset(now));
    }

    /// Opens the circuit.
    pub(super) fn open(&mut self, circuit: Circuit, cause: Cause) {
        self.circuit = circuit;
        self.cause = Some(cause);
        (self.check, self.next_silence_check, self.suppression) = (None, None, None);
    }

    /// Returns when the next observer counts as silent, unless it reports before.
    pub(super) fn next_silence(&self, policy: &Policy) -> Option<Timestamp> {
        let reporting = self.observers.values().filter(|observer| !observer.silent);
        reporting.filter_map(|observer| observer.report_interval.silent_at(&policy.silence)).min()
    }

    /// Returns when the prober should evaluate the chatbot next. A chatbot with a time in the recovery lane is in that
    /// lane with its earliest time of both, so nothing of it waits in the silence lane.
    #[must_use]
    pub fn due(&self, policy: &Policy) -> Option<Due> {
        if let Some(control) = &self.control {
            return control.until.map(|Stamp(at)| Due { lane: Lane::Recovery, at });
        }
        let recovery = self.next_probe(policy);
        let silence = self.next_silence_check.map(|Stamp(at)| at);
        let quiet = [silence, self.flapping.due(self.circuit.since())].into_iter().flatten().min();
        let lane = if recovery.is_some() { Lane::Recovery } else { Lane::Silence };
        [recovery, quiet].into_iter().flatten().min().map(|at| Due { lane, at })
    }

    /// Returns when the next probe is due: of a chatbot that is not routed or in doubt, or of its pending address. An
    /// override does not count.
    #[must_use]
    pub fn next_probe(&self, policy: &Policy) -> Option<Timestamp> {
        let check = self.check.map(|check| check.lease.map_or(check.due, |lease| lease.until));
        let pending = self.relocation.as_ref().and_then(|relocation| relocation.circuit.due(policy));
        [self.circuit.due(policy), check, pending].into_iter().flatten().min()
    }

    /// Returns the time until which an evaluation for the silence lane finds nothing, if no report arrives: until then
    /// no observer is silent and no flapping chatbot has settled. None if neither can happen.
    ///
    /// The silence check in [`Health::due`] stays where it is while reports arrive, so that folding does not write the
    /// index. This time moves with each report.
    #[must_use]
    pub fn quiet_until(&self, policy: &Policy) -> Option<Timestamp> {
        [self.next_silence(policy), self.flapping.due(self.circuit.since())].into_iter().flatten().min()
    }

    /// Returns the routing state.
    #[must_use]
    pub fn routing_state(&self) -> RoutingState {
        match &self.cause {
            None => RoutingState::Online,
            Some(Cause::Enrolled) => RoutingState::Unknown,
            Some(Cause::Failing(_) | Cause::Unanswered(_)) => RoutingState::Ejected,
            Some(Cause::Forced(_)) => RoutingState::Offline,
        }
    }

    /// Returns whether probes have yet to decide about its status, or about a pending address.
    #[must_use]
    pub fn awaits_probes(&self) -> bool {
        self.routing_state() == RoutingState::Unknown || self.relocation.is_some()
    }

    /// Returns the circuit as it is at `now`.
    #[must_use]
    pub fn circuit(&self, now: Timestamp) -> Circuit {
        self.circuit.at(now)
    }

    /// Returns why it is not routed.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    /// Returns the manual control.
    #[must_use]
    pub fn control(&self) -> Option<&Control> {
        self.control.as_ref()
    }

    /// Returns the pending probe of a routed chatbot.
    #[must_use]
    pub fn check(&self) -> Option<&Check> {
        self.check.as_ref()
    }

    /// Returns why it stays routed although it fails.
    #[must_use]
    pub fn suppression(&self) -> Option<Suppression> {
        self.suppression
    }

    /// Returns since when it flaps.
    #[must_use]
    pub fn flapping_since(&self) -> Option<Timestamp> {
        self.flapping.since()
    }

    /// Returns the address that it is to move to.
    #[must_use]
    pub fn relocation(&self) -> Option<&Relocation> {
        self.relocation.as_ref()
    }

    /// Returns the pending address if the lease `id` is one to probe it; none if the lease is for the current address.
    #[must_use]
    pub fn pending_address(&self, id: u64) -> Option<&ChatbotUri> {
        self.relocation.as_ref().filter(|relocation| relocation.has_lease(id)).map(Relocation::uri)
    }

    /// Returns the state per observer.
    #[must_use]
    pub fn observers(&self) -> &BTreeMap<Observer, ObserverState> {
        &self.observers
    }

    /// Returns the number of HTTP results ever counted, by class.
    #[must_use]
    pub fn totals(&self) -> &BTreeMap<CodeClass, u64> {
        &self.totals
    }

    /// Returns the number of log entries ever counted, by level.
    #[must_use]
    pub fn levels(&self) -> &BTreeMap<LogLevel, u64> {
        &self.levels
    }

    /// Returns when the last report about it arrived, to a few minutes; none if there was none since the enrolment.
    ///
    /// The newest minute leaves the health only with a later report, so it stays as long as the chatbot. The observers alone
    /// do not say it: their times restart when the circuit closes. They do if the later report had nothing to count.
    #[must_use]
    pub fn last_heard(&self) -> Option<Timestamp> {
        let minute = self.minutes.kept().keys().next_back();
        let minute = minute.and_then(|minute| Timestamp::from_second(minute.saturating_mul(60)).ok());
        let has_counted = !self.totals.is_empty() || !self.levels.is_empty();
        minute.or_else(|| {
            let seen = self.observers.values().map(|observer| observer.report_interval.last_seen());
            seen.max().filter(|_| has_counted)
        })
    }

    /// Returns the minutes that are not yet in the history.
    #[must_use]
    pub fn minutes(&self) -> &Minutes {
        &self.minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        health::{
            engine,
            fold::{Batch, Delivery},
        },
        ingestion::observation::{Observation, Signal},
    };

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).expect("a time")
    }

    /// Reports a log entry of the minute `at` in the minute `now`.
    fn report(health: &mut Health, at: i64, now: i64) {
        let observations = vec![Observation { at: minute(at), signal: Signal::Log(LogLevel::Info) }];
        let sequence = u128::from(now.unsigned_abs()).into();
        let batch = Batch { observer: Observer::Chatbot, sequence, observations, delivery: Delivery::First };
        engine::fold(health, &[batch], &Policy::default(), minute(now));
    }

    #[test]
    fn last_report_is_remembered_while_probes_open_and_close_the_circuit() {
        let mut health = Health::new(minute(100));
        assert_eq!(health.last_heard(), None);
        report(&mut health, 50, 101);
        assert_eq!(health.last_heard(), None, "of an earlier chatbot of the name");
        report(&mut health, 110, 110);
        report(&mut health, 110, 200);
        assert_eq!(health.last_heard(), Some(minute(196)), "a late observation counts in an open minute");
        health.close(None, minute(90_000));
        assert_eq!(health.last_heard(), Some(minute(196)));
        report(&mut health, 50, 300);
        assert_eq!(health.last_heard(), Some(minute(90_000)), "nothing to count: the time of the observer is left");
    }
}
