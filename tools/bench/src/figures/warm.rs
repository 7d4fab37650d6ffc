//! The latency of warm functions: get-route, and get-routes for a caller that has the current table.

use hyper::body::Bytes;

use crate::bench::{Bench, Transport, invoke};
use crate::error::BenchError;
use crate::event;
use crate::report::{Figure, Unit, ms, quantile};
use crate::table;

/// Measures `runs` warm invocations of each function.
///
/// # Errors
/// When a function fails.
pub async fn measure(bench: &Bench, runs: usize) -> Result<Vec<Figure>, BenchError> {
    let route = event::get_route(&table::name(0));
    let unchanged = event::get_routes(Some(&table::etag(bench.table).await?));
    let mut figures = Vec::new();
    for (function, name, event, status) in
        [("get-route", "get-route", route, 200), ("get-routes", "get-routes, unchanged", unchanged, 304)]
    {
        let times = warm_times(bench, function, &event, status, runs).await?;
        figures.extend(
            [50, 99]
                .map(|percent| Figure::new(format!("warm, {name}, p{percent}"), quantile(&times, percent), Unit::Ms)),
        );
    }
    Ok(figures)
}

/// Warms `function` up, then times `runs` invocations, in ms.
async fn warm_times(
    bench: &Bench,
    function: &str,
    event: &Bytes,
    status: u16,
    runs: usize,
) -> Result<Vec<f64>, BenchError> {
    let mut sandbox = bench.start(function, &bench.endpoint(Transport::Plain)).await?;
    for _ in 0..runs / 10 {
        invoke(function, &mut sandbox, event.clone(), status).await?;
    }
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        times.push(ms(invoke(function, &mut sandbox, event.clone(), status).await?.elapsed()));
    }
    Ok(times)
}
