//! The cold start of get-route, from the start of its process to its first response.
//!
//! It is compared with a lean function: one `GetItem` through the SDK's own defaults, and nothing else. The SDK's
//! default client loads the root certificates of the system: of Debian a bundle and a folder of single certificates, of
//! Amazon Linux a bundle. The bar is on the defaults as they are on this machine; the lean function with a bundle alone
//! is measured beside it. An empty function shows the share of the platform and the runtime.

use std::path::Path;
use std::time::Duration;

use hyper::body::Bytes;

use crate::bench::{Bench, Transport, check_status};
use crate::error::BenchError;
use crate::event;
use crate::report::{Figure, Unit, ms, quantile};
use crate::runtime_api::Invocation;
use crate::table;

/// The largest cold start of get-route, as a share of that of the lean function.
const COLD_BAR: f64 = 0.75;

const FUNCTION: &str = "get-route";
const EMPTY: &str = "empty";
const LEAN: &str = "lean";
/// The bundles of root certificates of Debian and of Amazon Linux.
const BUNDLES: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/// The start of a process and its first invocation.
pub(super) struct ColdStart {
    /// The time from the start of the process to its first response.
    pub elapsed: Duration,
    /// The first invocation.
    pub invocation: Invocation,
}

/// The cold starts of one function, in ms.
#[derive(Default)]
struct Starts {
    elapsed: Vec<f64>,
    cpu: Vec<f64>,
}

impl Starts {
    fn push(&mut self, start: &ColdStart) {
        self.elapsed.push(ms(start.elapsed));
        self.cpu.push(ms(start.invocation.answered.cpu));
    }

    fn figures(&self, function: &str) -> [Figure; 3] {
        let figure = |name: &str, value| Figure::new(format!("{name}, {function}"), value, Unit::Ms);
        [
            figure("cold start, median", self.median()),
            figure("cold start, p95", quantile(&self.elapsed, 95)),
            figure("CPU of a cold start, median", quantile(&self.cpu, 50)),
        ]
    }

    fn median(&self) -> f64 {
        quantile(&self.elapsed, 50)
    }
}

/// Measures `runs` cold starts of get-route, the lean function in both settings and the empty function, alternating.
///
/// # Errors
/// When a function fails.
pub async fn measure(bench: &Bench, runs: usize) -> Result<Vec<Figure>, BenchError> {
    let route = event::get_route(&table::name(0));
    let (empty_path, lean_path) = (bench.bootstraps.reference(EMPTY), bench.bootstraps.reference(LEAN));
    let bundle = BUNDLES.iter().find(|path| Path::new(path).is_file());
    let bundle_only: Vec<_> = bundle.map(|path| ("SSL_CERT_FILE", (*path).to_owned())).into_iter().collect();
    let (mut empty, mut lean, mut lean_bundle, mut get_route) = <(Starts, Starts, Starts, Starts)>::default();
    for _ in 0..runs {
        empty.push(&cold_start(bench, EMPTY, &empty_path, Transport::Plain, "{}".into(), Vec::new()).await?);
        for (starts, further) in [(&mut lean, Vec::new()), (&mut lean_bundle, bundle_only.clone())] {
            let started = cold_start(bench, LEAN, &lean_path, Transport::Plain, route.clone(), further).await?;
            check_status(LEAN, &started.invocation, 200)?;
            starts.push(&started);
        }
        get_route.push(&cold_get_route(bench, Transport::Plain, route.clone()).await?);
    }
    let ratio = |name: &str, lean: &Starts| {
        let name = format!("cold start, get-route over {name}, medians");
        Figure::new(name, get_route.median() / lean.median(), Unit::Ratio)
    };
    let mut figures = Vec::new();
    figures.extend(empty.figures("empty function"));
    figures.extend(lean.figures("lean function"));
    figures.extend(lean_bundle.figures("lean function, a bundle of roots alone"));
    figures.extend(get_route.figures(FUNCTION));
    figures.push(ratio("lean", &lean).at_most(COLD_BAR));
    figures.push(ratio("lean with a bundle of roots alone", &lean_bundle));
    Ok(figures)
}

/// Starts get-route and has it answer `route`.
pub(super) async fn cold_get_route(bench: &Bench, transport: Transport, route: Bytes) -> Result<ColdStart, BenchError> {
    let started =
        cold_start(bench, FUNCTION, &bench.bootstraps.function(FUNCTION), transport, route, Vec::new()).await?;
    check_status(FUNCTION, &started.invocation, 200)?;
    Ok(started)
}

async fn cold_start(
    bench: &Bench,
    function: &str,
    bootstrap: &Path,
    transport: Transport,
    event: Bytes,
    further: Vec<(&str, String)>,
) -> Result<ColdStart, BenchError> {
    let failed = |reason| BenchError::Sandbox { function: function.to_owned(), reason };
    let mut sandbox = bench.start_with(function, bootstrap, &bench.endpoint(transport), further).await?;
    let started = sandbox.started;
    let invocation = sandbox.invoke(event).await.map_err(failed)?;
    sandbox.stop().await.map_err(failed)?;
    Ok(ColdStart { elapsed: invocation.answered.at - started, invocation })
}
