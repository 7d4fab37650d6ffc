//! A table of a hundred thousand chatbots: what a cold function takes to answer it, and what one change
//! costs, in time and in bytes.

mod seed;

use centops_domain::chatbots::Name;
use centops_domain::chatbots::{Chatbot, ChatbotChange};
use centops_domain::health::PolicyDocument;
use centops_domain::health::{Control, ControlMode};
use centops_store::{Consistency, StoreError};
use centops_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde_json::json;

use crate::event::{self, Coding};
use crate::faults::{Network, Weather};
use crate::figures::{Bench, BenchError, expect, invoke, ms};
use crate::report::{Figure, Unit, quantile};
use crate::table::{self, TableError};

const FUNCTION: &str = "get-routes";
/// Routes.
const COUNT: usize = 100_000;
/// Of them, so many that can be taken out: they have been enrolled in full.
const WITNESSES: usize = 40;
/// Changes of each kind that are timed.
const CHANGES: usize = 100;
/// The cold start with all of it, in ms.
const COLD_BAR: f64 = 250.0;
/// A delta of one change, in ms.
const DELTA_BAR: f64 = 5.0;
/// The body of a delta of one change, in bytes.
const BYTES_BAR: f64 = 200.0;

/// The large table, and the way to it.
struct Country {
    table: Table,
    /// Secrets are answered there too.
    network: Network,
    chatbots: Vec<Chatbot>,
    witnesses: Vec<Name>,
    policies: PolicyDocument,
}

/// `runs` cold starts in each coding, and deltas.
///
/// # Errors
/// When a part of it fails.
pub async fn measure(bench: &Bench, runs: usize, seed: u64) -> Result<Vec<Figure>, BenchError> {
    let progress = ProgressBar::new_spinner().with_style(ProgressStyle::default_spinner());
    progress.set_message(format!("{COUNT} chatbots are put into a table (seed {seed})"));
    progress.enable_steady_tick(std::time::Duration::from_millis(200));
    let served = table::empty().await?;
    let network = Network::start(served.address, seed, Weather::default()).await?;
    let country = Country::found(Table::at(served.address), network, seed).await?;
    let mut figures = Vec::new();
    for (coding, name) in [(Coding::Gzip, "gzip"), (Coding::Zstd, "zstd"), (Coding::Identity, "identity, first page")] {
        progress.set_message(format!("cold starts with {COUNT} chatbots, {name}"));
        figures.extend(country.cold_starts(bench, coding, name, runs).await?);
    }
    progress.set_message("changes, one by one");
    figures.extend(country.deltas(bench).await?);
    progress.finish_and_clear();
    Ok(figures)
}

