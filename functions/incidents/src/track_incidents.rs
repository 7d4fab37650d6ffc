//! Computes the incidents of chatbots anew: after their events, and when the time changes them. Looks at a suspected outage
//! again by a probe.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_domain::{incidents::Look, notifications::Enrolment};
use centops_egress::Prober;
use centops_masking::mask;
use centops_queues::{WorkQueue, WorkQueueError, redeliver};
use centops_store::{Store, StoreError, health::PolicyCache, incidents::PastCache};
use futures::{StreamExt, stream};
use lambda_runtime::Error;

use crate::tracking::{Looker, Tracked, Tracking};

/// The variable with the URL of this function's queue.
pub(crate) const QUEUE: &str = "INCIDENTS_QUEUE";

/// The variable with the URL of the queue of `correlate-incidents`.
pub(crate) const CORRELATIONS: &str = "CORRELATIONS_QUEUE";

/// A message was not carried out. Carrying it out again is harmless.
#[derive(Debug, thiserror::Error)]
enum TrackError {
    #[error("the message cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Queue(#[from] WorkQueueError),
}

/// The function.
#[derive(Debug)]
pub struct TrackIncidents {
    tracking: Tracking<Probes>,
    incidents: WorkQueue,
    correlations: WorkQueue,
}

impl Consumer for TrackIncidents {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let prober = Prober::new(setup.allowed_networks()?).map_err(|error| StartError::Tls(error.to_string()))?;
        let store = setup.store().await?;
        let looker = Probes { store: store.clone(), prober, policies: PolicyCache::default() };
        Ok(Self {
            tracking: Tracking { store, looker, clock: clock::now, past: PastCache::default() },
            incidents: WorkQueue::from_setup(setup, QUEUE)?,
            correlations: WorkQueue::from_setup(setup, CORRELATIONS)?,
        })
    }

    async fn handle(&self, event: SqsEvent, _: &Invocation) -> Result<SqsBatchResponse, Error> {
        let count = event.records.len().max(1);
        let tracked = stream::iter(event.records).map(|record| async move {
            let result = self.handle_message(record.body.as_deref().unwrap_or_default()).await;
            let id = record.message_id.unwrap_or_default();
            result.err().map(|error| {
                tracing::error!(%error, message = id, "failed to compute an incident message={id}");
                id
            })
        });
        let failed: Vec<_> = tracked.buffer_unordered(count).filter_map(|failed| async { failed }).collect().await;
        Ok(redeliver(failed))
    }
}

impl TrackIncidents {
    async fn handle_message(&self, body: &str) -> Result<(), TrackError> {
        let Tracked { follow, correlate } = self.tracking.track(&serde_json::from_str(body)?).await?;
        self.incidents.send(&Vec::from_iter(follow)).await?;
        Ok(self.correlations.send(&Vec::from_iter(correlate)).await?)
    }
}

/// Looks at chatbots by probes.
#[derive(Debug)]
struct Probes {
    store: Store,
    prober: Prober,
    policies: PolicyCache,
}

impl Looker for Probes {
    async fn look(&self, chatbot: &Enrolment) -> Result<Option<Look>, StoreError> {
        let uri = match self.store.chatbot(&chatbot.name).await {
            Ok(found) => found.value.uri,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let policies = self.policies.current(&self.store, clock::now()).await?;
        let outcome = self.prober.probe(&uri, &policies.for_chatbot(&chatbot.name).probe).await;
        Ok(Some(Look { at: clock::now(), fault: outcome.err().map(|fault| mask(&fault.to_string())) }))
    }
}
