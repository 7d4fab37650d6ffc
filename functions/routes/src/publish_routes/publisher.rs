//! Signs messages, and publishes them.

use std::sync::Arc;

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_sns::{
    Client,
    error::{BuildError, DisplayErrorContext},
    types::MessageAttributeValue,
};
use centops_domain::routes::ChangeLogEntry;
use centops_signing::{
    Signer, SigningFailed,
    secret::{SignerUnavailable, SigningSecret},
};
use centops_store::{StoreError, routes::parse_log_entry};
use jiff::Timestamp;
use serde_json::Value;

use super::delta::{self, Delta};

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("a record is no entry of the change log: {0}")]
    Entry(#[from] StoreError),
    #[error("a message cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    NoSigner(#[from] SignerUnavailable),
    #[error(transparent)]
    SigningFailed(#[from] SigningFailed),
    #[error("a message could not be made: {0}")]
    Message(#[from] BuildError),
    #[error("SNS did not take a message: {0}")]
    Sns(String),
}

/// The clients of publishing.
#[derive(Debug)]
pub struct Publisher {
    pub client: Client,
    pub topic: String,
    pub secret: SigningSecret,
}

impl Publisher {
    /// Publishes the records in their order, up to the first that fails: the stream brings it again with
    /// all that come after it.
    pub async fn publish_batch(&self, event: &Value, now: Timestamp) -> DynamoDbEventResponse {
        let records = event["Records"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut response = DynamoDbEventResponse::default();
        if let Err((place, error)) = self.publish_all(records, now).await {
            let place = records.get(place).and_then(|record| record["dynamodb"]["SequenceNumber"].as_str());
            tracing::error!(%error, place, "changes of the route table were not published");
            let mut failure = DynamoDbBatchItemFailure::default();
            // Without a number the stream brings the whole batch again.
            failure.item_identifier = Some(place.unwrap_or_default().to_owned());
            response.batch_item_failures.push(failure);
        }
        response
    }

    /// The error has the place of the first record that was not published.
    async fn publish_all(&self, records: &[Value], now: Timestamp) -> Result<(), (usize, Failed)> {
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
            let signer = self.secret.signer(now).await.map_err(|error| (done, error.into()))?;
            while let Some(rest) = entries.get(done..).filter(|rest| !rest.is_empty()) {
                done += self.publish_next(&signer, rest).await.map_err(|error| (done, error))?;
            }
        }
        unreadable.map_or(Ok(()), |error| Err((done, error)))
    }

    /// Publishes the first of `entries` as one message; says how many.
    async fn publish_next(&self, signer: &Arc<Signer>, entries: &[ChangeLogEntry]) -> Result<usize, Failed> {
        let length = delta::next(entries, delta::MOST)?;
        if let Some(message) = delta::message(entries.get(..length).unwrap_or_default(), delta::MOST)? {
            self.publish(signer, message).await?;
        }
        Ok(length.max(1))
    }

    async fn publish(&self, signer: &Signer, Delta { since, revision, body }: Delta) -> Result<(), Failed> {
        let signature = signer.sign(body.as_bytes())?;
        let request = self
            .client
            .publish()
            .topic_arn(&self.topic)
            .message_attributes("signature", attribute("String", signature)?)
            .message_attributes("revision", attribute("Number", revision.to_string())?)
            .message_attributes("since", attribute("Number", since.to_string())?)
            .message(body);
        request.send().await.map_err(|error| Failed::Sns(DisplayErrorContext(error).to_string()))?;
        tracing::info!(since, revision, "published");
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
        operation::publish::{PublishError, PublishInput, PublishOutput},
        types::error::InternalErrorException,
    };
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
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

    /// Takes a message and keeps it.
    fn takes(kept: &Arc<Mutex<Vec<PublishInput>>>) -> Rule {
        let kept = Arc::clone(kept);
        mock!(Client::publish)
            .match_requests(move |request| {
                kept.lock().expect("the list").push(request.clone());
                true
            })
            .then_output(|| PublishOutput::builder().message_id("m").build())
    }

    fn refuses() -> Rule {
        mock!(Client::publish)
            .then_error(|| PublishError::InternalErrorException(InternalErrorException::builder().build()))
    }

    async fn failures(publisher: &Publisher, records: Vec<Value>) -> Vec<Option<String>> {
        let response = publisher.publish_batch(&json!({ "Records": records }), Timestamp::UNIX_EPOCH).await;
        response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
    }

    fn revisions(kept: &Mutex<Vec<PublishInput>>) -> Vec<(String, String)> {
        let kept = kept.lock().expect("the list");
        let value = |input: &PublishInput, name: &str| {
            let attributes = input.message_attributes().expect("attributes");
            attributes[name].string_value().expect("a value").to_owned()
        };
        kept.iter().map(|input| (value(input, "since"), value(input, "revision"))).collect()
    }

    #[tokio::test]
    async fn a_batch_is_one_signed_message() {
        let kept = Arc::default();
        let (taken, secret) = (takes(&kept), signing_key());
        let publisher = publisher(&[&taken], &secret);
        assert!(failures(&publisher, (5..=7).map(record).collect()).await.is_empty());
        assert_eq!(revisions(&kept), [("4".to_owned(), "7".to_owned())]);
        let kept = kept.lock().expect("the list");
        let attributes = kept[0].message_attributes().expect("attributes");
        let protected = attributes["signature"].string_value().expect("a value").split("..").next();
        let signer = Signer::from_secret(&secret).expect("a signer");
        let by_the_same_key = signer.sign(b"").expect("a signature");
        assert_eq!(protected, by_the_same_key.split("..").next());
        assert_eq!(attributes.len(), 3);
    }

    #[tokio::test]
    async fn from_the_first_that_was_not_taken_all_come_again() {
        let kept = Arc::default();
        let (taken, refused) = (takes(&kept), refuses());
        let publisher = publisher(&[&taken, &refused], &signing_key());
        let records = [5, 6, 8, 9, 20].map(record).to_vec();
        assert_eq!(failures(&publisher, records).await, [Some("s8".to_owned())]);
        assert_eq!(revisions(&kept), [("4".to_owned(), "6".to_owned())]);
    }

    #[tokio::test]
    async fn what_comes_before_an_unreadable_record_is_published() {
        let kept = Arc::default();
        let taken = takes(&kept);
        let publisher = publisher(&[&taken], &signing_key());
        let mut broken = record(6);
        broken["dynamodb"]["NewImage"]["changes"] = json!({"S": "["});
        let records = vec![record(5), broken, record(7)];
        assert_eq!(failures(&publisher, records).await, [Some("s6".to_owned())]);
        assert_eq!(revisions(&kept), [("4".to_owned(), "5".to_owned())]);
    }

    #[tokio::test]
    async fn nothing_is_published_unsigned() {
        let publisher = publisher(&[], "{}");
        assert_eq!(failures(&publisher, vec![record(5)]).await, [Some("s5".to_owned())]);
    }
}
