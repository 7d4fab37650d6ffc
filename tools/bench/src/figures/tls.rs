//! The CPU that TLS adds to a cold start of get-route.

use crate::bench::{Bench, Transport};
use crate::error::BenchError;
use crate::event;
use crate::figures::starts::cold_get_route;
use crate::report::{Figure, Unit, ms, quantile};
use crate::table;

/// The most CPU that TLS may cost, in ms: of the cold start as a whole, and of the first invocation.
const TLS_BAR: f64 = 6.0;

/// CPU times over one transport, in ms.
#[derive(Default)]
struct CpuTimes {
    whole: Vec<f64>,
    first_invocation: Vec<f64>,
}

/// Measures `runs` cold starts over TLS and as many over plain HTTP, in turn.
///
/// # Errors
/// When a function fails.
pub async fn measure(bench: &Bench, runs: usize) -> Result<Vec<Figure>, BenchError> {
    let route = event::get_route(&table::name(0));
    let (mut plain, mut tls) = (CpuTimes::default(), CpuTimes::default());
    for _ in 0..runs {
        for (transport, times) in [(Transport::Plain, &mut plain), (Transport::Tls, &mut tls)] {
            let invocation = cold_get_route(bench, transport, route.clone()).await?.invocation;
            times.whole.push(ms(invocation.answered.cpu));
            times.first_invocation.push(ms(invocation.cpu()));
        }
    }
    let median = |values: &[f64]| quantile(values, 50);
    let added = median(&tls.whole) - median(&plain.whole);
    let figure = |name: &str, value| Figure::new(name, value, Unit::Ms);
    Ok(vec![
        figure("CPU of a cold start, plain HTTP, median", median(&plain.whole)),
        figure("CPU of a cold start, TLS, median", median(&tls.whole)),
        figure("CPU that TLS adds to a cold start", added).at_most(TLS_BAR),
        figure("CPU of the first invocation, plain HTTP, median", median(&plain.first_invocation)),
        figure("CPU of the first invocation, TLS, median", median(&tls.first_invocation)).at_most(TLS_BAR),
    ])
}
