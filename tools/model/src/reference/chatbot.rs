//! A chatbot of the reference model: all its observations, in lists.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::{ChatbotType, ChatbotUri},
    health::{
        Batch, Cause, Check, Control, Counts, FoldSummary, Judgement, Lease, Policy, RoutingState, SilencePolicy,
        Suppression,
    },
    ingestion::{CodeClass, LogLevel, Observation, Observer, Sequence, Signal},
    stamp::milliseconds,
};
use jiff::{SignedDuration, Timestamp};

use crate::{system::first_address, view::MinuteView};

/// A chatbot since its enrolment.
#[derive(Clone, Debug)]
pub struct Chatbot {
    pub(super) kind: ChatbotType,
    pub(super) enrolled: Timestamp,
    /// The cause for which it is not routed; none while routed.
    pub(super) cause: Option<Cause>,
    /// The time since which it is routed or not.
    pub(super) since: Timestamp,
    /// While routed: the relapses before its recovery; none if it did not recover.
    pub(super) recovered: Option<u32>,
    /// While not routed: the exponent of the backoff.
    pub(super) failures: u32,
    pub(super) relapses: u32,
    pub(super) next_probe: Timestamp,
    /// The leases of the probers, each with the time of its grant.
    pub(super) probes: Vec<(Timestamp, Lease)>,
    pub(super) check: Option<Check>,
    pub(super) next_silence_check: Option<Timestamp>,
    pub(super) suppression: Option<Suppression>,
    pub(super) control: Option<Control>,
    /// The notifications to its owners in the last day. One that has left the day does not return if a clock goes
    /// backwards.
    pub(super) notifications: Vec<Timestamp>,
    pub(super) flapping: Option<Timestamp>,
    pub(super) next_lease: u64,
    pub(super) address: ChatbotUri,
    pub(super) pending: Option<PendingAddress>,
    pub(super) observers: BTreeMap<Observer, ObserverLog>,
    /// The times of saved deliveries.
    pub(super) deliveries: Vec<Timestamp>,
}

/// An address that has to pass its probes.
#[derive(Clone, Debug)]
pub(super) struct PendingAddress {
    pub(super) uri: ChatbotUri,
    pub(super) since: Timestamp,
    pub(super) failures: u32,
    pub(super) next_probe: Timestamp,
    /// The leases of its probers, each with the time of its grant.
    pub(super) probes: Vec<(Timestamp, Lease)>,
}

/// An observer with its whole record. Histories have few observers; the limit of 64 has a test of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct ObserverLog {
    last: Sequence,
    pub(super) silent: bool,
    pub(super) outlier: bool,
    pub(super) report_events: Vec<ReportEvent>,
    accepted: Vec<Accepted>,
}

/// An event for the usual report interval.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReportEvent {
    /// The observer reported.
    Reported(Timestamp),
    /// The chatbot was routed again: the interval restarts.
    Restarted(Timestamp),
}

/// An accepted observation.
#[derive(Clone, Debug)]
struct Accepted {
    observation: Observation,
    judgement: Judgement,
    /// The start of its bucket in Unix seconds; none if it was late or has left the window. It does not return,
    /// neither under another policy nor if a clock goes backwards. With another bucket length it moves to the bucket
    /// that contains the start of its bucket.
    bucket: Option<i64>,
    /// True if it still counts in the score.
    scored: bool,
    /// The decrement and the cap of the score, under the policy at its arrival.
    recovery: u32,
    highest: u32,
    /// The Unix minute in which the history has it, and true if that is not its own minute.
    minute: i64,
    late: bool,
}

/// The seconds for which a minute stays open after its end, if deliveries follow.
const GRACE_SECONDS: i64 = 60;
/// The number of minutes before the current one to which observations are added.
const MAX_LATE_MINUTES: i64 = 4;

fn bucket(at: Timestamp, policy: &Policy) -> i64 {
    let length = i64::from(policy.window.bucket_seconds.get());
    at.as_millisecond().div_euclid(1000 * length) * length
}

fn oldest_bucket(policy: &Policy, now: Timestamp) -> i64 {
    bucket(now, policy) - i64::from(policy.window.bucket_seconds.get()) * (i64::from(policy.window.buckets.get()) - 1)
}

impl Chatbot {
    pub(super) fn enrolled(kind: ChatbotType, now: Timestamp) -> Self {
        let now = milliseconds(now);
        Self {
            kind,
            enrolled: now,
            cause: Some(Cause::Enrolled),
            since: now,
            recovered: None,
            failures: 0,
            relapses: 0,
            next_probe: now,
            probes: Vec::new(),
            check: None,
            next_silence_check: None,
            suppression: None,
            control: None,
            notifications: Vec::new(),
            flapping: None,
            next_lease: u64::try_from(now.as_millisecond()).unwrap_or_default(),
            address: first_address(),
            pending: None,
            observers: BTreeMap::new(),
            deliveries: Vec::new(),
        }
    }

    pub(super) fn is_routed(&self) -> bool {
        self.cause.is_none()
    }

