//! Finds common causes of incidents that were opened within a few minutes, and keeps network incidents up to date.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_queues::redeliver;
use centops_store::{StoreError, health::PolicyCache};
use lambda_runtime::Error;

use crate::correlating::Correlating;

/// A message was not carried out. Carrying it out again is harmless.
#[derive(Debug, thiserror::Error)]
enum CorrelateError {
    #[error("the message cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The function.
#[derive(Debug)]
pub struct CorrelateIncidents {
    correlating: Correlating,
    policies: PolicyCache,
}

impl Consumer for CorrelateIncidents {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let correlating = Correlating { store: setup.store().await?, clock: clock::now };
        Ok(Self { correlating, policies: PolicyCache::default() })
    }

    async fn handle(&self, event: SqsEvent, _: &Invocation) -> Result<SqsBatchResponse, Error> {
        let mut failed = Vec::new();
        for record in event.records {
            let id = record.message_id.unwrap_or_default();
            if let Err(error) = self.handle_message(record.body.as_deref().unwrap_or_default()).await {
                tracing::error!(%error, message = id, "failed to correlate incidents message={id}");
                failed.push(id);
            }
        }
        Ok(redeliver(failed))
    }
}

impl CorrelateIncidents {
    async fn handle_message(&self, body: &str) -> Result<(), CorrelateError> {
        let message = serde_json::from_str(body)?;
        let policies = self.policies.current(&self.correlating.store, clock::now()).await?;
        Ok(self.correlating.carry_out(message, &policies).await?)
    }
}
