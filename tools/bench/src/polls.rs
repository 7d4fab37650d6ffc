//! A poll of an unchanged table, against etcd's range read of one key.
//!
//! The three are measured by turns in many short turns, so that all see the same machine. The time of
//! the function alone is that of each invocation less the time that the table had its read; the time with
//! the table is of invocations that reach the table without the hop that takes that time.

use std::time::{Duration, Instant};

use hyper::body::Bytes;

use crate::child::{Cpu, Served};
use crate::etcd::Etcd;
use crate::event;
use crate::figures::{Bench, BenchError, invoke};
use crate::report::{Figure, Unit, quantile};
use crate::runtime_api::Sandbox;
use crate::stopwatch::Stopwatch;
use crate::table;

const FUNCTION: &str = "get-routes";
/// Requests of one before the turn of the next: short, so that who else uses the machine disturbs all alike.
const TURN: usize = 25;

/// What was measured of one of them.
#[derive(Debug, Default)]
struct Series {
    times: Vec<f64>,
    cpu: Duration,
}

impl Series {
    /// CPU time a request, in µs.
    fn cpu(&self) -> f64 {
        us(self.cpu) / f64::from(u32::try_from(self.times.len()).unwrap_or(u32::MAX)).max(1.0)
    }
}

/// A function that polls.
struct Poller {
    sandbox: Sandbox,
    event: Bytes,
}

impl Poller {
    async fn poll(&mut self) -> Result<Duration, BenchError> {
        Ok(invoke(FUNCTION, &mut self.sandbox, self.event.clone(), 304).await?.elapsed())
    }
}

/// `requests` polls of each.
///
/// # Errors
/// When one of them fails.
pub async fn measure(bench: &Bench, served: &Served, size: usize, requests: usize) -> Result<Vec<Figure>, BenchError> {
    let stopwatch = Stopwatch::start(served.address).await?;
    let mut alone = poller(bench, &format!("http://{}", stopwatch.address)).await?;
    let mut direct = poller(bench, &format!("http://{}", served.address)).await?;
    let mut etcd = Etcd::start(size).await?;
    for _ in 0..requests / 10 {
        alone.poll().await?;
        direct.poll().await?;
        etcd.range().await?;
    }
    let (mut own, mut sum, mut other) = (Series::default(), Series::default(), Series::default());
    for _ in 0..requests.div_ceil(TURN) {
        let clocks = [alone.sandbox.cpu];
        turn(&mut own, &clocks, async || {
            let _ = stopwatch.take();
            let elapsed = alone.poll().await?;
            Ok(elapsed.saturating_sub(stopwatch.take()))
        })
        .await?;
        let clocks = [direct.sandbox.cpu, served.cpu];
        turn(&mut sum, &clocks, async || direct.poll().await).await?;
        let clocks = [etcd.cpu];
        turn(&mut other, &clocks, async || {
            let began = Instant::now();
            etcd.range().await?;
            Ok(began.elapsed())
        })
        .await?;
    }
    Ok(figures(&own, &sum, &other))
}

async fn turn(
    series: &mut Series,
    clocks: &[Cpu],
    mut one: impl AsyncFnMut() -> Result<Duration, BenchError>,
) -> Result<(), BenchError> {
    let before = used(clocks)?;
    for _ in 0..TURN {
        series.times.push(us(one().await?));
    }
    series.cpu += used(clocks)?.saturating_sub(before);
    Ok(())
}

fn used(clocks: &[Cpu]) -> Result<Duration, BenchError> {
    clocks.iter().map(|clock| clock.used()).sum::<std::io::Result<Duration>>().map_err(BenchError::from)
}

/// A function whose caller has the table.
async fn poller(bench: &Bench, endpoint: &str) -> Result<Poller, BenchError> {
    let sandbox = bench.start_at(FUNCTION, &bench.bootstrap(FUNCTION), endpoint).await?;
    Ok(Poller { sandbox, event: event::get_routes(Some(&table::tag(bench.table).await?)) })
}

fn figures(own: &Series, sum: &Series, other: &Series) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut row = |name: &str, of: &dyn Fn(&Series) -> f64| {
        let bar = of(other);
        let figure = |who: &str, value| Figure::new(format!("poll, {who}, {name}"), value, Unit::Us);
        figures.push(figure("get-routes alone", of(own)).below(bar));
        figures.push(figure("get-routes and its table", of(sum)));
        figures.push(figure("etcd, one key", bar));
    };
    row("p50", &|series| quantile(&series.times, 50));
    row("p99", &|series| quantile(&series.times, 99));
    row("CPU a request", &Series::cpu);
    figures
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000_000.0
}
