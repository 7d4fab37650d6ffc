//! One chatbot: everything that was seen of it, in lists.

use std::collections::BTreeMap;

use centops_domain::{
    chatbot::ChatbotType,
    circuit::Lease,
    control::Control,
    health::{Batch, Cause, Check, Folded, Held},
    network::Standing,
    observation::{CodeClass, LogLevel, Observation, Observer, Sequence, Signal},
    policy::{Judgement, Policy, SilencePolicy},
    stamp::milliseconds,
    window::Counts,
};
use jiff::{SignedDuration, Timestamp};

use crate::view::MinuteView;

/// One chatbot, from its enrolment on.
#[derive(Clone, Debug)]
pub struct Chatbot {
    pub(super) kind: ChatbotType,
    pub(super) enrolled: Timestamp,
    /// Why it is not routed; none while it is.
    pub(super) cause: Option<Cause>,
    /// Since when it is routed, or not.
    pub(super) since: Timestamp,
    /// Routed: after how many relapses it recovered; none where it did not recover.
    pub(super) recovered: Option<u32>,
    /// Not routed: so often the wait has grown.
    pub(super) failures: u32,
    pub(super) relapses: u32,
    pub(super) next_probe: Timestamp,
    /// Who probes it, each with the time at which the lease was given.
    pub(super) probes: Vec<(Timestamp, Lease)>,
    pub(super) check: Option<Check>,
    pub(super) watch: Option<Timestamp>,
    pub(super) held: Option<Held>,
    pub(super) control: Option<Control>,
    /// The messages to its owners of the last day. What has left the day does not come back when a clock
    /// goes backwards.
    pub(super) told: Vec<Timestamp>,
    pub(super) flapping: Option<Timestamp>,
    pub(super) next_lease: u64,
    pub(super) observers: BTreeMap<Observer, Watcher>,
    /// When anything was saved of what observers sent.
    pub(super) deliveries: Vec<Timestamp>,
}

/// One observer, with everything it ever said. Histories have few: that there are at most 64 is tested
/// by itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Watcher {
    last: Sequence,
    pub(super) silent: bool,
    pub(super) outlier: bool,
    pub(super) beats: Vec<Beat>,
    seen: Vec<Seen>,
}

/// What an observer's rhythm comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beat {
    /// It reported.
    Reported(Timestamp),
    /// The chatbot was routed again: nobody is silent for what was before.
    Routed(Timestamp),
}

/// One observation that was taken.
#[derive(Clone, Debug)]
struct Seen {
    observation: Observation,
    judgement: Judgement,
    /// The start of its bucket, in Unix seconds; none where it was late, or has left the window. What
    /// has left it does not come back, neither with another policy nor with a clock that goes backwards.
    /// With another length of the buckets it goes to the bucket that its bucket's start falls into.
    bucket: Option<i64>,
    /// Whether it still speaks in the score.
    speaks: bool,
    /// What takes off the score, and its highest value, under the policy by which it was taken.
    recovery: u32,
    highest: u32,
    /// The Unix minute in which it stands in the history, and whether that is not its own.
    minute: i64,
    misplaced: bool,
}

