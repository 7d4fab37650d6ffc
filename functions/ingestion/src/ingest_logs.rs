//! Consumes the queue of logs: folds the log of a chatbot into its health, and stores the masked entries.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError};
use centops_domain::ingestion::{MaskedEntry, MaskedReport, Observer};
use centops_queues::{Report, Sender, ingest};
use centops_store::{Store, health::PolicyCache};
use lambda_runtime::Error;

/// A message of the queue that cannot be read.
#[derive(Debug, thiserror::Error)]
enum UnreadableMessage {
    #[error("the sender of logs is not a chatbot")]
    NotAChatbot,
    #[error("not a report of logs: {0}")]
    NotAReport(#[from] serde_json::Error),
}

/// The function.
#[derive(Debug)]
pub struct IngestLogs {
    store: Store,
    policies: PolicyCache,
}

impl Consumer for IngestLogs {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, policies: PolicyCache::default() })
    }

    async fn handle(&self, event: SqsEvent, _: &Invocation) -> Result<SqsBatchResponse, Error> {
        Ok(ingest(&self.store, &self.policies, event, read).await)
    }
}

fn read(sender: &Sender, body: &str) -> Result<Report, UnreadableMessage> {
    let Sender::Chatbot(name) = sender else { return Err(UnreadableMessage::NotAChatbot) };
    let report: MaskedReport = serde_json::from_str(body)?;
    let observations = report.logs.iter().map(MaskedEntry::observation).collect();
    Ok(Report {
        observer: Observer::Chatbot,
        observations: BTreeMap::from([(name.clone(), observations)]),
        entries: report.logs,
    })
}
