//! The number of status changes a second, where a transaction takes as long as with `DynamoDB`: in one process, and in
//! several at the same time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use centops_domain::health::PolicyDocument;
use centops_store::StoreError;
use centops_store::health::DueProbe;
use centops_table::Table;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use crate::error::BenchError;
use crate::fault_proxy::{FaultProxy, FaultRates};
use crate::report::{Figure, Unit};
use crate::table::{self, TableError};

/// The duration of a transaction of `DynamoDB`.
const TRANSACTION: Duration = Duration::from_millis(15);
/// The number of changes that are timed.
const CHANGES: usize = 512;
/// The number of concurrent changes.
const CONCURRENCY: usize = 64;
/// The number of processes, where there are several.
const PROCESSES: usize = 8;
/// The least number of changes a second.
const BAR: f64 = 200.0;

/// A chatbot that is due for its first successful probe.
struct DueChatbot {
    probe: DueProbe,
    /// The time of the lease, and of the report: no lease expires because the machine is slow.
    now: Timestamp,
}

/// Measures the rate of changes from Unknown to Online.
///
/// # Errors
/// When the table fails.
pub async fn measure() -> Result<Vec<Figure>, BenchError> {
    let figure = |name: &str, value| Figure::new(format!("status changes, {name}"), value, Unit::PerSecond);
    Ok(vec![
        figure("one process, 64 at once", rate("one", 1, CONCURRENCY).await?).at_least(BAR),
        figure("8 processes, 8 at once each", rate("eight", PROCESSES, CONCURRENCY / PROCESSES).await?).at_least(BAR),
        figure("one process, one by one", rate("single", 1, 1).await?),
    ])
}

/// Returns the changes a second of `processes`, each with `concurrency` changes at the same time.
async fn rate(prefix: &str, processes: usize, concurrency: usize) -> Result<f64, BenchError> {
    let count = if concurrency == 1 { CONCURRENCY } else { CHANGES };
    let server = table::start_empty().await?;
    let due = Arc::new(enrol(&Table::at(server.address), prefix, count).await?);
    let rates = FaultRates { transaction: TRANSACTION, ..FaultRates::default() };
    let proxy = FaultProxy::start(server.address, 0, rates).await?;
    let began = Instant::now();
    let running = (0..processes).map(|process| {
        let (table, due) = (Table::at(proxy.address), Arc::clone(&due));
        tokio::spawn(async move {
            let own = due.iter().skip(process).step_by(processes);
            stream::iter(own).map(Ok).try_for_each_concurrent(concurrency, |due| bring_online(&table, due)).await
        })
    });
    for process in running.collect::<Vec<_>>() {
        process.await.map_err(std::io::Error::other)??;
    }
    let seconds = began.elapsed().as_secs_f64();
    let head = Table::at(server.address).store.head(centops_store::Consistency::Strong).await?;
    if head.count != count as u64 {
        let problem = format!("{} routes after {count} successful probes", head.count);
        return Err(TableError::Read(problem).into());
    }
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    Ok(count as f64 / seconds)
}

/// Enrols chatbots, and takes the lease to probe each.
async fn enrol(table: &Table, prefix: &str, count: usize) -> Result<Vec<DueChatbot>, BenchError> {
    let due = stream::iter(0..count).map(|index| async move {
        let now = Timestamp::now();
        let probe = table::enrol_due(table, &format!("{prefix}-{index:04}"), now).await?;
        Ok::<_, BenchError>(DueChatbot { probe, now })
    });
    due.buffer_unordered(8).try_collect().await
}

/// Reports a successful probe, which changes Unknown to Online. A contended write is tried again, as the queue does.
async fn bring_online(table: &Table, DueChatbot { probe, now }: &DueChatbot) -> Result<(), BenchError> {
    let policies = PolicyDocument::default();
    loop {
        match table.store.report_probe(probe, true, &policies, *now, 0.0).await {
            Err(StoreError::Contended) => (),
            other => return other.map(drop).map_err(BenchError::from),
        }
    }
}
