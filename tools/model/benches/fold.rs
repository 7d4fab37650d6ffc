//! Measures the observations that the core folds per second on one core. Fails if the rate is below the limit.

use std::{hint::black_box, process::ExitCode, time::Instant};

use centops_domain::{
    health::{Batch, Delivery, Health, Policy, engine},
    ingestion::{CodeError, Observation, Observer, Sequence, Signal, StatusCode},
};
use criterion::{Criterion, Throughput};
use jiff::{SignedDuration, Timestamp};

/// The lowest accepted rate, in observations per second.
const MIN_RATE: f64 = 500_000.0;
const BATCH: usize = 100;

/// Three observers that send a batch of 100 each in turn, second by second; one response in fifty fails.
struct Traffic {
    policy: Policy,
    observers: [Observer; 3],
    now: Timestamp,
    sent: u64,
}

impl Traffic {
    fn new() -> Self {
        let dmr = |name: &str| name.parse().map_or(Observer::Chatbot, Observer::Dmr);
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000);
        Self { policy: Policy::default(), observers: [Observer::Chatbot, dmr("narva"), dmr("tallinn")], now, sent: 0 }
    }

    fn batch(&mut self) -> Batch {
        self.sent += 1;
        self.now += SignedDuration::from_secs(1);
        let observer = self.observers[usize::try_from(self.sent % 3).unwrap_or_default()].clone();
        let observation = |place: usize| {
            let millis = i64::try_from(place).unwrap_or_default() * 30;
            let code = |code: u16| StatusCode::try_from(code).map_err(|_| CodeError::Connection);
            let result = if place % 50 == 7 { code(503) } else { code(200) };
            let signal = Signal::Code { result, millis: Some(120) };
            Observation { at: self.now - SignedDuration::from_millis(millis), signal }
        };
        let observations = (0..BATCH).map(observation).collect();
        Batch { observer, sequence: Sequence::from(u128::from(self.sent)), observations, delivery: Delivery::First }
    }
}

fn through_bytes(health: &Health) -> Health {
    let bytes = postcard::to_stdvec(health).unwrap_or_default();
    postcard::from_bytes(black_box(&bytes)).unwrap_or_else(|_| health.clone())
}

fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold");
    group.throughput(Throughput::Elements(BATCH as u64));
    for stored in [false, true] {
        let mut traffic = Traffic::new();
        let mut health = Health::new(traffic.now);
        let name = if stored { "load, observe, save" } else { "observe" };
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || traffic.batch(),
                |batch| {
                    if stored {
                        health = through_bytes(&health);
                    }
                    let now = batch.observations.first().map_or(Timestamp::UNIX_EPOCH, |first| first.at);
                    black_box(engine::fold(&mut health, &[batch], &Policy::default(), now))
                },
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// Returns the rate over a million observations, whose batches exist before the clock starts.
fn rate() -> f64 {
    let mut traffic = Traffic::new();
    let mut health = Health::new(traffic.now);
    let batches: Vec<_> = (0..10_000).map(|_| (traffic.batch(), traffic.now)).collect();
    let start = Instant::now();
    for (batch, now) in &batches {
        black_box(engine::fold(&mut health, std::slice::from_ref(batch), &traffic.policy, *now));
    }
    let counted: u64 = health.totals().values().sum();
    #[expect(clippy::cast_precision_loss, reason = "a million")]
    let rate = counted as f64 / start.elapsed().as_secs_f64();
    rate
}

fn main() -> ExitCode {
    let mut criterion = Criterion::default().configure_from_args();
    measure(&mut criterion);
    criterion.final_summary();
    let rate = rate();
    println!("the core folds {rate:.0} observations a second on one core; the limit is {MIN_RATE:.0}");
    if rate < MIN_RATE {
        eprintln!("limit missed");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
