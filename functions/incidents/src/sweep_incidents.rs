//! Runs every minute: hands out incidents that change with the time alone.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_queues::{CorrelateIncidents, FollowIncident, WorkQueue};
use centops_store::{Store, incidents::DueIncident};
use lambda_runtime::Error;
use serde::de::IgnoredAny;

use crate::track_incidents::{CORRELATIONS, QUEUE};

/// The most incidents that one run hands out of each shard, the longest due first. The next run hands out the others.
const MAX_DUE: usize = 1000;

/// The function.
#[derive(Debug)]
pub struct SweepIncidents {
    store: Store,
    incidents: WorkQueue,
    correlations: WorkQueue,
}

impl Consumer for SweepIncidents {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let queue = |variable| WorkQueue::from_setup(setup, variable);
        let (incidents, correlations) = (queue(QUEUE)?, queue(CORRELATIONS)?);
        Ok(Self { store: setup.store().await?, incidents, correlations })
    }

    async fn handle(&self, _: IgnoredAny, _: &Invocation) -> Result<(), Error> {
        let due = self.store.due_incidents(clock::now(), MAX_DUE).await?;
        let count = due.len();
        let (mut follow, mut correlate) = (Vec::new(), Vec::new());
        for DueIncident { id, chatbot, .. } in due {
            match chatbot {
                Some(chatbot) => follow.push((FollowIncident { chatbot, since: None, incident: Some(id) }, 0)),
                None => correlate.push((CorrelateIncidents::Network(id), 0)),
            }
        }
        self.incidents.send(&follow).await?;
        self.correlations.send(&correlate).await?;
        tracing::info!(due = count, "due incidents handed out due={count}");
        Ok(())
    }
}
