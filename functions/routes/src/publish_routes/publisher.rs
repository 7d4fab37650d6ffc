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
use centops_store::{StoreError, routes::parse_log_entry};
use jiff::Timestamp;
use serde_json::Value;

use super::delta::{self, Delta};

/// A change that was not published.
#[derive(Debug, thiserror::Error)]
enum PublishError {
    #[error("the record is not an entry of the change log: {0}")]
    Entry(#[from] StoreError),
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

impl Publisher {
    /// Publishes the records in order, up to the first that fails: the stream delivers that one and those after it
    /// again.
    pub async fn publish_batch(&self, event: &Value, now: Timestamp) -> DynamoDbEventResponse {
        let records = event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut response = DynamoDbEventResponse::default();
        if let Err((index, error)) = self.publish_all(records, now).await {
            let sequence = records.get(index).and_then(|record| record["dynamodb"]["SequenceNumber"].as_str());
            // Without a sequence number the stream delivers the whole batch again.
            let sequence = sequence.unwrap_or_default();
            tracing::error!(%error, sequence, "failed to publish route changes sequence={sequence}");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(sequence.to_owned());
            response.batch_item_failures.push(failure);
        }
        response
    }

    /// The error contains the index of the first record that was not published.
    async fn publish_all(&self, records: &[Value], now: Timestamp) -> Result<(), (usize, PublishError)> {
        let (mut entries, mut unreadable) = (Vec::with_capacity(records.len()), None);
        for record in records {
            match parse_log_entry(record) {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    unreadable = Some(error.into());
                    break;
                }
            }
        }
        let mut done = 0;
        if !entries.is_empty() {
            let signer = self.secret.value(now).await.map_err(|error| (done, error.into()))?;
            while let Some(rest) = entries.get(done..).filter(|rest| !rest.is_empty()) {
                done += self.publish_next(&signer, rest).await.map_err(|error| (done, error))?;
            }
        }
        unreadable.map_or(Ok(()), |error| Err((done, error)))
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
        let response = publisher.publish_batch(&json!({ "Records": records }), Timestamp::UNIX_EPOCH).await;
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
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

    #[tokio::test]
    async fn records_before_an_unreadable_one_are_published() {
        let messages = Arc::default();
        let accepted = accept(&messages);
        let publisher = publisher(&[&accepted], &signing_key());
        let mut broken = record(6);
        broken["dynamodb"]["NewImage"]["changes"] = json!({"S": "["});
        let records = vec![record(5), broken, record(7)];
        assert_eq!(failures(&publisher, records).await, [Some("s6".to_owned())]);
        assert_eq!(revisions(&messages), [("4".to_owned(), "5".to_owned())]);
    }

    #[tokio::test]
    async fn no_message_is_published_unsigned() {
        let publisher = publisher(&[], "{}");
        assert_eq!(failures(&publisher, vec![record(5)]).await, [Some("s5".to_owned())]);
    }
}
