//! The spool against a plain model: random batches, answers, crashes and waits. Nothing is lost without a name, and
//! nothing is counted twice.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;

use centops_report::{Arrival, Batch, DropReason, Limits, Record, Spool, SpoolError, WhenFull};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

/// The time for which CentOps certainly recognises a key, in seconds.
const KEY_HOLD: i64 = 300;
const KEY_LIFE: i64 = 270;
const MAX_AGE: i64 = 3600;
const MAX_BYTES: u64 = 400;
const BODY: usize = 50;

#[derive(Clone, Copy, Debug)]
enum Answer {
    Accepted,
    /// The request arrived or not, and the sender does not know.
    Lost(bool),
    NotArrived,
    Rejected,
    /// The process ends before the answer. The request arrived or not.
    Crash(bool),
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Append(u64),
    AppendThree,
    Send(Answer),
    SetSource,
    /// Ends the process. A file of an unfinished write and, if given, one of a finished record remain.
    Crash(bool),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let answer = prop_oneof![
        4 => Just(Answer::Accepted),
        2 => any::<bool>().prop_map(Answer::Lost),
        2 => Just(Answer::NotArrived),
        1 => Just(Answer::Rejected),
        2 => any::<bool>().prop_map(Answer::Crash),
    ];
    prop_oneof![
        6 => (1..20_u64).prop_map(Step::Append),
        1 => Just(Step::AppendThree),
        8 => answer.prop_map(Step::Send),
        1 => Just(Step::SetSource),
        2 => any::<bool>().prop_map(Step::Crash),
        4 => prop_oneof![4 => 0..60_i64, 2 => 200..320_i64, 1 => 3000..4000_i64].prop_map(Step::Wait),
    ]
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    body: Vec<u8>,
    count: u64,
    created: i64,
    sent: Option<i64>,
    key: Option<String>,
}

/// What must hold, written plainly.
#[derive(Default)]
struct Model {
    now: i64,
    /// Batches, and their entries.
    appended: u64,
    entries: u64,
    position: u64,
    waiting: VecDeque<Entry>,
    accepted: u64,
    dropped: BTreeMap<DropReason, u64>,
    /// Keys that CentOps has seen, and when it counted their batch.
    counted: BTreeMap<String, (i64, u64)>,
}

impl Model {
    fn drop_front(&mut self, reason: DropReason) {
        let entry = self.waiting.pop_front().expect("an entry");
        *self.dropped.entry(reason).or_default() += entry.count;
    }

    fn expire(&mut self, when_full: WhenFull) {
        while let Some(front) = self.waiting.front() {
            if front.sent.is_some_and(|sent| self.now - sent > KEY_LIFE) {
                self.drop_front(DropReason::AnswerLost);
            } else if self.now - front.created > MAX_AGE {
                self.drop_front(DropReason::TooOld);
            } else if self.bytes() > MAX_BYTES && when_full == WhenFull::DropOldest {
                self.drop_front(DropReason::SpoolFull);
            } else {
                break;
            }
        }
    }

    fn bytes(&self) -> u64 {
        (self.waiting.len() * BODY) as u64
    }

    /// CentOps gets a batch. It must not have counted it before, unless it still recognises the key.
    fn arrive(&mut self, record: &Record) {
        if let Some((at, _)) = self.counted.get(&record.key) {
            assert!(self.now - at <= KEY_HOLD, "counted twice: {record:?} at {}", self.now);
        } else {
            self.counted.insert(record.key.clone(), (self.now, record.count));
        }
    }

    /// Returns the entries that CentOps counted.
    fn total(&self) -> u64 {
        self.counted.values().map(|(_, count)| count).sum()
    }
}

struct Run {
    folder: tempfile::TempDir,
    spool: Option<Spool>,
    limits: Limits,
    model: Model,
}

