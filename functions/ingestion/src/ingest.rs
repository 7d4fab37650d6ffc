//! A consumer of a queue of reports, for each kind of report.

use std::{fmt::Display, marker::PhantomData, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_contract::metrics::{LOG_KILOBYTES, PARTS_READ, REPORT_AGE, REPORTS_COUNTED, REPORTS_RETURNED};
use centops_queues::{Ingester, Parking, Report, Sender, Source};
use jiff::Timestamp;
use lambda_runtime::Error;

/// The longest delay of a message that failed.
const LONGEST_DELAY: Duration = Duration::from_mins(1);

/// A kind of report.
pub trait ReportFormat: Send + Sync + 'static {
    /// The reason why a message cannot be read.
    type Unreadable: Display;

    /// True if a report is about several chatbots, so that parts of it are parked.
    const HAS_PARTS: bool;

    /// Reads the report in the `body` of a message.
    ///
    /// # Errors
    /// When senders of this kind do not send such reports, or `body` is none.
    fn read(sender: &Sender, body: &str) -> Result<Report, Self::Unreadable>;
}

/// Folds the reports of a queue, all of the format `F`, into the health of chatbots.
#[derive(Debug)]
pub struct Ingest<F> {
    ingester: Ingester,
    format: PhantomData<F>,
}

impl<F: ReportFormat> From<Ingester> for Ingest<F> {
    fn from(ingester: Ingester) -> Self {
        Self { ingester, format: PhantomData }
    }
}

impl<F: ReportFormat> Consumer for Ingest<F> {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let client = aws_sdk_sqs::Client::new(setup.config());
        let parking = if F::HAS_PARTS { Some(setup.variable("PARKED")?) } else { None };
        let parking = parking.map(|url| Parking::new(client.clone(), url));
        let source = source(setup, client, LONGEST_DELAY)?;
        Ok(Ingester::new(setup.store().await?, source, parking).into())
    }

    async fn handle(&self, event: SqsEvent, invocation: &Invocation) -> Result<SqsBatchResponse, Error> {
        let (received, oldest) = (event.records.len(), oldest_ms(&event, clock::now()));
        let metrics = &invocation.metrics;
        let read = |sender: &Sender, body: &str| {
            let report = F::read(sender, body)?;
            metrics.record(PARTS_READ, report.parts());
            metrics.record(LOG_KILOBYTES, if report.has_entries() { body.len().div_ceil(1024) } else { 0 });
            Ok::<_, F::Unreadable>(report)
        };
        let response = self.ingester.ingest(event, Timestamp::try_from(invocation.deadline)?, read).await;
        let returned = response.batch_item_failures.len();
        metrics.record(REPORTS_COUNTED, received.saturating_sub(returned));
        metrics.record(REPORTS_RETURNED, returned);
        if let Some(oldest) = oldest {
            metrics.record(REPORT_AGE, oldest);
        }
        Ok(response)
    }
}

/// Returns how long the oldest message of `event` has been in the queue, in milliseconds.
fn oldest_ms(event: &SqsEvent, now: Timestamp) -> Option<i64> {
    let sent = event.records.iter().filter_map(|record| record.attributes.get("SentTimestamp")?.parse::<i64>().ok());
    Some((now.as_millisecond() - sent.min()?).max(0))
}

/// Returns the queue that the function of `setup` consumes.
pub(crate) fn source(
    setup: &Setup,
    client: aws_sdk_sqs::Client,
    longest_delay: Duration,
) -> Result<Source, StartError> {
    Ok(Source::new(client, setup.variable("QUEUE")?, setup.variable("DEAD_LETTERS")?, longest_delay))
}
