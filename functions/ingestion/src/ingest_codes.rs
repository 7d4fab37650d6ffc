//! Consumes the queue of codes: folds the report of each DMR into the health of the chatbots that it names.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use centops_api::{Consumer, Invocation, Setup, StartError};
use centops_domain::ingestion::{CodeReport, Observer};
use centops_queues::{Report, Sender, ingest};
use centops_store::{Store, health::PolicyCache};
use lambda_runtime::Error;

/// A message of the queue that cannot be read.
#[derive(Debug, thiserror::Error)]
enum UnreadableMessage {
    #[error("the sender of codes is not a DMR")]
    NotADmr,
    #[error("not a report of codes: {0}")]
    NotAReport(#[from] serde_json::Error),
}

/// The function.
#[derive(Debug)]
pub struct IngestCodes {
    store: Store,
    policies: PolicyCache,
}

impl Consumer for IngestCodes {
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
    let Sender::Dmr(name) = sender else { return Err(UnreadableMessage::NotADmr) };
    let report: CodeReport = serde_json::from_str(body)?;
    let mut observations: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for code in report.codes.iter() {
        observations.entry(code.chatbot.clone()).or_default().push(code.observation());
    }
    Ok(Report { observer: Observer::Dmr(name.clone()), observations, entries: Vec::new() })
}