    /// Returns the routing state.
    #[must_use]
    pub fn routing_state(&self) -> RoutingState {
        match self.cause {
            None => RoutingState::Online,
            Some(Cause::Enrolled) => RoutingState::Unknown,
            Some(Cause::Forced(_)) => RoutingState::Offline,
            Some(Cause::Failing(_) | Cause::Unanswered(_)) => RoutingState::Ejected,
        }
    }

    /// Returns whether `batches` contain nothing new.
    pub(super) fn has_counted_all(&self, batches: &[Batch]) -> bool {
        let has = |batch: &Batch| {
            let known = self.observers.get(&batch.observer).is_some_and(|log| batch.sequence <= log.last);
            known || batch.observations.is_empty()
        };
        batches.iter().all(has)
    }

    /// Counts a batch, unless it or a later one of its sender was counted before.
    pub(super) fn fold(&mut self, batch: &Batch, policy: &Policy, now: Timestamp) -> FoldSummary {
        let mut folded = FoldSummary::default();
        if self.observers.get(&batch.observer).is_some_and(|log| batch.sequence <= log.last) {
            folded.repeated = batch.observations.len();
            return folded;
        }
        let open_minute = self.first_open_minute(now);
        let log = self.observers.entry(batch.observer.clone()).or_default();
        (log.last, log.silent) = (batch.sequence, false);
        log.report_events.push(ReportEvent::Reported(now));
        log.trim(policy, now);
        for observation in &batch.observations {
            if observation.at < self.enrolled {
                folded.before_enrolment += 1;
                continue;
            }
            // An observation before the last closing is no evidence for the time after it.
            let scored = self.cause.is_some() || observation.at >= self.since;
            // A time in the future, by another clock, counts as now.
            let at = observation.at.min(now);
            let bucket = Some(bucket(at, policy)).filter(|start| scored && *start >= oldest_bucket(policy, now));
            if bucket.is_some() {
                folded.counted += 1;
            } else {
                folded.late += 1;
            }
            let own = at.as_millisecond().div_euclid(60_000);
            log.accepted.push(Accepted {
                observation: *observation,
                judgement: policy.judge(observation.signal),
                bucket,
                scored: bucket.is_some(),
                recovery: policy.fast.recovery.get(),
                highest: policy.fast.threshold.get() * policy.quorum.get().max(2),
                minute: own.max(open_minute),
                late: own < open_minute,
            });
        }
        folded
    }

    /// Returns the first minute that no save has closed and that is not too old.
    fn first_open_minute(&self, now: Timestamp) -> i64 {
        let closed = |at: &Timestamp| (at.as_millisecond().div_euclid(1000) - GRACE_SECONDS).div_euclid(60);
        let not_too_old = now.as_millisecond().div_euclid(60_000) - MAX_LATE_MINUTES;
        self.deliveries.iter().map(closed).max().unwrap_or(0).max(not_too_old)
    }

    /// Returns the counts of each observer's window under `policy` at `now`, and its score.
    pub(super) fn evidence(&self, policy: &Policy, now: Timestamp) -> Vec<(&Observer, Counts, u32)> {
        let one = |(observer, log)| (observer, ObserverLog::counts(log, policy, now), ObserverLog::score(log));
        self.observers.iter().map(one).collect()
    }

    /// Closes the circuit. Windows and scores start anew.
    pub(super) fn close(&mut self, recovered: Option<u32>, now: Timestamp) {
        (self.cause, self.check, self.suppression) = (None, None, None);
        (self.since, self.recovered) = (now, recovered);
        self.probes.clear();
        for log in self.observers.values_mut() {
            (log.silent, log.outlier) = (false, false);
            log.report_events.push(ReportEvent::Restarted(now));
            log.accepted.iter_mut().for_each(|one| (one.bucket, one.scored) = (None, false));
        }
    }

    /// Opens the circuit.
    pub(super) fn open(&mut self, cause: Cause, relapses: u32, next_probe: Timestamp, now: Timestamp) {
        self.cause = Some(cause);
        (self.since, self.recovered) = (now, None);
        (self.failures, self.relapses, self.next_probe) = (relapses, relapses, next_probe);
        self.probes.clear();
        (self.check, self.next_silence_check, self.suppression) = (None, None, None);
    }

    /// Returns when the next observer counts as silent.
    pub(super) fn next_silence(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        let last_seen = self.observers.values().filter(|log| !log.silent);
        last_seen.filter_map(|log| log.silent_at(policy)).min()
    }

    /// Schedules the next check for silent observers: at the first time at which one can be silent. A scheduled check
    /// only moves forward.
    pub(super) fn schedule_silence_check(&mut self, policy: &Policy) {
        if !self.is_routed() {
            return;
        }
        if let Some(silence) = self.next_silence(&policy.silence) {
            self.next_silence_check =
                Some(self.next_silence_check.map_or(silence, |next_silence_check| next_silence_check.min(silence)));
        }
    }

    fn accepted(&self) -> impl Iterator<Item = &Accepted> {
        self.observers.values().flat_map(|log| &log.accepted)
    }

