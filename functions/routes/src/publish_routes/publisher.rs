//! Signs the messages of the route topic and publishes them.

use std::sync::Arc;

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_sns::{
    Client,
    error::{BuildError, DisplayErrorContext},
    types::MessageAttributeValue,
};
use centops_domain::routes::ChangeLogEntry;
use centops_signing::{Signer, SignerUnavailable, SigningFailed, SigningSecret};
use centops_store::routes::parse_log_entry;
use jiff::Timestamp;
use serde_json::Value;

use super::delta::{self, Delta};

/// A change that was not published.
#[derive(Debug, thiserror::Error)]
enum PublishError {
    #[error("the message cannot be serialised: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    NoSigner(#[from] SignerUnavailable),
    #[error(transparent)]
    SigningFailed(#[from] SigningFailed),
    #[error("the message cannot be built: {0}")]
    Message(#[from] BuildError),
    #[error("SNS refused the message: {0}")]
    Sns(String),
}

/// Publishes changes to the route topic.
#[derive(Debug)]
pub struct Publisher {
    pub client: Client,
    pub topic: String,
    pub secret: SigningSecret,
}

/// The outcome of a batch.
#[derive(Debug, Default)]
pub struct Published {
    /// The first record that was not published, if there is one.
    pub response: DynamoDbEventResponse,
    /// The records that are no entries of the change log.
    pub unreadable: usize,
}

impl Publisher {
    /// Publishes the records in order, up to the first that fails: the stream delivers that one and those after it
    /// again.
    ///
    /// A record that cannot be read is left out, because it would hold up those after it. It stays in the table, and
    /// receivers see a gap, which they close with `GET /routes?since=`.
    pub async fn publish_batch(&self, event: &Value, now: Timestamp) -> Published {
        let records = event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
        let (entries, sequences): (Vec<_>, Vec<_>) = records.iter().filter_map(readable).unzip();
        let mut published = Published { unreadable: records.len() - entries.len(), ..Published::default() };
        if let Err((index, error)) = self.publish_all(&entries, now).await {
            // Without a sequence number the stream delivers the whole batch again.
            let sequence = sequences.get(index).copied().unwrap_or_default();
            tracing::error!(%error, sequence, "failed to publish route changes sequence={sequence}");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(sequence.to_owned());
            published.response.batch_item_failures.push(failure);
        }
        published
    }

    /// The error contains the index of the first entry that was not published.
    async fn publish_all(&self, entries: &[ChangeLogEntry], now: Timestamp) -> Result<(), (usize, PublishError)> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut done = 0;
        let signer = self.secret.value(now).await.map_err(|error| (done, error.into()))?;
        while let Some(rest) = entries.get(done..).filter(|rest| !rest.is_empty()) {
            done += self.publish_next(&signer, rest).await.map_err(|error| (done, error))?;
        }
        Ok(())
    }

    /// Publishes the first of `entries` as one message. Returns the number of entries in it.
    async fn publish_next(&self, signer: &Arc<Signer>, entries: &[ChangeLogEntry]) -> Result<usize, PublishError> {
        let length = delta::next_length(entries, delta::MAX_MESSAGE_BYTES)?;
        if let Some(message) = delta::message(entries.get(..length).unwrap_or_default(), delta::MAX_MESSAGE_BYTES)? {
            self.publish(signer, message).await?;
        }
        Ok(length.max(1))
    }

    async fn publish(&self, signer: &Signer, Delta { since, revision, body }: Delta) -> Result<(), PublishError> {
        let signature = signer.sign(body.as_bytes())?;
        let request = self
            .client
            .publish()
            .topic_arn(&self.topic)
            .message_attributes("signature", attribute("String", signature)?)
            .message_attributes("revision", attribute("Number", revision.to_string())?)
            .message_attributes("since", attribute("Number", since.to_string())?)
            .message(body);
        request.send().await.map_err(|error| PublishError::Sns(DisplayErrorContext(error).to_string()))?;
        tracing::info!(since, revision, "route changes published revision={revision}");
        Ok(())
    }
}

/// Returns the entry of the change log that a record of the stream has, and the record's sequence number.
fn readable(record: &Value) -> Option<(ChangeLogEntry, &str)> {
    let sequence = record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default();
    match parse_log_entry(record) {
        Ok(entry) => Some((entry, sequence)),
        Err(error) => {
            tracing::error!(%error, sequence, "unreadable change of the route table left out sequence={sequence}");
            None
        }
    }
}

fn attribute(kind: &str, value: String) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type(kind).string_value(value).build()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
    use aws_sdk_sns::{
        operation::publish::{self, PublishInput, PublishOutput},
        types::error::InternalErrorException,
    };
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use centops_signing::secret::FromSecret;
    use serde_json::json;

    use super::*;

