//! Runs every five minutes: hands out the reports that became due since the last run.
//!
//! The time of the last run is stored after everything is handed out. A run that a crash stops is repeated as a whole: a
//! report that is handed out twice is made once.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_domain::reports::{Due, due, may_be_due};
use centops_queues::{WorkQueue, WorkQueueError};
use centops_store::{Store, StoreError};
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::de::IgnoredAny;

use crate::QUEUE;

/// The function.
#[derive(Debug)]
pub struct ScheduleReports {
    /// The table.
    pub store: Store,
    /// The queue of reports.
    pub reports: WorkQueue,
}

/// Error of handing out.
#[derive(Debug, thiserror::Error)]
pub enum HandOutError {
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Error of the queue.
    #[error(transparent)]
    Queue(#[from] WorkQueueError),
}

impl Consumer for ScheduleReports {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, reports: WorkQueue::from_setup(setup, QUEUE)? })
    }

    async fn handle(&self, _: IgnoredAny, _: &Invocation) -> Result<(), Error> {
        let handed_out = self.hand_out(clock::now()).await?;
        if handed_out > 0 {
            tracing::info!(reports = handed_out, "reports handed out count={handed_out}");
        }
        Ok(())
    }
}

impl ScheduleReports {
    /// Hands out the reports that became due since the last run, at `now`. The first run ever hands out nothing. Returns their
    /// number. One read unit while none can be due; else one for each institution.
    ///
    /// # Errors
    /// When the table or the queue does not answer. The next run hands out all of them again.
    pub async fn hand_out(&self, now: Timestamp) -> Result<usize, HandOutError> {
        let Some(after) = self.store.reports_handed_out_until().await? else {
            self.store.put_reports_handed_out_until(now).await?;
            return Ok(0);
        };
        if !may_be_due(after, now) {
            return Ok(0);
        }
        let mut handed_out = 0;
        for institution in self.store.subscribing_institutions().await? {
            let subscribers = self.store.subscribers(institution.as_ref()).await?;
            let reports: Vec<(Due, i32)> =
                subscribers.iter().flat_map(|one| due(&one.subscription, after, now)).map(|due| (due, 0)).collect();
            self.reports.send(&reports).await?;
            handed_out += reports.len();
        }
        self.store.put_reports_handed_out_until(now).await?;
        Ok(handed_out)
    }
}
