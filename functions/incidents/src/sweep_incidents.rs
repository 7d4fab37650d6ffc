//! Runs every minute: hands out incidents that change with the time alone.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_queues::{FollowIncident, WorkQueue};
use centops_store::Store;
use lambda_runtime::Error;
use serde::de::IgnoredAny;

use crate::track_incidents::QUEUE;

/// The most incidents that one run hands out of each shard, the longest due first. The next run hands out the others.
const MAX_DUE: usize = 1000;

/// The function.
#[derive(Debug)]
pub struct SweepIncidents {
    store: Store,
    incidents: WorkQueue,
}

impl Consumer for SweepIncidents {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, incidents: WorkQueue::from_setup(setup, QUEUE)? })
    }

    async fn handle(&self, _: IgnoredAny, _: &Invocation) -> Result<(), Error> {
        let due = self.store.due_incidents(clock::now(), MAX_DUE).await?;
        let count = due.len();
        let message = |chatbot, id| FollowIncident { chatbot, since: None, incident: Some(id) };
        let messages: Vec<_> = due.into_iter().map(|due| (message(due.chatbot, due.id), 0)).collect();
        self.incidents.send(&messages).await?;
        tracing::info!(due = count, "due incidents handed out due={count}");
        Ok(())
    }
}