    fn record(revision: u64) -> Value {
        json!({"eventName": "INSERT", "dynamodb": {"SequenceNumber": format!("s{revision}"), "NewImage": {
            "pk": {"S": "CHANGES"}, "sk": {"S": format!("{revision:020}")},
            "changes": {"S": r#"[{"name":"tax","gone":true}]"#},
            "time": {"N": "1795253456123"}, "count": {"N": "3"}, "revision": {"N": revision.to_string()},
        }}})
    }

    fn signing_key() -> String {
        json!({ "keys": [rcgen::KeyPair::generate().expect("a key").serialize_pem()] }).to_string()
    }

    fn publisher(rules: &[&Rule], secret: &str) -> Publisher {
        let secret = secret.to_owned();
        let read = mock!(aws_sdk_secretsmanager::Client::get_secret_value)
            .then_output(move || GetSecretValueOutput::builder().secret_string(secret.clone()).build());
        let secrets = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, [&read]);
        Publisher {
            client: mock_client!(aws_sdk_sns, RuleMode::Sequential, rules),
            topic: "arn:aws:sns:eu-north-1:000000000000:routes".to_owned(),
            secret: SigningSecret::new(secrets, "routes".to_owned()),
        }
    }

    /// Returns a rule that accepts a message and appends it to `messages`.
    fn accept(messages: &Arc<Mutex<Vec<PublishInput>>>) -> Rule {
        let messages = Arc::clone(messages);
        mock!(Client::publish)
            .match_requests(move |request| {
                messages.lock().expect("the list").push(request.clone());
                true
            })
            .then_output(|| PublishOutput::builder().message_id("m").build())
    }

    fn refuse() -> Rule {
        mock!(Client::publish)
            .then_error(|| publish::PublishError::InternalErrorException(InternalErrorException::builder().build()))
    }

    async fn failures(publisher: &Publisher, records: Vec<Value>) -> Vec<Option<String>> {
        let outcome = publisher.publish_batch(&json!({ "Records": records }), Timestamp::UNIX_EPOCH).await;
        outcome.response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    fn revisions(messages: &Mutex<Vec<PublishInput>>) -> Vec<(String, String)> {
        let messages = messages.lock().expect("the list");
        let value = |input: &PublishInput, name: &str| {
            let attributes = input.message_attributes().expect("attributes");
            attributes[name].string_value().expect("a value").to_owned()
        };
        messages.iter().map(|input| (value(input, "since"), value(input, "revision"))).collect()
    }

    #[tokio::test]
    async fn batch_is_published_as_one_signed_message() {
        let messages = Arc::default();
        let (accepted, secret) = (accept(&messages), signing_key());
        let publisher = publisher(&[&accepted], &secret);
        assert!(failures(&publisher, (5..=7).map(record).collect()).await.is_empty());
        assert_eq!(revisions(&messages), [("4".to_owned(), "7".to_owned())]);
        let messages = messages.lock().expect("the list");
        let attributes = messages[0].message_attributes().expect("attributes");
        let protected = attributes["signature"].string_value().expect("a value").split("..").next();
        let signer = Signer::from_secret(&secret).expect("a signer");
        let by_the_same_key = signer.sign(b"").expect("a signature");
        assert_eq!(protected, by_the_same_key.split("..").next());
        assert_eq!(attributes.len(), 3);
    }

    #[tokio::test]
    async fn first_refused_record_and_all_later_ones_are_retried() {
        let messages = Arc::default();
        let (accepted, refused) = (accept(&messages), refuse());
        let publisher = publisher(&[&accepted, &refused], &signing_key());
        let records = [5, 6, 8, 9, 20].map(record).to_vec();
        assert_eq!(failures(&publisher, records).await, [Some("s8".to_owned())]);
        assert_eq!(revisions(&messages), [("4".to_owned(), "6".to_owned())]);
    }

    /// Returns the record of a revision, with changes that are not JSON.
    fn broken(revision: u64) -> Value {
        let mut broken = record(revision);
        broken["dynamodb"]["NewImage"]["changes"] = json!({"S": "["});
        broken
    }

    #[tokio::test]
    async fn unreadable_record_is_left_out_and_those_after_it_are_published() {
        let messages = Arc::default();
        let accepted = [accept(&messages), accept(&messages)];
        let publisher = publisher(&[&accepted[0], &accepted[1]], &signing_key());
        let event = json!({"Records": [record(5), broken(6), record(7)]});
        let outcome = publisher.publish_batch(&event, Timestamp::UNIX_EPOCH).await;
        assert!(outcome.response.batch_item_failures.is_empty());
        assert_eq!(outcome.unreadable, 1);
        let gap = [("4".to_owned(), "5".to_owned()), ("6".to_owned(), "7".to_owned())];
        assert_eq!(revisions(&messages), gap);
    }

    #[tokio::test]
    async fn record_that_is_refused_after_an_unreadable_one_is_named() {
        let messages = Arc::default();
        let (accepted, refused) = (accept(&messages), refuse());
        let publisher = publisher(&[&accepted, &refused], &signing_key());
        let records = vec![broken(4), record(5), broken(6), record(7)];
        assert_eq!(failures(&publisher, records).await, [Some("s7".to_owned())]);
    }

    #[tokio::test]
    async fn no_message_is_published_unsigned() {
        let publisher = publisher(&[], "{}");
        assert_eq!(failures(&publisher, vec![record(5)]).await, [Some("s5".to_owned())]);
    }
}
