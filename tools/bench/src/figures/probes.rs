//! Probes of 10,000 chatbots a minute, compared with Prometheus and its blackbox exporter, which ask the same targets in
//! the same minute; and the probe of one chatbot that is out among 100,000 that report every minute.
//!
//! Each chatbot is routed and has a check that is due within the minute, by the default policy: two good answers, two
//! seconds apart. So a healthy one is asked twice by the prober, and once by the exporter.

mod hub;
mod monitor;
mod seed;
mod targets;

use std::time::Duration;

use centops_table::Table;
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::bench::Bench;
use crate::child::CpuClock;
use crate::error::BenchError;
use crate::report::{Figure, Unit, ms, quantile};
use crate::table;
use hub::{Hub, Usage};
use monitor::Monitor;
use targets::{DUE, Targets};

/// The number of chatbots that report every minute.
const HEARD: usize = 100_000;
/// The minute.
const MINUTE: Duration = Duration::from_mins(1);
/// The time before the minute, in which the processes start.
const PREPARATION: SignedDuration = SignedDuration::from_secs(12);
/// The time after the minute, in which the last probes end.
const END: Duration = Duration::from_secs(15);
/// The latest start of a probe in the recovery lane, at the 99th percentile, in ms.
const LATENESS_BAR: f64 = 250.0;
/// The largest memory of a prober, in MiB.
const MEMORY_BAR: f64 = 64.0;
/// The latest start of the probe of one chatbot among those that report, in ms.
const ONE_BAR: f64 = 5000.0;

/// Measures both.
///
/// # Errors
/// When a part of it fails.
pub async fn measure(bench: &Bench) -> Result<Vec<Figure>, BenchError> {
    let mut figures = ten_thousand(bench).await?;
    figures.extend(one_among_many(bench).await?);
    Ok(figures)
}

async fn ten_thousand(bench: &Bench) -> Result<Vec<Figure>, BenchError> {
    let targets = Targets::start()?;
    let server = table::start_empty().await?;
    let table = Table::at(server.address);
    let chatbots = targets.chatbots(DUE)?;
    seed::put_chatbots(&table, &chatbots).await?;
    let start = Timestamp::now() + SEEDED_IN + PREPARATION;
    seed::put_checks(&table, &chatbots, start).await?;
    let mut monitor = Monitor::start(&chatbots)?;
    let hub = Hub::start(bench, &server).await?;
    let schedule = hub.schedule();
    wait_until(start).await;
    let before = (used(&hub.clocks())?, monitor.cpu()?, server.cpu.used()?);
    sleep(MINUTE).await;
    let cpu = (used(&hub.clocks())?, monitor.cpu()?, server.cpu.used()?);
    let theirs = monitor.memory()?;
    sleep(END).await;
    schedule.abort();
    let Usage { largest, total, processes } = hub.memory()?;
    let lateness = targets.lateness(&chatbots, start);
    let seconds = |after: Duration, before: Duration| after.saturating_sub(before).as_secs_f64();
    let (our_cpu, their_cpu) = (seconds(cpu.0, before.0), seconds(cpu.1, before.1));
    let asked = Figure::new("probes, chatbots asked in their minute", count(lateness.len()), Unit::Count);
    let late = |percent| quantile(&lateness, percent);
    Ok(vec![
        asked.at_least(count(DUE * 99 / 100)),
        Figure::new("probes, lateness of the start, p50", late(50), Unit::Ms),
        Figure::new("probes, lateness of the start, p99", late(99), Unit::Ms).at_most(LATENESS_BAR),
        Figure::new("probes, CPU of a minute, functions", our_cpu * 1000.0, Unit::Ms).at_most(their_cpu * 1000.0),
        Figure::new("probes, CPU of a minute, the table", seconds(cpu.2, before.2) * 1000.0, Unit::Ms),
        Figure::new("probes, CPU of a minute, Prometheus and exporter", their_cpu * 1000.0, Unit::Ms),
        Figure::new("probes, targets asked by the exporter", count(targets.asked_by_exporter()), Unit::Count),
        Figure::new("probes, processes of functions", count(processes), Unit::Count),
        Figure::new("probes, memory, all functions", total, Unit::MiB).at_most(theirs),
        Figure::new("probes, memory, Prometheus and exporter", theirs, Unit::MiB),
        Figure::new("probes, memory, the largest prober", largest, Unit::MiB).at_most(MEMORY_BAR),
    ])
}

/// The time that putting the checks of [`DUE`] chatbots may take.
const SEEDED_IN: SignedDuration = SignedDuration::from_secs(20);

async fn one_among_many(bench: &Bench) -> Result<Vec<Figure>, BenchError> {
    let targets = Targets::start()?;
    let server = table::start_empty().await?;
    let table = Table::at(server.address);
    seed::put_heard(&table, HEARD, Timestamp::now()).await?;
    let chatbots = targets.chatbots(2)?;
    let one = &chatbots[1..];
    seed::put_chatbots(&table, one).await?;
    let hub = Hub::start(bench, &server).await?;
    let start = Timestamp::now() + SignedDuration::from_secs(20);
    seed::put_checks(&table, one, start).await?;
    let schedule = hub.schedule();
    wait_until(start + SignedDuration::from_secs(30)).await;
    schedule.abort();
    let lateness = targets.lateness(one, start);
    let late = lateness.first().copied().unwrap_or(f64::INFINITY);
    let name = "probes, lateness of one check among 100,000 chatbots that report";
    let sweep = ms(hub.longest_sweep_of_silence());
    Ok(vec![
        Figure::new(name, late, Unit::Ms).at_most(ONE_BAR),
        Figure::new("probes, sweep of the silence lane, 100,000 entries", sweep, Unit::Ms),
    ])
}

async fn wait_until(time: Timestamp) {
    sleep(time.duration_since(Timestamp::now()).try_into().unwrap_or_default()).await;
}

fn used(clocks: &[CpuClock]) -> Result<Duration, BenchError> {
    clocks.iter().map(|clock| clock.used()).sum::<std::io::Result<Duration>>().map_err(BenchError::from)
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
