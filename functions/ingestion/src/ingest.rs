//! A consumer of a queue of reports, for each kind of report.

use std::{fmt::Display, marker::PhantomData};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError};
use centops_queues::{Report, Sender, ingest};
use centops_store::{Store, health::PolicyCache};
use lambda_runtime::Error;

/// A kind of report.
pub trait ReportFormat: Send + Sync + 'static {
    /// The reason why a message cannot be read.
    type Unreadable: Display;

    /// Reads the report in the `body` of a message.
    ///
    /// # Errors
    /// When senders of this kind do not send such reports, or `body` is none.
    fn read(sender: &Sender, body: &str) -> Result<Report, Self::Unreadable>;
}

/// Folds the reports of a queue, all of the format `F`, into the health of chatbots.
#[derive(Debug)]
pub struct Ingest<F> {
    store: Store,
    policies: PolicyCache,
    format: PhantomData<F>,
}

impl<F: ReportFormat> Consumer for Ingest<F> {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, policies: PolicyCache::default(), format: PhantomData })
    }

    async fn handle(&self, event: SqsEvent, _: &Invocation) -> Result<SqsBatchResponse, Error> {
        Ok(ingest(&self.store, &self.policies, event, F::read).await)
    }
}