    /// Counts HTTP results and log entries.
    pub(super) fn totals(&self) -> (BTreeMap<CodeClass, u64>, BTreeMap<LogLevel, u64>) {
        let (mut codes, mut levels) = (BTreeMap::new(), BTreeMap::new());
        for one in self.accepted() {
            match one.observation.signal {
                Signal::Code { result, .. } => *codes.entry(CodeClass::from(result)).or_default() += 1,
                Signal::Log(level) => *levels.entry(level).or_default() += 1,
            }
        }
        (codes, levels)
    }

    /// Counts the minutes, each with its sorted response times.
    #[must_use]
    pub fn minutes(&self) -> BTreeMap<i64, (MinuteView, Vec<u32>)> {
        let mut minutes: BTreeMap<i64, (MinuteView, Vec<u32>)> = BTreeMap::new();
        for one in self.accepted() {
            let (minute, measured) = minutes.entry(one.minute).or_default();
            match one.observation.signal {
                Signal::Code { result, millis } => {
                    *minute.codes.entry(CodeClass::from(result)).or_default() += 1;
                    measured.extend(millis);
                }
                Signal::Log(level) => *minute.levels.entry(level).or_default() += 1,
            }
            minute.failed_slow_late.0 += u32::from(one.judgement == Judgement::Failed);
            minute.failed_slow_late.1 += u32::from(one.judgement == Judgement::Slow);
            minute.failed_slow_late.2 += u32::from(one.late);
        }
        for (_, measured) in minutes.values_mut() {
            measured.sort_unstable();
        }
        minutes
    }
}

impl ObserverLog {
    /// Performed at each report: older observations leave the window, and once none is left the score is reset.
    fn trim(&mut self, policy: &Policy, now: Timestamp) {
        let (length, oldest) = (i64::from(policy.window.bucket_seconds.get()), oldest_bucket(policy, now));
        for one in &mut self.accepted {
            let start = one.bucket.map(|start| start.div_euclid(length) * length);
            one.bucket = start.filter(|start| *start >= oldest);
        }
        if self.accepted.iter().all(|one| one.bucket.is_none()) {
            self.accepted.iter_mut().for_each(|one| one.scored = false);
        }
    }

    pub(super) fn counts(&self, policy: &Policy, now: Timestamp) -> Counts {
        let oldest = oldest_bucket(policy, now);
        let inside = |one: &&Accepted| one.bucket.is_some_and(|start| start >= oldest);
        let count = |what: Option<Judgement>| {
            let fits = |one: &&Accepted| what.is_none_or(|what| one.judgement == what);
            u32::try_from(self.accepted.iter().filter(inside).filter(fits).count()).unwrap_or(u32::MAX)
        };
        Counts { total: count(None), failed: count(Some(Judgement::Failed)), slow: count(Some(Judgement::Slow)) }
    }

    pub(super) fn score(&self) -> u32 {
        let active = self.accepted.iter().filter(|one| one.scored);
        active.fold(0, |score, one| match one.judgement {
            Judgement::Failed => (score + 1).min(one.highest),
            Judgement::Fine | Judgement::Slow => score.saturating_sub(one.recovery),
        })
    }

    /// Returns the last three failures or slow observations, oldest first.
    pub(super) fn recent(&self) -> Vec<Observation> {
        let bad = self.accepted.iter().filter(|one| one.scored && one.judgement != Judgement::Fine);
        let bad: Vec<_> = bad.map(|one| one.observation).collect();
        bad[bad.len().saturating_sub(3)..].to_vec()
    }

    /// Returns the time of the last report, the usual interval in milliseconds, and the number of intervals in it.
    /// Each interval weighs one eighth; the interval is known after five; from then on one counts at most as four
    /// usual ones. Reports less than a second apart count as one.
    pub(super) fn report_interval(&self) -> (Timestamp, i64, usize) {
        let (mut last_seen, mut usual, mut intervals) = (None::<Timestamp>, 0, 0);
        for event in &self.report_events {
            match (*event, last_seen) {
                (ReportEvent::Reported(at), None) => last_seen = Some(at),
                (ReportEvent::Restarted(at), _) => last_seen = last_seen.map(|last_seen| last_seen.max(at)),
                (ReportEvent::Reported(at), Some(before)) => {
                    let interval = at.as_millisecond() - before.as_millisecond();
                    if interval < 1000 {
                        continue;
                    }
                    let interval = if intervals >= 5 { interval.min(usual * 4) } else { interval };
                    usual = if intervals == 0 { interval } else { usual - usual / 8 + interval / 8 };
                    (intervals, last_seen) = (intervals + 1, Some(at));
                }
            }
        }
        (last_seen.unwrap_or_default(), usual, intervals)
    }

    pub(super) fn silent_at(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        let (last_seen, usual, intervals) = self.report_interval();
        let usual = usual.max(i64::from(policy.shortest_seconds.get()) * 1000);
        let silence = (usual * i64::from(policy.intervals.get())).min(i64::from(policy.longest_seconds.get()) * 1000);
        (intervals >= 5).then(|| last_seen + SignedDuration::from_millis(silence) - SignedDuration::from_mins(1))
    }
}