/// A minute stays open for so many seconds after its end, once anything is delivered after it,
const GRACE: i64 = 60;
/// and nothing is put into one that is so many before that of now.
const OLDEST_MINUTE: i64 = 4;

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
            watch: None,
            held: None,
            control: None,
            told: Vec::new(),
            flapping: None,
            next_lease: u64::try_from(now.as_millisecond()).unwrap_or_default(),
            observers: BTreeMap::new(),
            deliveries: Vec::new(),
        }
    }

    pub(super) fn is_routed(&self) -> bool {
        self.cause.is_none()
    }

    /// Where it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match self.cause {
            None => Standing::Online,
            Some(Cause::Enrolled) => Standing::Unknown,
            Some(Cause::Forced(_)) => Standing::Offline,
            Some(Cause::Failing(_) | Cause::Unanswered(_)) => Standing::Ejected,
        }
    }

    /// Whether none of `batches` says anything new.
    pub(super) fn has_all(&self, batches: &[Batch]) -> bool {
        let has = |batch: &Batch| {
            let known = self.observers.get(&batch.observer).is_some_and(|watcher| batch.sequence <= watcher.last);
            known || batch.observations.is_empty()
        };
        batches.iter().all(has)
    }

    /// Takes a batch, unless it or a later one of its sender was taken before.
    pub(super) fn fold(&mut self, batch: &Batch, policy: &Policy, now: Timestamp) -> Folded {
        let mut folded = Folded::default();
        if self.observers.get(&batch.observer).is_some_and(|watcher| batch.sequence <= watcher.last) {
            folded.repeated = batch.observations.len();
            return folded;
        }
        let open_minute = self.first_open_minute(now);
        let watcher = self.observers.entry(batch.observer.clone()).or_default();
        (watcher.last, watcher.silent) = (batch.sequence, false);
        watcher.beats.push(Beat::Reported(now));
        watcher.leave(policy, now);
        for observation in &batch.observations {
            if observation.at < self.enrolled {
                folded.before_enrolment += 1;
                continue;
            }
            // What was seen before the last closing says nothing about the time after it.
            let speaks = self.cause.is_some() || observation.at >= self.since;
            // A clock that runs ahead counts as ours.
            let at = observation.at.min(now);
            let bucket = Some(bucket(at, policy)).filter(|start| speaks && *start >= oldest_bucket(policy, now));
            if bucket.is_some() {
                folded.counted += 1;
            } else {
                folded.late += 1;
            }
            let own = at.as_millisecond().div_euclid(60_000);
            watcher.seen.push(Seen {
                observation: *observation,
                judgement: policy.judge(observation.signal),
                bucket,
                speaks: bucket.is_some(),
                recovery: policy.fast.recovery.get(),
                highest: policy.fast.threshold.get() * policy.quorum.get().max(2),
                minute: own.max(open_minute),
                misplaced: own < open_minute,
            });
        }
        folded
    }

    /// The first minute that was not closed by what was saved before, and is not too old.
    fn first_open_minute(&self, now: Timestamp) -> i64 {
        let closed = |at: &Timestamp| (at.as_millisecond().div_euclid(1000) - GRACE).div_euclid(60);
        let not_too_old = now.as_millisecond().div_euclid(60_000) - OLDEST_MINUTE;
        self.deliveries.iter().map(closed).max().unwrap_or(0).max(not_too_old)
    }

    /// What each observer's window holds under `policy` at `now`, and its score.
    pub(super) fn evidence(&self, policy: &Policy, now: Timestamp) -> Vec<(&Observer, Counts, u32)> {
        let one = |(observer, watcher)| (observer, Watcher::counts(watcher, policy, now), Watcher::score(watcher));
        self.observers.iter().map(one).collect()
    }

    /// Closes the circuit: everything starts anew.
    pub(super) fn close(&mut self, recovered: Option<u32>, now: Timestamp) {
        (self.cause, self.check, self.held) = (None, None, None);
        (self.since, self.recovered) = (now, recovered);
        self.probes.clear();
        for watcher in self.observers.values_mut() {
            (watcher.silent, watcher.outlier) = (false, false);
            watcher.beats.push(Beat::Routed(now));
            watcher.seen.iter_mut().for_each(|seen| (seen.bucket, seen.speaks) = (None, false));
        }
    }

    /// Opens the circuit.
    pub(super) fn open(&mut self, cause: Cause, relapses: u32, next_probe: Timestamp, now: Timestamp) {
        self.cause = Some(cause);
        (self.since, self.recovered) = (now, None);
        (self.failures, self.relapses, self.next_probe) = (relapses, relapses, next_probe);
        self.probes.clear();
        (self.check, self.watch, self.held) = (None, None, None);
    }

    /// When the first will be silent that is not yet.
    pub(super) fn next_silence(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        let heard = self.observers.values().filter(|watcher| !watcher.silent);
        heard.filter_map(|watcher| watcher.silent_at(policy)).min()
    }

    /// The next look for silence is set once, to the first time at which it can be found, and is moved
    /// only to come earlier.
    pub(super) fn watch_for_silence(&mut self, policy: &Policy) {
        if !self.is_routed() {
            return;
        }
        if let Some(silence) = self.next_silence(&policy.silence) {
            self.watch = Some(self.watch.map_or(silence, |watch| watch.min(silence)));
        }
    }

    fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.observers.values().flat_map(|watcher| &watcher.seen)
    }

    /// Results and log entries, counted.
    pub(super) fn totals(&self) -> (BTreeMap<CodeClass, u64>, BTreeMap<LogLevel, u64>) {
        let (mut codes, mut levels) = (BTreeMap::new(), BTreeMap::new());
        for seen in self.seen() {
            match seen.observation.signal {
                Signal::Code { result, .. } => *codes.entry(CodeClass::of(result)).or_default() += 1,
                Signal::Log(level) => *levels.entry(level).or_default() += 1,
            }
        }
        (codes, levels)
    }

    /// The minutes, counted, each with the measured times in their order.
    #[must_use]
    pub fn minutes(&self) -> BTreeMap<i64, (MinuteView, Vec<u32>)> {
        let mut minutes: BTreeMap<i64, (MinuteView, Vec<u32>)> = BTreeMap::new();
        for seen in self.seen() {
            let (minute, measured) = minutes.entry(seen.minute).or_default();
            match seen.observation.signal {
                Signal::Code { result, millis } => {
                    *minute.codes.entry(CodeClass::of(result)).or_default() += 1;
                    measured.extend(millis);
                }
                Signal::Log(level) => *minute.levels.entry(level).or_default() += 1,
            }
            minute.failed_slow_late.0 += u32::from(seen.judgement == Judgement::Failed);
            minute.failed_slow_late.1 += u32::from(seen.judgement == Judgement::Slow);
            minute.failed_slow_late.2 += u32::from(seen.misplaced);
        }
        for (_, measured) in minutes.values_mut() {
            measured.sort_unstable();
        }
        minutes
    }
}