impl Run {
    fn new(when_full: WhenFull) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let limits = Limits { max_bytes: MAX_BYTES, when_full, ..Limits::default() };
        let spool = Some(Spool::open(folder.path(), limits).expect("a spool"));
        Self { folder, spool, limits, model: Model::default() }
    }

    fn spool(&self) -> &Spool {
        self.spool.as_ref().expect("open")
    }

    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(31_536_000 + self.model.now)
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Append(count) => self.append(&[count]),
            Step::AppendThree => self.append(&[1, 2, 3]),
            Step::Send(answer) => self.send(answer),
            Step::SetSource => {
                self.model.position += 1;
                self.spool().set_source(json!(self.model.position)).expect("written");
            }
            Step::Crash(has_leftover) => self.crash(has_leftover),
            Step::Wait(seconds) => self.model.now += seconds,
        }
        let source = (self.model.position > 0).then(|| json!(self.model.position));
        assert_eq!(self.spool().source(), source);
    }

    fn append(&mut self, counts: &[u64]) {
        let model = &mut self.model;
        model.expire(self.limits.when_full);
        let entries: Vec<Entry> = (counts.iter().zip(model.appended..))
            .map(|(count, id)| Entry {
                body: format!("{id:0BODY$}").into_bytes(),
                count: *count,
                created: model.now,
                sent: None,
                key: None,
            })
            .collect();
        let batches = entries.iter().map(|entry| Batch { body: entry.body.clone(), count: entry.count }).collect();
        let is_refused =
            self.limits.when_full == WhenFull::Refuse && model.bytes() + (entries.len() * BODY) as u64 > MAX_BYTES;
        let position = json!(model.position + 1);
        let result = self.spool().append_all(batches, Some(position), self.now());
        if is_refused {
            assert!(matches!(result, Err(SpoolError::Full)), "{result:?}");
            return;
        }
        result.expect("stored");
        self.model.appended += entries.len() as u64;
        self.model.entries += counts.iter().sum::<u64>();
        self.model.position += 1;
        self.model.waiting.extend(entries);
        self.model.expire(self.limits.when_full);
    }

    fn send(&mut self, answer: Answer) {
        self.model.expire(self.limits.when_full);
        let record = self.spool().begin(self.now()).expect("read");
        let (Some(record), Some(front)) = (record.clone(), self.model.waiting.front_mut()) else {
            assert_eq!((record, self.model.waiting.len()), (None, 0));
            return;
        };
        assert_eq!((record.body.as_ref(), record.count), (front.body.as_slice(), front.count), "in order");
        assert_eq!(front.key.get_or_insert(record.key.clone()), &record.key, "one key for a batch");
        let was_sent = front.sent;
        front.sent = was_sent.or(Some(self.model.now));
        if matches!(answer, Answer::Accepted | Answer::Lost(true) | Answer::Crash(true)) {
            self.model.arrive(&record);
        }
        let arrival = match answer {
            Answer::Accepted => Arrival::Accepted,
            Answer::Lost(_) => Arrival::Unknown,
            Answer::NotArrived => Arrival::NotArrived,
            Answer::Rejected => Arrival::Rejected,
            Answer::Crash(_) => return self.crash(false),
        };
        self.spool().settle(&record, arrival, self.now()).expect("written");
        match arrival {
            Arrival::Accepted => {
                let entry = self.model.waiting.pop_front().expect("an entry");
                self.model.accepted += entry.count;
            }
            Arrival::Rejected => self.model.drop_front(DropReason::Rejected),
            Arrival::NotArrived => {
                if let Some(front) = self.model.waiting.front_mut() {
                    front.sent = was_sent;
                }
            }
            Arrival::Unknown => {}
        }
        self.model.expire(self.limits.when_full);
    }

    fn crash(&mut self, has_leftover: bool) {
        self.spool = None;
        fs::write(self.folder.path().join(".tmp-crash"), b"half").expect("written");
        if has_leftover {
            leave_finished_record(self.folder.path());
        }
        self.spool = Some(Spool::open(self.folder.path(), self.limits).expect("a spool"));
        assert!(!self.folder.path().join(".tmp-crash").exists());
    }

    /// Lets CentOps accept what waits, and compares the counts.
    fn finish(mut self) {
        while !self.model.waiting.is_empty() {
            self.send(Answer::Accepted);
        }
        let (status, model) = (self.spool().status(), &self.model);
        assert_eq!((status.batches, status.entries, status.bytes, status.corrupt_records), (0, 0, 0, 0));
        assert_eq!((status.counts.accepted, &status.counts.dropped), (model.accepted, &model.dropped));
        // Each entry was accepted, or dropped by name. A dropped one may have arrived: its answer was lost.
        let dropped: u64 = model.dropped.values().sum();
        assert_eq!(model.accepted + dropped, model.entries);
        assert!((model.accepted..=model.entries).contains(&model.total()));
    }
}

/// Brings a record back that was accepted: its file remained, because the process ended before it was removed.
fn leave_finished_record(folder: &Path) {
    let finished = fs::read(folder.join("state")).ok().and_then(|bytes| {
        let text = bytes.get(..bytes.len().checked_sub(32)?)?;
        serde_json::from_slice::<serde_json::Value>(text).ok()?["done"].as_u64()
    });
    if let Some(sequence) = finished.filter(|sequence| *sequence > 0) {
        fs::write(folder.join(format!("{sequence:020}.record")), b"finished").expect("written");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_without_a_name_and_nothing_is_counted_twice(
        steps in proptest::collection::vec(step(), 1..60), is_refusing in any::<bool>(),
    ) {
        let mut run = Run::new(if is_refusing { WhenFull::Refuse } else { WhenFull::DropOldest });
        for step in steps {
            run.step(step);
        }
        run.finish();
    }
}