impl Country {
    async fn found(table: Table, network: Network, seed: u64) -> Result<Self, BenchError> {
        let policies = PolicyDocument::default();
        let mut witnesses = Vec::new();
        for index in 0..WITNESSES {
            witnesses.push(table::enrol(&table, &format!("witness-of-changes-{index:02}")).await?);
        }
        let chatbots = seed::fill(&table, COUNT - WITNESSES, seed).await?;
        table.store.make_snapshot(Timestamp::now()).await?;
        Ok(Self { table, network, chatbots, witnesses, policies })
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.network.address)
    }

    async fn cold_starts(
        &self,
        bench: &Bench,
        coding: Coding,
        name: &str,
        runs: usize,
    ) -> Result<Vec<Figure>, BenchError> {
        let (mut times, mut cpu, mut size) = (Vec::new(), Vec::new(), 0);
        for _ in 0..runs {
            let failed = |reason| BenchError::Sandbox { function: FUNCTION.to_owned(), reason };
            let mut sandbox = bench.start_at(FUNCTION, &bench.bootstrap(FUNCTION), &self.endpoint()).await?;
            let invocation = sandbox.invoke(event::get_routes_coded(coding)).await.map_err(failed)?;
            let answer = expect(FUNCTION, &invocation, 200)?;
            if coding == Coding::Identity && answer.body()?["count"] != COUNT {
                return Err(answer.unexpected(FUNCTION, 200));
            }
            size = answer.bytes().len();
            times.push(ms(invocation.answered.at - sandbox.started));
            cpu.push(ms(invocation.answered.cpu));
            sandbox.stop().await.map_err(failed)?;
        }
        let figure = |what: &str, value| {
            Figure::new(format!("cold get-routes, 100,000 routes, {name}, {what}"), value, Unit::Ms)
        };
        Ok(vec![
            figure("median", quantile(&times, 50)).at_most(COLD_BAR),
            figure("p95", quantile(&times, 95)),
            figure("CPU, median", quantile(&cpu, 50)),
            Figure::new(format!("100,000 routes, {name}, body"), bytes(size), Unit::Bytes),
        ])
    }

    /// After each single change, the delta from the revision before it, of one warm function.
    async fn deltas(&self, bench: &Bench) -> Result<Vec<Figure>, BenchError> {
        let mut sandbox = bench.start_at(FUNCTION, &bench.bootstrap(FUNCTION), &self.endpoint()).await?;
        invoke(FUNCTION, &mut sandbox, event::get_routes_coded(Coding::Gzip), 200).await?;
        let (mut times, mut cpu, mut moved, mut gone) = (Vec::new(), Vec::new(), 0, 0);
        for turn in 0..CHANGES + WITNESSES {
            let since = self.table.store.head(Consistency::Strong).await?.revision;
            let tombstone = turn.checked_sub(CHANGES).map(|witness| &self.witnesses[witness]);
            match tombstone {
                Some(name) => self.take_out(name).await?,
                None => self.swap(turn * (self.chatbots.len() / CHANGES)).await?,
            }
            let invocation = invoke(FUNCTION, &mut sandbox, event::get_changes(since), 200).await?;
            let answer = expect(FUNCTION, &invocation, 200)?;
            if answer.body()?["changes"].as_array().is_none_or(|changes| changes.len() != 1) {
                return Err(answer.unexpected(FUNCTION, 200));
            }
            times.push(ms(invocation.elapsed()));
            cpu.push(ms(invocation.cpu()));
            let size = if tombstone.is_some() { &mut gone } else { &mut moved };
            *size = answer.bytes().len().max(*size);
        }
        let delta =
            |what: &str, value| Figure::new(format!("delta of one change, 100,000 routes, {what}"), value, Unit::Ms);
        let body = |what: &str, value| {
            Figure::new(format!("body of one change, {what}, largest"), bytes(value), Unit::Bytes).at_most(BYTES_BAR)
        };
        Ok(vec![
            body("another address", moved),
            body("a tombstone", gone),
            delta("median", quantile(&times, 50)).at_most(DELTA_BAR),
            delta("p99", quantile(&times, 99)),
            delta("CPU, median", quantile(&cpu, 50)),
        ])
    }

    /// Gives the chatbot at `place` the address of the next.
    async fn swap(&self, place: usize) -> Result<(), BenchError> {
        let [chatbot, next] = [&self.chatbots[place], &self.chatbots[place + 1]];
        let uri = next.uri.as_str();
        let change: ChatbotChange = serde_json::from_value(json!({ "uri": uri })).map_err(TableError::Fixture)?;
        let act = centops_table::audit_context(&self.table.audit, Timestamp::now());
        self.table.store.update_chatbot(&act, &chatbot.name, None, &change).await?;
        Ok(())
    }

    async fn take_out(&self, name: &Name) -> Result<(), BenchError> {
        let new = json!({"mode": ControlMode::ForceOffline, "reason": "a bench"});
        let new = serde_json::from_value(new).map_err(TableError::Fixture)?;
        let now = Timestamp::now();
        let act = centops_table::audit_context(&self.table.audit, now);
        let control = Control::new(new, "bench".to_owned(), now);
        let taken = self.table.store.set_control(&act, name, Some(control), &self.policies).await;
        taken.map(drop).map_err(StoreError::into)
    }
}

#[expect(clippy::cast_precision_loss, reason = "no body has 2^52 bytes")]
fn bytes(size: usize) -> f64 {
    size as f64
}
