//! Delivers the notifications of the subscriptions that are woken.

use std::future;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_queues::{WorkQueue, WorkQueueError, redeliver};
use futures::{StreamExt, stream};
use lambda_runtime::Error;

use crate::{
    outlet::ChannelOutlet,
    rounds::{RoundError, Rounds},
    wake::{self, Wake},
};

/// The subscriptions of one event that are worked on at once.
const IN_FLIGHT: usize = 10;

/// The function.
#[derive(Debug)]
pub struct DeliverNotifications {
    rounds: Rounds<ChannelOutlet>,
    wakes: WorkQueue,
}

/// A wake-up that was not handled.
#[derive(Debug, thiserror::Error)]
enum WakeError {
    #[error("the message cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Round(#[from] RoundError),
    #[error(transparent)]
    Queue(#[from] WorkQueueError),
}

impl Consumer for DeliverNotifications {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let rounds = Rounds {
            store: setup.store().await?,
            audit: setup.audit()?,
            outlet: ChannelOutlet::from_setup(setup)?,
            sms_budget: setup.parsed("SMS_BUDGET")?,
            clock: clock::now,
        };
        Ok(Self { rounds, wakes: wake::queue(setup)? })
    }

    async fn handle(&self, event: SqsEvent, invocation: &Invocation) -> Result<SqsBatchResponse, Error> {
        let handled = stream::iter(event.records).map(|record| async move {
            let result = self.wake(record.body.as_deref().unwrap_or_default(), &invocation.id).await;
            result.err().map(|error| {
                let id = record.message_id.unwrap_or_default();
                tracing::error!(%error, message = id, "failed to deliver notifications message={id}");
                id
            })
        });
        Ok(redeliver(handled.buffer_unordered(IN_FLIGHT).filter_map(future::ready).collect::<Vec<_>>().await))
    }
}

impl DeliverNotifications {
    async fn wake(&self, body: &str, run: &str) -> Result<(), WakeError> {
        let woken: Wake = serde_json::from_str(body)?;
        let wakes = if woken.at > clock::now() {
            // The clocks of two machines differ.
            vec![woken]
        } else {
            self.rounds.run(woken.subscription, run).await?
        };
        Ok(wake::send(&self.wakes, &wakes, clock::now()).await?)
    }
}
