//! Consumes the table's stream: hands each event to the function `fan-out`, its chatbot to `track-incidents`, and the incident
//! of each entry of a timeline to `post-incidents`, and does nothing else, so that no event holds up the stream. An event that cannot be handled ends in the dead letters of those
//! functions' queues.

use std::collections::BTreeSet;

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use centops_api::{Consumer, Invocation, Setup, StartError};
use centops_queues::{FollowIncident, GroupedMessage, PostIncident, WorkQueue, WorkQueueError};
use centops_store::{
    alerts::{EVENT_ATTRIBUTE, chatbot_of_events},
    incidents::incident_of_timeline,
};
use lambda_runtime::Error;
use serde_json::Value;

use crate::fan_out::FanOutMessage;

/// The seconds whose entries of a timeline are one message to `post-incidents`. They are fewer than those by which its queue
/// delays messages, so each message is delivered after all of its entries.
const POSTED_TOGETHER: i64 = 10;

/// The function.
#[derive(Debug)]
pub struct Announce {
    events: WorkQueue,
    incidents: WorkQueue,
    posts: WorkQueue,
}

impl Consumer for Announce {
    type Event = Value;
    type Answer = DynamoDbEventResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let queue = |variable| WorkQueue::from_setup(setup, variable);
        Ok(Self {
            events: queue("EVENTS_QUEUE")?,
            incidents: queue("INCIDENTS_QUEUE")?,
            posts: queue("INCIDENT_POSTS_QUEUE")?,
        })
    }

    async fn handle(&self, event: Value, _: &Invocation) -> Result<DynamoDbEventResponse, Error> {
        let records = event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut response = DynamoDbEventResponse::default();
        if let Err(error) = self.hand_on(records).await {
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

impl Announce {
    async fn hand_on(&self, records: &[Value]) -> Result<(), WorkQueueError> {
        let events: Vec<_> = records.iter().filter_map(message).map(|message| (message, 0)).collect();
        self.events.send(&events).await?;
        let incidents: Vec<_> = records.iter().filter_map(follow).map(|message| (message, 0)).collect();
        self.incidents.send(&incidents).await?;
        self.posts.send_grouped(&posts(records)).await
    }
}

/// Returns the message that lets the incident of a chatbot follow its event. None for an event about something else.
fn follow(record: &Value) -> Option<FollowIncident> {
    let keys = &record["dynamodb"]["Keys"];
    let chatbot = chatbot_of_events(keys["pk"]["S"].as_str()?)?;
    let (at, _) = keys["sk"]["S"].as_str()?.split_once('#')?;
    Some(FollowIncident { chatbot, since: Some(at.parse().ok()?), incident: None })
}

/// Returns the messages that let rooms be told about the incidents of entries of timelines, one for each incident and span.
fn posts(records: &[Value]) -> Vec<GroupedMessage<PostIncident>> {
    let spans: BTreeSet<_> = records.iter().filter_map(span_of_timeline).collect();
    let message = |(post, span): (PostIncident, i64)| {
        let group = post.incident.to_string();
        GroupedMessage { deduplication: format!("{group}:{span}"), message: post, group }
    };
    spans.into_iter().map(message).collect()
}

/// Returns the incident of an entry of a timeline, and the number of the span in which it was stored.
fn span_of_timeline(record: &Value) -> Option<(PostIncident, i64)> {
    let item = &record["dynamodb"];
    let incident = incident_of_timeline(item["Keys"]["pk"]["S"].as_str()?)?;
    let stored = item["ApproximateCreationDateTime"].as_f64().unwrap_or_default();
    // Truncated: seconds since 1970 are far below the limit.
    #[expect(clippy::cast_possible_truncation)]
    Some((PostIncident { incident }, (stored as i64).div_euclid(POSTED_TOGETHER)))
}

/// Returns the message for a record of the stream. None for a record without an event: an entry of a timeline, or one that no
/// filter lets pass.
fn message(record: &Value) -> Option<FanOutMessage> {
    let item = &record["dynamodb"];
    if item["Keys"]["pk"]["S"].as_str().and_then(incident_of_timeline).is_some() {
        return None;
    }
    let Some(event) = item["NewImage"][EVENT_ATTRIBUTE]["S"].as_str() else {
        let sequence = item["SequenceNumber"].as_str().unwrap_or_default();
        tracing::error!(sequence, "record without an event dropped sequence={sequence}");
        return None;
    };
    let chatbot = item["Keys"]["pk"]["S"].as_str().and_then(chatbot_of_events);
    let enrolled_ms = chatbot.map(|chatbot| chatbot.enrolled_at.as_millisecond());
    Some(FanOutMessage { event: event.to_owned(), enrolled_ms, paged: false, after: None })
}

#[cfg(test)]
mod tests {
    use centops_domain::notifications::Enrolment;
    use jiff::Timestamp;
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

    #[test]
    fn entries_of_a_timeline_within_ten_seconds_are_one_message() {
        let [first, second] = ["0193f000-0000-7000-8000-000000000000", "0193f000-0000-7000-8000-000000000001"];
        let entry = |incident: &str, at: f64| {
            let keys = json!({"pk": {"S": format!("TIMELINE#{incident}")}, "sk": {"S": "2026-11-21T09:00:00Z#x"}});
            json!({"dynamodb": {"ApproximateCreationDateTime": at, "Keys": keys, "NewImage": {}}})
        };
        let records = [entry(first, 1_764_320_400.0), entry(first, 1_764_320_409.9), entry(first, 1_764_320_410.0)];
        let all = [records.as_slice(), &[entry(second, 1_764_320_400.0)]].concat();
        let found: Vec<_> = posts(&all).into_iter().map(|post| (post.group, post.deduplication)).collect();
        let expected = [(first, 176_432_040), (first, 176_432_041), (second, 176_432_040)];
        assert_eq!(found, expected.map(|(id, span)| (id.to_owned(), format!("{id}:{span}"))));
        assert!(all.iter().all(|record| message(record).is_none() && follow(record).is_none()));
        assert_eq!(posts(&[json!({"dynamodb": {"Keys": {"pk": {"S": "EVENTS#tax#1790000000123"}}}})]), []);
    }

    #[test]
    fn incident_of_the_chatbot_follows_its_event() {
        let record = |pk: &str, sk: &str| json!({"dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}}});
        let sk = "2026-11-21T09:00:00.000000000Z#tax-7";
        let message = follow(&record("EVENTS#tax#1790000000123", sk)).expect("a message");
        let enrolled_at = Timestamp::from_millisecond(1_790_000_000_123).expect("a time");
        assert_eq!(message.chatbot, Enrolment { name: "tax".parse().expect("a name"), enrolled_at });
        assert_eq!(message.since, "2026-11-21T09:00:00Z".parse().ok());
        for pk in ["EVENTS#ruuter", "EVENTS#dmr:tallinn", "CHATBOTS"] {
            assert_eq!(follow(&record(pk, sk)), None, "{pk}");
        }
    }
}
