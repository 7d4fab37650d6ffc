//! Consumes the table's stream: hands each event to the function `fan-out`, and nothing else, so that no event holds up the
//! stream. An event that cannot be fanned out ends in the dead letters of that function's queue.

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use centops_api::{Consumer, Invocation, Setup, StartError};
use centops_queues::WorkQueue;
use centops_store::alerts::{EVENT_ATTRIBUTE, enrolled_ms};
use lambda_runtime::Error;
use serde_json::Value;

use crate::{clients, fan_out::FanOutMessage};

/// The function.
#[derive(Debug)]
pub struct Announce {
    events: WorkQueue,
}

impl Consumer for Announce {
    type Event = Value;
    type Answer = DynamoDbEventResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { events: clients::queue(setup, "EVENTS_QUEUE")? })
    }

    async fn handle(&self, event: Value, _: &Invocation) -> Result<DynamoDbEventResponse, Error> {
        let records = event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut response = DynamoDbEventResponse::default();
        let messages: Vec<_> = records.iter().filter_map(message).map(|message| (message, 0)).collect();
        if let Err(error) = self.events.send(&messages).await {
            // The stream delivers the batch again. What is queued twice is told once.
            let sequence = records.first().and_then(|record| record["dynamodb"]["SequenceNumber"].as_str());
            let sequence = sequence.unwrap_or_default().to_owned();
            tracing::error!(%error, sequence, "failed to queue events sequence={sequence}");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(sequence);
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }
}

/// Returns the message for a record of the stream. None for a record without an event, which no filter lets pass.
fn message(record: &Value) -> Option<FanOutMessage> {
    let item = &record["dynamodb"];
    let Some(event) = item["NewImage"][EVENT_ATTRIBUTE]["S"].as_str() else {
        let sequence = item["SequenceNumber"].as_str().unwrap_or_default();
        tracing::error!(sequence, "record without an event dropped sequence={sequence}");
        return None;
    };
    let enrolled_ms = item["Keys"]["pk"]["S"].as_str().and_then(enrolled_ms);
    Some(FanOutMessage { event: event.to_owned(), enrolled_ms, paged: false, after: None })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn record_is_handed_on_as_stored_with_the_enrolment_of_its_chatbot() {
        let record =
            |pk: &str| json!({"dynamodb": {"Keys": {"pk": {"S": pk}}, "NewImage": {"event": {"S": "{not json"}}}});
        let message = message(&record("EVENTS#tax#1790000000123")).expect("a message");
        assert_eq!((message.event.as_str(), message.enrolled_ms), ("{not json", Some(1_790_000_000_123)));
        assert_eq!(super::message(&record("EVENTS#ruuter")).expect("a message").enrolled_ms, None);
        assert_eq!(super::message(&json!({"dynamodb": {"NewImage": {}}})), None, "nothing is blocked by it");
    }
}
