//! How many changes of status a second the table takes, where a transaction takes as long as it does with
//! `DynamoDB`: in one process, and in several at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use centops_domain::chatbots::Name;
use centops_domain::health::PolicyDocument;
use centops_store::StoreError;
use centops_table::Table;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use crate::faults::{Network, Weather};
use crate::figures::BenchError;
use crate::report::{Figure, Unit};
use crate::table::{self, TableError};

/// What `DynamoDB` takes for a transaction.
const TRANSACTION: Duration = Duration::from_millis(15);
/// Changes that are timed.
const CHANGES: usize = 512;
/// Changes at the same time.
const AT_ONCE: usize = 64;
/// Processes, when there are several.
const PROCESSES: usize = 8;
/// Changes a second.
const BAR: f64 = 200.0;

/// A chatbot that is about to be seen healthy, the lease of its probe, and the time of both: no lease ends
/// by a slow machine.
type Due = (Name, u64, Timestamp);

/// What is measured.
///
/// # Errors
/// When the table fails.
pub async fn measure() -> Result<Vec<Figure>, BenchError> {
    let figure = |name: &str, value| Figure::new(format!("changes of status, {name}"), value, Unit::PerSecond);
    Ok(vec![
        figure("one process, 64 at once", rate("one", 1, AT_ONCE).await?).at_least(BAR),
        figure("8 processes, 8 at once each", rate("eight", PROCESSES, AT_ONCE / PROCESSES).await?).at_least(BAR),
        figure("one process, one by one", rate("single", 1, 1).await?),
    ])
}

/// Changes a second of `processes`, each with so many changes `at_once`.
async fn rate(prefix: &str, processes: usize, at_once: usize) -> Result<f64, BenchError> {
    let count = if at_once == 1 { AT_ONCE } else { CHANGES };
    let served = table::empty().await?;
    let due = Arc::new(enrol(&Table::at(served.address), prefix, count).await?);
    let weather = Weather { transaction: TRANSACTION, ..Weather::default() };
    let network = Network::start(served.address, 0, weather).await?;
    let began = Instant::now();
    let running = (0..processes).map(|process| {
        let (table, due) = (Table::at(network.address), Arc::clone(&due));
        tokio::spawn(async move {
            let mine = due.iter().skip(process).step_by(processes);
            stream::iter(mine).map(Ok).try_for_each_concurrent(at_once, |due| online(&table, due)).await
        })
    });
    for process in running.collect::<Vec<_>>() {
        process.await.map_err(std::io::Error::other)??;
    }
    let seconds = began.elapsed().as_secs_f64();
    let head = Table::at(served.address).store.head(centops_store::Consistency::Strong).await?;
    if head.count != count as u64 {
        return Err(TableError::Read(format!("{} routes, and {count} chatbots were seen healthy", head.count)).into());
    }
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    Ok(count as f64 / seconds)
}

/// Enrols chatbots, and takes the lease to probe each.
async fn enrol(table: &Table, prefix: &str, count: usize) -> Result<Vec<Due>, BenchError> {
    let due = stream::iter(0..count).map(|index| async move {
        let (policies, now) = (PolicyDocument::default(), Timestamp::now());
        let chatbot = table::chatbot(&format!("{prefix}-{index:04}"), now)?;
        let name = chatbot.name.clone();
        table.store.create_chatbot(&centops_table::audit_context(&table.audit, now), chatbot).await?;
        let lease = table.store.evaluate_due(&name, &policies, now).await?.lease;
        let lease = lease.ok_or_else(|| TableError::NotDue(name.to_string()))?;
        Ok::<_, BenchError>((name, lease.id, now))
    });
    due.buffer_unordered(8).try_collect().await
}

/// Reports a good probe: Unknown becomes Online. Where others were first too often it is tried again, as the
/// queue does.
async fn online(table: &Table, (name, lease, now): &Due) -> Result<(), BenchError> {
    let policies = PolicyDocument::default();
    loop {
        match table.store.report_probe(name, *lease, true, &policies, *now, 0.0).await {
            Err(StoreError::Contended) => (),
            other => return other.map(drop).map_err(BenchError::from),
        }
    }
}
