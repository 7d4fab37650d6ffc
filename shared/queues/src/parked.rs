//! Parked batches: the parts of DMRs' reports that could not be saved, by chatbot.
//!
//! A parked batch is a message of a queue of its own, whose group is the chatbot. So a chatbot that cannot be saved
//! holds up neither the rest of a report nor the next reports of its sender. A batch whose write may have been carried
//! out is *unsettled*, and recorded in the item of the DMR until it is settled; while a chatbot has an unsettled batch,
//! the DMR's later batches about it are parked without another attempt.

use std::{collections::BTreeMap, time::Duration};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use centops_api::{clock, random};
use centops_domain::{
    chatbots::Name,
    health::{Batch, Delivery, PolicyDocument},
    ingestion::{Observation, Observer},
};
use centops_store::{Store, health::PolicyCache};
use futures::{StreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    SendError,
    save::{Saved, isolated},
    send::message_body,
    source::{Source, attribute},
};

/// The maximum number of chatbots that are saved concurrently.
const CONCURRENT_SAVES: usize = 16;
/// The time limit of a save.
const SAVE_LIMIT: Duration = Duration::from_secs(4);

/// A parked batch, as queued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedBatch {
    chatbot: Name,
    observer: Observer,
    /// The sequence number of the report, in decimal digits.
    sequence: String,
    /// True if an attempt to count it has an unknown outcome.
    is_unsettled: bool,
    observations: Vec<Observation>,
}

/// A message that is no parked batch.
#[derive(Debug, thiserror::Error)]
enum InvalidParkedBatch {
    #[error("not a parked batch: {0}")]
    Json(#[from] serde_json::Error),
    #[error("invalid sequence number: {0}")]
    Sequence(#[from] std::num::ParseIntError),
}

impl ParkedBatch {
    /// Returns `batch` about `chatbot` as it is parked.
    pub(crate) fn new(chatbot: Name, batch: Batch) -> Self {
        let Batch { observer, sequence, observations, delivery } = batch;
        let is_unsettled = delivery == Delivery::Unsettled;
        Self { chatbot, observer, sequence: sequence.to_string(), is_unsettled, observations }
    }

    fn parse(body: &str) -> Result<(Name, Batch), InvalidParkedBatch> {
        let Self { chatbot, observer, sequence, is_unsettled, observations } = serde_json::from_str(body)?;
        let delivery = if is_unsettled { Delivery::Unsettled } else { Delivery::Parked };
        Ok((chatbot, Batch { observer, sequence: sequence.parse()?, observations, delivery }))
    }

    /// Returns the deduplication id.
    fn id(&self) -> String {
        let Self { chatbot, observer, sequence, is_unsettled, .. } = self;
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{chatbot}\n{observer}\n{sequence}\n{is_unsettled}")))
    }
}

/// The queue of parked batches.
#[derive(Clone, Debug)]
pub struct Parking {
    client: Client,
    url: String,
}

impl Parking {
    /// Returns the queue at `url`.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Parks `batch`. It may be parked repeatedly: its marker makes it count once.
    pub(crate) async fn park(&self, batch: &ParkedBatch) -> Result<(), SendError> {
        let request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(batch.chatbot.as_str())
            .message_deduplication_id(batch.id())
            .message_body(message_body(batch)?);
        let sent = request.send().await;
        sent.map(|_| ()).map_err(|error| SendError::unavailable(&error))
    }
}

/// Consumes the queue of parked batches.
#[derive(Debug)]
pub struct ParkedIngester {
    store: Store,
    policies: PolicyCache,
    source: Source,
}

impl ParkedIngester {
    /// Returns a consumer of `source`.
    #[must_use]
    pub fn new(store: Store, source: Source) -> Self {
        Self { store, policies: PolicyCache::default(), source }
    }

    /// Counts the batches of `event` before `deadline`, each once, and returns the messages that the queue must deliver
    /// again. After the first failure of a chatbot its other batches are not tried.
    pub async fn ingest(&self, event: SqsEvent, deadline: Timestamp) -> SqsBatchResponse {
        let policies = match self.policies.current(&self.store, clock::now()).await {
            Ok(policies) => policies,
            Err(error) => {
                tracing::error!(%error, "failed to read the policy; all messages will be delivered again");
                return self.source.redeliver(&event.records).await;
            }
        };
        let mut groups: BTreeMap<String, Vec<SqsMessage>> = BTreeMap::new();
        for record in event.records {
            groups.entry(attribute(&record, "MessageGroupId").to_owned()).or_default().push(record);
        }
        let ingest = |records| self.ingest_group(records, &policies, deadline);
        let failed: Vec<_> =
            stream::iter(groups.into_values().map(ingest)).buffer_unordered(CONCURRENT_SAVES).concat().await;
        if failed.is_empty() { SqsBatchResponse::default() } else { self.source.redeliver(&failed).await }
    }

    /// Counts the batches about one chatbot in order. Returns the first that failed and those after it.
    async fn ingest_group(
        &self,
        mut records: Vec<SqsMessage>,
        policies: &PolicyDocument,
        deadline: Timestamp,
    ) -> Vec<SqsMessage> {
        for index in 0..records.len() {
            if !self.ingest_one(&records[index], policies, deadline).await {
                return records.split_off(index);
            }
        }
        Vec::new()
    }

    /// Counts one batch. Returns false if its message must be delivered again.
    async fn ingest_one(&self, record: &SqsMessage, policies: &PolicyDocument, deadline: Timestamp) -> bool {
        let (name, batch) = match ParkedBatch::parse(record.body.as_deref().unwrap_or_default()) {
            Ok(parsed) => parsed,
            Err(error) => {
                let sent = self.source.dead_letter(record, &error.to_string()).await;
                tracing::error!(%error, ?sent, "message cannot be read: sent to dead letters");
                return sent.is_ok();
            }
        };
        let batches = std::slice::from_ref(&batch);
        let save = self.store.observe(&name, batches, policies, clock::now(), random::jitter());
        if isolated(&name, SAVE_LIMIT, deadline, Box::pin(save)).await != Saved::Done {
            return false;
        }
        let (Observer::Dmr(dmr), Delivery::Unsettled) = (&batch.observer, batch.delivery) else { return true };
        let settled = self.store.settle(dmr, &name, batch.sequence, policies, clock::now()).await;
        settled.inspect_err(|error| tracing::error!(%dmr, %error, "failed to settle a batch of DMR {dmr}")).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parked_batches_round_trip() {
        let text = r#"{"chatbot":"tax","observer":"dmr:tallinn","sequence":"000000000000000000018849496460467696128","isUnsettled":true,"observations":[{"at":"2026-01-01T00:00:00.25Z","signal":{"Code":{"result":{"Ok":204},"millis":17}}}]}"#;
        let (chatbot, batch) = ParkedBatch::parse(text).expect("a parked batch");
        assert_eq!(batch.sequence, 18_849_496_460_467_696_128.into());
        let parked = ParkedBatch::new(chatbot.clone(), batch.clone());
        let body = message_body(&parked).expect("it fits");
        assert_eq!(ParkedBatch::parse(&body).expect("a parked batch"), (chatbot.clone(), batch.clone()));
        let settled = ParkedBatch::new(chatbot, Batch { delivery: Delivery::Parked, ..batch });
        assert_ne!(settled.id(), parked.id(), "the settled one must not replace the unsettled one");
    }
}
