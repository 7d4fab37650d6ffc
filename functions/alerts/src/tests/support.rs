//! Requests, a table, and SNS.

use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
};

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_sdk_sns::{
    Client,
    operation::{
        create_topic::CreateTopicOutput, delete_topic::DeleteTopicOutput,
        get_subscription_attributes::GetSubscriptionAttributesOutput, subscribe::SubscribeOutput,
    },
};
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_api::{Operation, StatusCode, clock, respond};
use centops_delivery::{Channels, Mails, MasterSecret, NotificationSecret, Posts, Topics};
use centops_domain::{
    chatbots::{AllowedNetworks, Chatbot},
    notifications::{NewSubscription, Subscription, SubscriptionId},
};
use centops_queues::WorkQueue;
use centops_signing::secret::FromSecret;
use centops_table::{Table, audit_context};
use lambda_http::{Context, RequestExt, http::HeaderMap};
use serde_json::{Value, json};

use crate::{confirmations::Confirmations, recipients::Recipients, wake::Waking};

/// Returns the state of an operation that wakes subscriptions, with a queue that takes everything.
pub fn waking(table: &Table) -> Waking {
    let sent = mock!(aws_sdk_sqs::Client::send_message_batch).then_output(|| {
        let output = SendMessageBatchOutput::builder().set_successful(Some(vec![])).set_failed(Some(vec![]));
        output.build().expect("an output")
    });
    let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, [&sent]);
    Waking::new(table.store.clone(), WorkQueue::new(client, "https://sqs.example/notifications".to_owned()))
}

/// A response: its status, headers, and the body as JSON or text.
#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Response {
    /// Returns the header `name`.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A request: the sample event of an operation, edited.
#[derive(Clone, Debug)]
pub struct Request(Value);

impl Request {
    /// Returns the sample event of the operation `name`, of an administrator.
    pub fn of(name: &str) -> Self {
        let file = format!("{}/../../events/alerts/{name}.json", env!("CARGO_MANIFEST_DIR"));
        Self(serde_json::from_str(&fs::read_to_string(file).expect("a sample event")).expect("json"))
    }

    /// Returns the request of a person with `role` at `institutions`.
    pub fn by(mut self, role: &str, institutions: &str) -> Self {
        self.0["requestContext"]["authorizer"]["roles"] = role.into();
        self.0["requestContext"]["authorizer"]["institutions"] = institutions.into();
        self
    }

    /// Returns the request with the parameter `name` of the path.
    pub fn path(mut self, name: &str, value: &impl ToString) -> Self {
        self.0["pathParameters"][name] = value.to_string().into();
        self
    }

    /// Returns the request with these query parameters alone.
    pub fn query(mut self, parameters: &[(&str, &str)]) -> Self {
        self.0["queryStringParameters"] = parameters.iter().map(|(name, value)| (*name, *value)).collect();
        self.0["multiValueQueryStringParameters"] =
            parameters.iter().map(|(name, value)| (*name, json!([value]))).collect();
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = value.into();
        self.0["multiValueHeaders"][name] = json!([value]);
        self
    }

    pub fn body(mut self, body: &Value) -> Self {
        self.0["body"] = body.to_string().into();
        self
    }

    /// Sends it to `O`.
    pub async fn send<O: Operation>(&self, state: &O::State, table: &Table) -> Response {
        static REQUESTS: AtomicU64 = AtomicU64::new(0);
        let mut context = Context::default();
        context.request_id = format!("r{}", REQUESTS.fetch_add(1, Ordering::Relaxed));
        let request = lambda_http::request::from_str(&self.0.to_string()).expect("a request");
        let response = respond::<O>(state, &table.audit, &request.with_lambda_context(context)).await;
        let (head, body) = response.into_parts();
        let bytes: &[u8] = body.as_ref();
        let text = String::from_utf8(bytes.to_vec()).expect("text");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Response { status: head.status, headers: head.headers, body }
    }
}

/// The master secret.
const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

/// Returns the state of the operations that read and end topics, with SNS as `rules`.
pub fn confirmations(table: &Table, rules: &[&Rule]) -> Confirmations {
    let client = mock_client!(aws_sdk_sns, RuleMode::MatchAny, rules);
    let topics = Topics::new(client, "centops-to-".to_owned(), "arn:dead-letters".to_owned());
    Confirmations { store: table.store.clone(), topics }
}