impl Watcher {
    /// At each report: what is older than the window leaves it, and once nothing is left of what the
    /// score speaks of, it speaks no more.
    fn leave(&mut self, policy: &Policy, now: Timestamp) {
        let (length, oldest) = (i64::from(policy.window.bucket_seconds.get()), oldest_bucket(policy, now));
        for seen in &mut self.seen {
            let start = seen.bucket.map(|start| start.div_euclid(length) * length);
            seen.bucket = start.filter(|start| *start >= oldest);
        }
        if self.seen.iter().all(|seen| seen.bucket.is_none()) {
            self.seen.iter_mut().for_each(|seen| seen.speaks = false);
        }
    }

    pub(super) fn counts(&self, policy: &Policy, now: Timestamp) -> Counts {
        let oldest = oldest_bucket(policy, now);
        let inside = |seen: &&Seen| seen.bucket.is_some_and(|start| start >= oldest);
        let count = |what: Option<Judgement>| {
            let fits = |seen: &&Seen| what.is_none_or(|what| seen.judgement == what);
            u32::try_from(self.seen.iter().filter(inside).filter(fits).count()).unwrap_or(u32::MAX)
        };
        Counts { total: count(None), failed: count(Some(Judgement::Failed)), slow: count(Some(Judgement::Slow)) }
    }

    pub(super) fn score(&self) -> u32 {
        let speaking = self.seen.iter().filter(|seen| seen.speaks);
        speaking.fold(0, |score, seen| match seen.judgement {
            Judgement::Failed => (score + 1).min(seen.highest),
            Judgement::Fine | Judgement::Slow => score.saturating_sub(seen.recovery),
        })
    }

    /// The last three that say something against the chatbot, oldest first.
    pub(super) fn recent(&self) -> Vec<Observation> {
        let bad = self.seen.iter().filter(|seen| seen.speaks && seen.judgement != Judgement::Fine);
        let bad: Vec<_> = bad.map(|seen| seen.observation).collect();
        bad[bad.len().saturating_sub(3)..].to_vec()
    }

    /// When it was last heard, and its usual interval with the number of intervals that made it: each
    /// weighs an eighth; five make it usual; from then on none counts for more than four times the usual.
    /// Reports less than a second apart are one.
    pub(super) fn rhythm(&self) -> (Timestamp, i64, usize) {
        let (mut heard, mut usual, mut intervals) = (None::<Timestamp>, 0, 0);
        for beat in &self.beats {
            match (*beat, heard) {
                (Beat::Reported(at), None) => heard = Some(at),
                (Beat::Routed(at), _) => heard = heard.map(|heard| heard.max(at)),
                (Beat::Reported(at), Some(before)) => {
                    let interval = at.as_millisecond() - before.as_millisecond();
                    if interval < 1000 {
                        continue;
                    }
                    let interval = if intervals >= 5 { interval.min(usual * 4) } else { interval };
                    usual = if intervals == 0 { interval } else { usual - usual / 8 + interval / 8 };
                    (intervals, heard) = (intervals + 1, Some(at));
                }
            }
        }
        (heard.unwrap_or_default(), usual, intervals)
    }

    pub(super) fn silent_at(&self, policy: &SilencePolicy) -> Option<Timestamp> {
        let (heard, usual, intervals) = self.rhythm();
        let usual = usual.max(i64::from(policy.shortest_seconds.get()) * 1000);
        let silence = (usual * i64::from(policy.intervals.get())).min(i64::from(policy.longest_seconds.get()) * 1000);
        (intervals >= 5).then(|| heard + SignedDuration::from_millis(silence) - SignedDuration::from_mins(1))
    }
}
