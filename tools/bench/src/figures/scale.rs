//! A table of 100,000 chatbots: the cold start of a function that returns it, and the cost of one change, in time and
//! in bytes.

mod seed;

use centops_domain::chatbots::Chatbot;
use centops_domain::chatbots::Name;
use centops_domain::health::PolicyDocument;
use centops_domain::health::{Control, ControlMode};
use centops_store::{Consistency, StoreError};
use centops_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde_json::json;

use crate::bench::{Bench, check_status, invoke};
use crate::error::BenchError;
use crate::event::{self, ContentEncoding};
use crate::fault_proxy::{FaultProxy, FaultRates};
use crate::report::{Figure, Unit, ms, quantile};
use crate::runtime_api::{Invocation, Sandbox};
use crate::table::{self, TableError};

const FUNCTION: &str = "get-routes";
/// The number of routes.
const COUNT: usize = 100_000;
/// The number of chatbots that can be taken out of routing: these are enrolled through the store.
const REMOVABLE: usize = 40;
/// The number of changes of an address that are timed. Their chatbots are enrolled through the store too: a new address
/// has to pass a probe.
const CHANGES: usize = 100;
/// The longest cold start with the whole table, in ms.
const COLD_BAR: f64 = 250.0;
/// The longest delta of one change, in ms.
const DELTA_BAR: f64 = 5.0;
/// The largest body of a delta of one change, in bytes.
const BYTES_BAR: f64 = 200.0;

/// The large table, and the proxy that the functions reach it through.
struct LargeTable {
    table: Table,
    /// Serves Secrets Manager too.
    proxy: FaultProxy,
    chatbots: Vec<Chatbot>,
    movable: Vec<Name>,
    removable: Vec<Name>,
    policies: PolicyDocument,
}

/// The deltas of single changes.
#[derive(Default)]
struct Deltas {
    times: Vec<f64>,
    cpu: Vec<f64>,
    largest_move: usize,
    largest_tombstone: usize,
}

/// Measures `runs` cold starts in each encoding, and deltas.
///
/// # Errors
/// When a part of it fails.
pub async fn measure(bench: &Bench, runs: usize, seed: u64) -> Result<Vec<Figure>, BenchError> {
    let progress = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
    progress.set_message(format!("filling a table with {COUNT} chatbots (seed {seed})"));
    progress.enable_steady_tick(std::time::Duration::from_millis(200));
    let server = table::start_empty().await?;
    let proxy = FaultProxy::start(server.address, seed, FaultRates::default()).await?;
    let large = LargeTable::fill(Table::at(server.address), proxy, seed).await?;
    let mut figures = Vec::new();
    for (encoding, name) in [
        (ContentEncoding::Gzip, "gzip"),
        (ContentEncoding::Zstd, "zstd"),
        (ContentEncoding::Identity, "identity, first page"),
    ] {
        progress.set_message(format!("cold starts with {COUNT} chatbots, {name}"));
        figures.extend(large.cold_starts(bench, encoding, name, runs).await?);
    }
    progress.set_message("deltas of single changes");
    figures.extend(large.deltas(bench).await?.figures());
    progress.finish_and_clear();
    Ok(figures)
}

impl LargeTable {
    async fn fill(table: Table, proxy: FaultProxy, seed: u64) -> Result<Self, BenchError> {
        let policies = PolicyDocument::default();
        let (mut movable, mut removable) = (Vec::new(), Vec::new());
        for index in 0..REMOVABLE {
            removable.push(table::enrol(&table, &format!("removable-chatbot-{index:02}")).await?);
        }
        for index in 0..CHANGES {
            movable.push(table::enrol(&table, &format!("movable-chatbot-{index:02}")).await?);
        }
        let chatbots = seed::fill(&table, COUNT - REMOVABLE - CHANGES, seed).await?;
        table.store.make_snapshot(Timestamp::now()).await?;
        Ok(Self { table, proxy, chatbots, movable, removable, policies })
    }

    /// Starts a function on this table.
    async fn start(&self, bench: &Bench) -> Result<Sandbox, BenchError> {
        bench.start(FUNCTION, &format!("http://{}", self.proxy.address)).await
    }

