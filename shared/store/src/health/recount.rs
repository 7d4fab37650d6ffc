//! Counts the chatbots again.
//!
//! The counts of the network decide whether a route table is complete and how many chatbots may be out. Each change keeps
//! them exact. A restored table, an edit by hand or a fault of CentOps can leave them wrong, and they stay so.

use centops_domain::{
    audit::Subject,
    chatbots::{Chatbot, Name},
    health::Network,
};
use futures::{StreamExt, TryStreamExt, stream};

use crate::{Page, Store, StoreError, Versioned, audit::AuditContext, commit::Plan, keys, table};

/// The most attempts to count while nothing changes the counts.
const ATTEMPTS: u32 = 10;
/// The most chatbots that one page has.
const PAGE: i32 = 500;
/// The most healths that are read concurrently.
const CONCURRENCY: usize = 32;

/// The counts that are stored, and those of the chatbots at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recount {
    /// The network as it is stored.
    pub stored: Network,
    /// A network with the counts of the chatbots that there are, and nothing else.
    pub actual: Network,
}

impl Recount {
    /// Returns the number of chatbots by which the stored counts are wrong; zero if they are exact.
    #[must_use]
    pub fn drift(&self) -> u64 {
        self.stored.drift(&self.actual)
    }
}

impl Store {
    /// Counts the chatbots. Two read units for each chatbot.
    ///
    /// # Errors
    /// [`StoreError::Contended`] if a status changed during each attempt.
    pub async fn recount(&self) -> Result<Recount, StoreError> {
        for _ in 0..ATTEMPTS {
            let before = self.network().await?;
            let counted = Box::pin(self.count_chatbots()).await;
            let after = self.network().await?;
            match counted {
                // A chatbot was removed between its two reads.
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
                Ok(actual) if before.version == after.version => return Ok(Recount { stored: after.value, actual }),
                Ok(_) => {}
            }
        }
        Err(StoreError::Contended)
    }

    /// Corrects the stored counts by the differences of `recount`. Changes since then are kept.
    ///
    /// # Errors
    /// When the table does not answer, or too many changes were made at once.
    pub async fn repair_counts(&self, audit: &AuditContext<'_>, recount: &Recount) -> Result<(), StoreError> {
        let plan = |network: &mut Network| {
            let before = network.view();
            network.correct(&recount.stored, &recount.actual);
            let transaction = self.transaction().audit(audit, Subject::default(), &before, &network.view())?;
            Ok(Plan { transaction, route: None, outcome: () })
        };
        self.commit(audit.now, plan).await.map_err(|error| error.or(StoreError::Contended))
    }

    async fn count_chatbots(&self) -> Result<Network, StoreError> {
        let (mut counts, mut start) = (Network::default(), None);
        loop {
            let query = self.table.query_partition(keys::CHATBOTS).consistent_read(true).set_exclusive_start_key(start);
            let page: Page<Chatbot, Name> =
                table::fetch_page(query, PAGE, |item| table::from_item(item).map(Some)).await?;
            let states = stream::iter(&page.items).map(|chatbot| async move {
                let Versioned { value: health, .. } = self.health(&chatbot.name).await?;
                Ok::<_, StoreError>((chatbot.kind, health.routing_state()))
            });
            let states: Vec<_> = states.buffer_unordered(CONCURRENCY).try_collect().await?;
            for (kind, state) in states {
                counts.record_transition(kind, None, Some(state));
            }
            start = match page.next {
                None => return Ok(counts),
                Some(next) => Some(keys::chatbot(&next)),
            };
        }
    }
}
