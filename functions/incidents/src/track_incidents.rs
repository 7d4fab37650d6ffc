//! Computes the incidents of chatbots anew: after their events, and when the time changes them. Looks at a suspected outage
//! again by a probe.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_domain::{
    incidents::{Incident, LOOK_AFTER, Look, State},
    notifications::Enrolment,
};
use centops_egress::Prober;
use centops_masking::mask;
use centops_queues::{FollowIncident, WorkQueue, WorkQueueError, redeliver};
use centops_store::{Store, StoreError, health::PolicyCache};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use lambda_runtime::Error;

/// An incident was not computed. Computing it again is harmless.
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
    store: Store,
    incidents: WorkQueue,
    prober: Prober,
    policies: PolicyCache,
}

/// Returns the queue of this function.
///
/// # Errors
/// When its variable is not set.
pub(crate) fn queue(setup: &Setup) -> Result<WorkQueue, StartError> {
    Ok(WorkQueue::new(aws_sdk_sqs::Client::new(setup.config()), setup.variable("INCIDENTS_QUEUE")?))
}

impl Consumer for TrackIncidents {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let prober = Prober::new(setup.allowed_networks()?).map_err(|error| StartError::Tls(error.to_string()))?;
        let (store, incidents) = (setup.store().await?, queue(setup)?);
        Ok(Self { store, incidents, prober, policies: PolicyCache::default() })
    }

    async fn handle(&self, event: SqsEvent, _: &Invocation) -> Result<SqsBatchResponse, Error> {
        let count = event.records.len().max(1);
        let tracked = stream::iter(event.records).map(|record| async move {
            let result = self.track(record.body.as_deref().unwrap_or_default()).await;
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
    async fn track(&self, body: &str) -> Result<(), TrackError> {
        let FollowIncident { chatbot, since, incident } = serde_json::from_str(body)?;
        let now = clock::now();
        let followed = self.store.follow_incident(&chatbot, since, None, now).await?;
        if let Some(suspected) = followed.filter(|incident| incident.state == State::Suspected) {
            self.look_again(&suspected, now).await?;
        }
        if let Some(id) = incident {
            self.store.unlist_incident(&chatbot, id).await?;
        }
        Ok(())
    }

    /// Probes the chatbot of `incident` once if it is time to, and sends a message for that time otherwise.
    async fn look_again(&self, incident: &Incident, now: Timestamp) -> Result<(), TrackError> {
        let (chatbot, id) = (&incident.chatbot, incident.id);
        let wait = (incident.began + LOOK_AFTER).duration_since(now).as_millis();
        if wait > 0 {
            let seconds = i32::try_from(wait.div_euclid(1000) + 1).unwrap_or(i32::MAX);
            let message = FollowIncident { chatbot: chatbot.clone(), since: None, incident: Some(id) };
            // If it is lost, the sweep of the minute finds the incident.
            return Ok(self.incidents.send(&[(message, seconds)]).await?);
        }
        let Some(look) = self.look(chatbot).await? else { return Ok(()) };
        let followed = self.store.follow_incident(chatbot, None, Some(&look), clock::now()).await?;
        if let Some(incident) = followed {
            tracing::info!(
                chatbot = %chatbot.name, incident = %id, state = incident.state.as_str(), fault = look.fault,
                "suspected outage probed incident={id}"
            );
        }
        Ok(())
    }

    /// Probes `chatbot`. None if it was removed.
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
