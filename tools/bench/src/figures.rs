//! What is measured, and the bars.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use centops_store::StoreError;
use hyper::body::Bytes;

use crate::answer::Answer;
use crate::etcd::EtcdError;
use crate::report::{Figure, Unit, quantile};
use crate::runtime_api::{Invocation, Sandbox, SandboxError};
use crate::table::TableError;
use crate::tls::Front;
use crate::{event, table};

/// A bootstrap is below this, in MiB.
const SIZE_BAR: f64 = 6.0;
/// The cold start of get-route over that of a function that does nothing.
const COLD_BAR: f64 = 1.5;
/// The CPU, in ms, that the first call over TLS may cost.
const TLS_BAR: f64 = 6.0;

/// A figure cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// There is nothing to measure.
    #[error("there is no bootstrap in {path}: build the functions first", path = .0.display())]
    NoBootstraps(PathBuf),
    /// A file cannot be read.
    #[error("{path} cannot be read: {reason}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// A part of the bench itself failed.
    #[error("the bench fails: {0}")]
    Io(#[from] std::io::Error),
    /// The table is not there, or cannot be filled.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The store failed as no fault makes it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// etcd is not there, or did not answer.
    #[error(transparent)]
    Etcd(#[from] EtcdError),
    /// The function did not run.
    #[error("{function}: {reason}")]
    Sandbox {
        /// Which function.
        function: String,
        /// What happened.
        reason: SandboxError,
    },
    /// The function did not answer what the figure is about.
    #[error("{function} answers {answer}, which is not the {expected} that is measured")]
    Answer {
        /// Which function.
        function: String,
        /// What it said.
        answer: String,
        /// The status that it should have.
        expected: u16,
    },
}

/// Where things are, and whether the functions' logs are shown.
#[derive(Debug)]
pub struct Bench {
    /// The folder with a folder for each function.
    pub bootstraps: PathBuf,
    /// The function that does nothing.
    pub empty: PathBuf,
    /// The table.
    pub table: SocketAddr,
    /// The TLS server before the table.
    pub front: Front,
    /// Whether the functions' logs are shown.
    pub logs: bool,
}

/// How a function reaches the table.
#[derive(Debug, Clone, Copy)]
enum Transport {
    Plain,
    Tls,
}

/// The first life of a process: its start and its first answer.
struct ColdStart {
    elapsed: Duration,
    invocation: Invocation,
}

impl Bench {
    /// The size of each bootstrap.
    ///
    /// # Errors
    /// When there is none.
    pub fn sizes(&self) -> Result<Vec<Figure>, BenchError> {
        let none = || BenchError::NoBootstraps(self.bootstraps.clone());
        let folders = std::fs::read_dir(&self.bootstraps).map_err(|_| none())?;
        let mut paths: Vec<PathBuf> =
            folders.filter_map(Result::ok).map(|folder| folder.path().join("bootstrap")).collect();
        paths.retain(|path| path.is_file());
        paths.sort();
        if paths.is_empty() {
            return Err(none());
        }
        paths.into_iter().map(|path| size(&path)).collect()
    }

    /// Cold starts of get-route and of the function that does nothing, by turns.
    ///
    /// # Errors
    /// When a function fails.
    pub async fn cold_starts(&self, runs: usize) -> Result<Vec<Figure>, BenchError> {
        let route = event::get_route(&table::name(0));
        let (mut empty, mut empty_cpu, mut get_route) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..runs {
            let nothing = self.cold_start("empty", &self.empty, Transport::Plain, "{}".into()).await?;
            empty.push(ms(nothing.elapsed));
            empty_cpu.push(ms(nothing.invocation.answered.cpu));
            let started = self.cold_route(Transport::Plain, route.clone()).await?;
            get_route.push(ms(started.elapsed));
        }
        let ratio = quantile(&get_route, 50) / quantile(&empty, 50);
        Ok(vec![
            Figure::new("cold start, empty function, median", quantile(&empty, 50), Unit::Ms),
            Figure::new("cold start, empty function, p95", quantile(&empty, 95), Unit::Ms),
            Figure::new("cold start, get-route, median", quantile(&get_route, 50), Unit::Ms),
            Figure::new("cold start, get-route, p95", quantile(&get_route, 95), Unit::Ms),
            Figure::new("cold start, get-route over empty, medians", ratio, Unit::Ratio).at_most(COLD_BAR),
            Figure::new("CPU of a cold start, empty function, median", quantile(&empty_cpu, 50), Unit::Ms),
        ])
    }

    /// The CPU of a cold start of get-route, over TLS and over plain HTTP by turns.
    ///
    /// # Errors
    /// When a function fails.
    pub async fn tls_cpu(&self, runs: usize) -> Result<Vec<Figure>, BenchError> {
        let route = event::get_route(&table::name(0));
        let (mut plain, mut plain_first) = (Vec::new(), Vec::new());
        let (mut tls, mut tls_first) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            let started = self.cold_route(Transport::Plain, route.clone()).await?.invocation;
            plain.push(ms(started.answered.cpu));
            plain_first.push(ms(started.cpu()));
            let started = self.cold_route(Transport::Tls, route.clone()).await?.invocation;
            tls.push(ms(started.answered.cpu));
            tls_first.push(ms(started.cpu()));
        }
        let median = |values: &[f64]| quantile(values, 50);
        let more = median(&tls) - median(&plain);
        let figure = |name: &str, value| Figure::new(name, value, Unit::Ms);
        Ok(vec![
            figure("CPU of a cold start, plain HTTP, median", median(&plain)),
            figure("CPU of a cold start, TLS, median", median(&tls)),
            figure("CPU that TLS adds to a cold start", more).at_most(TLS_BAR),
            figure("CPU of the first invocation, plain HTTP, median", median(&plain_first)),
            figure("CPU of the first invocation, TLS, median", median(&tls_first)).at_most(TLS_BAR),
        ])
    }

    /// Warm invocations of get-route, and of get-routes for a caller that has the table.
    ///
    /// # Errors
    /// When a function fails.
    pub async fn warm(&self, runs: usize) -> Result<Vec<Figure>, BenchError> {
        let mut figures = Vec::new();
        let mut sandbox = self.start("get-route", &self.bootstrap("get-route"), Transport::Plain).await?;
        let route = event::get_route(&table::name(0));
        let times = repeat("get-route", &mut sandbox, &route, 200, runs).await?;
        figures.extend(latencies("get-route", &times));

        let mut sandbox = self.start("get-routes", &self.bootstrap("get-routes"), Transport::Plain).await?;
        let unchanged = event::get_routes(Some(&table::tag(self.table).await?));
        let times = repeat("get-routes", &mut sandbox, &unchanged, 304, runs).await?;
        figures.extend(latencies("get-routes, unchanged", &times));
        Ok(figures)
    }

    pub(crate) fn bootstrap(&self, function: &str) -> PathBuf {
        self.bootstraps.join(function).join("bootstrap")
    }

    async fn cold_route(&self, transport: Transport, route: Bytes) -> Result<ColdStart, BenchError> {
        let started = self.cold_start("get-route", &self.bootstrap("get-route"), transport, route).await?;
        expect("get-route", &started.invocation, 200)?;
        Ok(started)
    }

    async fn cold_start(
        &self,
        function: &str,
        bootstrap: &Path,
        transport: Transport,
        event: Bytes,
    ) -> Result<ColdStart, BenchError> {
        let failed = |reason| BenchError::Sandbox { function: function.to_owned(), reason };
        let mut sandbox = self.start(function, bootstrap, transport).await?;
        let started = sandbox.started;
        let invocation = sandbox.invoke(event).await.map_err(failed)?;
        sandbox.stop().await.map_err(failed)?;
        Ok(ColdStart { elapsed: invocation.answered.at - started, invocation })
    }

    async fn start(&self, function: &str, bootstrap: &Path, transport: Transport) -> Result<Sandbox, BenchError> {
        let endpoint = match transport {
            Transport::Plain => format!("http://{}", self.table),
            Transport::Tls => format!("https://localhost:{}", self.front.port),
        };
        self.start_at(function, bootstrap, &endpoint).await
    }

    pub(crate) async fn start_at(
        &self,
        function: &str,
        bootstrap: &Path,
        endpoint: &str,
    ) -> Result<Sandbox, BenchError> {
        let environment = [
            ("TABLE", table::TABLE.to_owned()),
            ("AUDIT_TABLE", table::AUDIT.to_owned()),
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            ("ROUTES_SECRET_ARN", "bench".to_owned()),
            // A client loads its roots over plain HTTP too. With the file named they are the same ones
            // each time, and not those of this machine's certificate folders besides.
            ("AWS_CA_BUNDLE", self.front.roots().display().to_string()),
        ];
        let failed = |reason| BenchError::Sandbox { function: function.to_owned(), reason };
        Sandbox::start(bootstrap, &environment, self.logs).await.map_err(failed)
    }
}

