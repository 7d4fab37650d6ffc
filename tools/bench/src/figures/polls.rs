//! A poll of an unchanged table, compared with etcd's range read of one key.
//!
//! The three are measured in turn, in many short batches, so that all run under the same load. The time of the function
//! alone is that of each invocation less the time that the table had its read. The time with the table is that of
//! invocations that reach the table without the timing proxy.

use std::time::{Duration, Instant};

use hyper::body::Bytes;

use crate::bench::{Bench, invoke};
use crate::child::{ChildServer, CpuClock};
use crate::error::BenchError;
use crate::etcd::Etcd;
use crate::event;
use crate::report::{Figure, Unit, quantile, us};
use crate::runtime_api::Sandbox;
use crate::table;
use crate::timing_proxy::TimingProxy;

const FUNCTION: &str = "get-routes";
/// The number of requests in a batch: small, so that other load on the machine affects all three alike.
const BATCH: usize = 25;

/// The measurements of one of the three.
#[derive(Debug, Default)]
struct Series {
    times: Vec<f64>,
    cpu: Duration,
}

impl Series {
    /// Times one batch of requests with `request`, and counts the CPU of `clocks`.
    async fn batch(
        &mut self,
        clocks: &[CpuClock],
        mut request: impl AsyncFnMut() -> Result<Duration, BenchError>,
    ) -> Result<(), BenchError> {
        let before = used(clocks)?;
        for _ in 0..BATCH {
            self.times.push(us(request().await?));
        }
        self.cpu += used(clocks)?.saturating_sub(before);
        Ok(())
    }

    /// The CPU time of a request, in µs.
    fn cpu_per_request(&self) -> f64 {
        us(self.cpu) / f64::from(u32::try_from(self.times.len()).unwrap_or(u32::MAX)).max(1.0)
    }
}

/// A function, and the poll of a caller that has the current table.
struct Poller {
    sandbox: Sandbox,
    event: Bytes,
}

impl Poller {
    async fn start(bench: &Bench, endpoint: &str) -> Result<Self, BenchError> {
        let sandbox = bench.start(FUNCTION, endpoint).await?;
        Ok(Self { sandbox, event: event::get_routes(Some(&table::etag(bench.table).await?)) })
    }

    async fn poll(&mut self) -> Result<Duration, BenchError> {
        Ok(invoke(FUNCTION, &mut self.sandbox, self.event.clone(), 304).await?.elapsed())
    }
}

/// Measures `requests` polls of each. The key of etcd has `size` bytes.
///
/// # Errors
/// When one of them fails.
pub async fn measure(
    bench: &Bench,
    server: &ChildServer,
    size: usize,
    requests: usize,
) -> Result<Vec<Figure>, BenchError> {
    let timing = TimingProxy::start(server.address).await?;
    let mut alone = Poller::start(bench, &format!("http://{}", timing.address)).await?;
    let mut direct = Poller::start(bench, &format!("http://{}", server.address)).await?;
    let mut etcd = Etcd::start(size).await?;
    for _ in 0..requests / 10 {
        alone.poll().await?;
        direct.poll().await?;
        etcd.range().await?;
    }
    let (mut function, mut with_table, mut reference) = (Series::default(), Series::default(), Series::default());
    for _ in 0..requests.div_ceil(BATCH) {
        let clocks = [alone.sandbox.cpu];
        let request = async || {
            let _ = timing.take();
            let elapsed = alone.poll().await?;
            Ok(elapsed.saturating_sub(timing.take()))
        };
        function.batch(&clocks, request).await?;
        let clocks = [direct.sandbox.cpu, server.cpu];
        with_table.batch(&clocks, async || direct.poll().await).await?;
        let clocks = [etcd.cpu];
        let request = async || {
            let began = Instant::now();
            etcd.range().await?;
            Ok(began.elapsed())
        };
        reference.batch(&clocks, request).await?;
    }
    Ok(figures(&function, &with_table, &reference))
}

fn used(clocks: &[CpuClock]) -> Result<Duration, BenchError> {
    clocks.iter().map(|clock| clock.used()).sum::<std::io::Result<Duration>>().map_err(BenchError::from)
}

fn figures(function: &Series, with_table: &Series, etcd: &Series) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |name: &str, value_of: &dyn Fn(&Series) -> f64| {
        let bar = value_of(etcd);
        let figure = |subject: &str, value| Figure::new(format!("poll, {subject}, {name}"), value, Unit::Us);
        figures.push(figure("get-routes alone", value_of(function)).below(bar));
        figures.push(figure("get-routes and its table", value_of(with_table)));
        figures.push(figure("etcd, one key", bar));
    };
    add("p50", &|series| quantile(&series.times, 50));
    add("p99", &|series| quantile(&series.times, 99));
    add("CPU a request", &Series::cpu_per_request);
    figures
}