    async fn cold_starts(
        &self,
        bench: &Bench,
        encoding: ContentEncoding,
        name: &str,
        runs: usize,
    ) -> Result<Vec<Figure>, BenchError> {
        let (mut times, mut cpu, mut size) = (Vec::new(), Vec::new(), 0);
        for _ in 0..runs {
            let mut sandbox = self.start(bench).await?;
            let invocation = invoke(FUNCTION, &mut sandbox, event::get_routes_encoded(encoding), 200).await?;
            let response = check_status(FUNCTION, &invocation, 200)?;
            if encoding == ContentEncoding::Identity && response.json()?["count"] != COUNT {
                return Err(response.unexpected(FUNCTION, 200));
            }
            size = response.bytes().len();
            times.push(ms(invocation.answered.at - sandbox.started));
            cpu.push(ms(invocation.answered.cpu));
            let failed = |reason| BenchError::Sandbox { function: FUNCTION.to_owned(), reason };
            sandbox.stop().await.map_err(failed)?;
        }
        let figure = |statistic: &str, value| {
            Figure::new(format!("cold get-routes, 100,000 routes, {name}, {statistic}"), value, Unit::Ms)
        };
        Ok(vec![
            figure("median", quantile(&times, 50)).at_most(COLD_BAR),
            figure("p95", quantile(&times, 95)),
            figure("CPU, median", quantile(&cpu, 50)),
            Figure::new(format!("100,000 routes, {name}, body"), bytes(size), Unit::Bytes),
        ])
    }

    /// Makes changes one by one. After each, a warm function returns the delta from the revision before it.
    async fn deltas(&self, bench: &Bench) -> Result<Deltas, BenchError> {
        let mut sandbox = self.start(bench).await?;
        invoke(FUNCTION, &mut sandbox, event::get_routes_encoded(ContentEncoding::Gzip), 200).await?;
        let mut deltas = Deltas::default();
        for (name, chatbot) in self.movable.iter().zip(self.chatbots.iter().step_by(self.chatbots.len() / CHANGES)) {
            let since = self.revision().await?;
            table::relocate(&self.table, name, chatbot.uri.as_str()).await?;
            let (invocation, size) = delta(&mut sandbox, since).await?;
            deltas.push(&invocation);
            deltas.largest_move = deltas.largest_move.max(size);
        }
        for name in &self.removable {
            let since = self.revision().await?;
            self.take_out(name).await?;
            let (invocation, size) = delta(&mut sandbox, since).await?;
            deltas.push(&invocation);
            deltas.largest_tombstone = deltas.largest_tombstone.max(size);
        }
        Ok(deltas)
    }

    async fn revision(&self) -> Result<u64, BenchError> {
        Ok(self.table.store.head(Consistency::Strong).await?.revision)
    }

    /// Takes the chatbot `name` out of routing.
    async fn take_out(&self, name: &Name) -> Result<(), BenchError> {
        let new = json!({"mode": ControlMode::ForceOffline, "reason": "a bench"});
        let new = serde_json::from_value(new).map_err(TableError::Fixture)?;
        let now = Timestamp::now();
        let audit = centops_table::audit_context(&self.table.audit, now);
        let control = Control::new(new, "bench".to_owned(), now);
        let taken_out = self.table.store.set_control(&audit, name, Some(control), &self.policies).await;
        taken_out.map(drop).map_err(StoreError::into)
    }
}

/// Reads the delta of the one change after `since`, and the size of its body.
async fn delta(sandbox: &mut Sandbox, since: u64) -> Result<(Invocation, usize), BenchError> {
    let invocation = invoke(FUNCTION, sandbox, event::get_changes(since), 200).await?;
    let response = check_status(FUNCTION, &invocation, 200)?;
    if response.json()?["changes"].as_array().is_none_or(|changes| changes.len() != 1) {
        return Err(response.unexpected(FUNCTION, 200));
    }
    let size = response.bytes().len();
    Ok((invocation, size))
}

impl Deltas {
    fn push(&mut self, invocation: &Invocation) {
        self.times.push(ms(invocation.elapsed()));
        self.cpu.push(ms(invocation.cpu()));
    }

    fn figures(&self) -> [Figure; 5] {
        let time = |statistic: &str, value| {
            Figure::new(format!("delta of one change, 100,000 routes, {statistic}"), value, Unit::Ms)
        };
        let body = |change: &str, value| {
            Figure::new(format!("body of one change, {change}, largest"), bytes(value), Unit::Bytes).at_most(BYTES_BAR)
        };
        [
            body("another address", self.largest_move),
            body("a tombstone", self.largest_tombstone),
            time("median", quantile(&self.times, 50)).at_most(DELTA_BAR),
            time("p99", quantile(&self.times, 99)),
            time("CPU, median", quantile(&self.cpu, 50)),
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "no body has 2^52 bytes")]
fn bytes(size: usize) -> f64 {
    size as f64
}