/// Returns the state of the operations that ask recipients, with SNS as `rules`, SES as `mails`, and `PagerDuty` on the
/// port `pagerduty` of this machine.
pub fn asking(table: &Table, rules: &[&Rule], mails: &[&Rule], pagerduty: u16) -> Recipients {
    let confirmations = confirmations(table, rules);
    let networks = AllowedNetworks::parse("127.0.0.0/8").expect("a network");
    let pagerduty = format!("http://127.0.0.1:{pagerduty}/").parse().expect("a URL");
    let channels = Channels {
        topics: confirmations.topics.clone(),
        mails: Mails::new(
            mock_client!(aws_sdk_sesv2, RuleMode::MatchAny, mails),
            "centops@example.ee".to_owned(),
            None,
        ),
        posts: Posts::new(networks, pagerduty).expect("a client"),
        secret: secret(),
    };
    Recipients { confirmations, channels }
}

/// Returns the state of the operations that ask recipients by SNS alone.
pub fn recipients(table: &Table, rules: &[&Rule]) -> Recipients {
    asking(table, rules, &[], 9)
}

/// Returns the secret from which those of subscriptions are derived.
pub fn secret() -> NotificationSecret {
    let read = mock!(aws_sdk_secretsmanager::Client::get_secret_value)
        .then_output(|| GetSecretValueOutput::builder().secret_string(SECRET).build());
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, [&read]);
    NotificationSecret::new(client, "secret".to_owned())
}

/// Returns what derives the secrets of subscriptions.
pub fn master() -> MasterSecret {
    MasterSecret::from_secret(SECRET).expect("a secret")
}

/// Returns an SNS that creates the topic `topic`.
pub fn creates_topic() -> Rule {
    mock!(Client::create_topic).then_output(|| CreateTopicOutput::builder().topic_arn("topic").build())
}

/// Returns an SNS that subscribes any address as `arn`.
pub fn subscribes() -> Rule {
    mock!(Client::subscribe).then_output(|| SubscribeOutput::builder().subscription_arn("arn").build())
}

/// Returns an SNS whose subscriptions are confirmed, or pending.
pub fn says_confirmed(confirmed: bool) -> Rule {
    mock!(Client::get_subscription_attributes).then_output(move || {
        let pending = (!confirmed).to_string();
        GetSubscriptionAttributesOutput::builder().attributes("PendingConfirmation", pending).build()
    })
}

/// Returns an SNS that deletes the topic `topic`.
pub fn deletes_topic() -> Rule {
    mock!(Client::delete_topic)
        .match_requests(|request| request.topic_arn() == Some("topic"))
        .then_output(|| DeleteTopicOutput::builder().build())
}

/// Starts a table.
pub async fn table() -> Table {
    Table::start().await.expect("a table")
}

/// Stores a subscription of `channel` and `address` at `institution`, pending.
pub async fn pending(table: &Table, institution: Option<&str>, channel: &str, address: &str) -> Subscription {
    let mut new = json!({"channel": channel, "address": address});
    if let Some(institution) = institution {
        new["institution"] = institution.into();
    }
    let new: NewSubscription = serde_json::from_value(new).expect("a request");
    let coverage = new.coverage(|_| None).expect("all of the institution");
    let now = clock::now();
    let subscription = Subscription::new(new.address().expect("an address"), coverage, new.settings, now);
    let stored = table.store.create_subscriber(&audit_context(&table.audit, now), subscription).await;
    stored.expect("stored").value.subscription
}

/// Stores a confirmed subscription of a mail address at `tax-board`.
pub async fn active(table: &Table) -> Subscription {
    let subscription = pending(table, Some("tax-board"), "mail", "owner@example.ee").await;
    change(table, subscription.id, |old| old.confirmed(clock::now()).expect("pending")).await
}

/// Changes the stored subscription `id`.
pub async fn change(table: &Table, id: SubscriptionId, change: impl Fn(&Subscription) -> Subscription) -> Subscription {
    let audit = audit_context(&table.audit, clock::now());
    let changed = table.store.change_subscriber(&audit, id, None, |old| {
        let subscription = change(&old.subscription);
        Ok(centops_store::notifications::StoredSubscription { subscription, ..old.clone() })
    });
    changed.await.expect("changed").value.subscription
}

/// Enrols the chatbot `name` of `institution`.
pub async fn enrol(table: &Table, name: &str, institution: &str) -> Chatbot {
    let new = json!({
        "name": name, "uri": format!("https://{name}.example.ee/"), "type": "ministry", "institution": institution,
        "contact": "owner@example.ee",
    });
    let now = clock::now();
    let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), now);
    table.store.create_chatbot(&audit_context(&table.audit, now), chatbot.clone()).await.expect("created");
    chatbot
}