fn size(path: &Path) -> Result<Figure, BenchError> {
    let unreadable = |reason| BenchError::File { path: path.to_owned(), reason };
    let bytes = path.metadata().map_err(unreadable)?.len();
    let function = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    #[expect(clippy::cast_precision_loss, reason = "a file of 2^53 bytes is not ours")]
    let mib = bytes as f64 / f64::from(1 << 20);
    Ok(Figure::new(format!("size, {function}"), mib, Unit::MiB).at_most(SIZE_BAR))
}

/// Some invocations to warm up, then `runs` that are timed, in ms.
async fn repeat(
    function: &str,
    sandbox: &mut Sandbox,
    event: &Bytes,
    status: u16,
    runs: usize,
) -> Result<Vec<f64>, BenchError> {
    for _ in 0..runs / 10 {
        invoke(function, sandbox, event.clone(), status).await?;
    }
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let invocation = invoke(function, sandbox, event.clone(), status).await?;
        times.push(ms(invocation.elapsed()));
    }
    Ok(times)
}

pub(crate) async fn invoke(
    function: &str,
    sandbox: &mut Sandbox,
    event: Bytes,
    status: u16,
) -> Result<Invocation, BenchError> {
    let failed = |reason| BenchError::Sandbox { function: function.to_owned(), reason };
    let invocation = sandbox.invoke(event).await.map_err(failed)?;
    expect(function, &invocation, status)?;
    Ok(invocation)
}

/// A figure about errors would be worth nothing.
pub(crate) fn expect(function: &str, invocation: &Invocation, status: u16) -> Result<Answer, BenchError> {
    let answer = Answer::of(&invocation.answer);
    if answer.status == status { Ok(answer) } else { Err(answer.unexpected(function, status)) }
}

fn latencies(name: &str, times: &[f64]) -> [Figure; 2] {
    [50, 99].map(|percent| Figure::new(format!("warm, {name}, p{percent}"), quantile(times, percent), Unit::Ms))
}

pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
