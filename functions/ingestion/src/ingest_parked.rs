//! Consumes the queue of parked batches: counts the parts of DMRs' reports that could not be saved before.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError};
use centops_queues::ParkedIngester;
use jiff::Timestamp;
use lambda_runtime::Error;

use crate::ingest::source;

/// The longest delay of a batch that failed.
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// The function.
#[derive(Debug)]
pub struct IngestParked {
    ingester: ParkedIngester,
}

impl From<ParkedIngester> for IngestParked {
    fn from(ingester: ParkedIngester) -> Self {
        Self { ingester }
    }
}

impl Consumer for IngestParked {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let source = source(setup, aws_sdk_sqs::Client::new(setup.config()), LONGEST_DELAY)?;
        Ok(ParkedIngester::new(setup.store().await?, source).into())
    }

    async fn handle(&self, event: SqsEvent, invocation: &Invocation) -> Result<SqsBatchResponse, Error> {
        Ok(self.ingester.ingest(event, Timestamp::try_from(invocation.deadline)?).await)
    }
}
