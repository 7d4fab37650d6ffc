//! Tests of topics, with mocked responses of SNS.

use aws_sdk_sns::{
    Client,
    operation::{
        create_topic::CreateTopicOutput, delete_topic::DeleteTopicOutput,
        get_subscription_attributes::GetSubscriptionAttributesOutput, publish::PublishOutput,
        subscribe::SubscribeOutput,
    },
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_delivery::{Delivery, Status, Subscribed, TopicError, Topics};
use centops_domain::notifications::{
    Address, Channel, Coverage, Outcome, SettingsChange, Subscription, SubscriptionId,
};
use serde_json::{Value, json};

use crate::{answered, refuses};

const TOPIC: &str = "arn:aws:sns:eu-north-1:111111111111:centops-to-x-1";
const ARN: &str = "arn:aws:sns:eu-north-1:111111111111:centops-to-x-1:5be8";
const QUEUE: &str = "arn:aws:sqs:eu-north-1:111111111111:alerts";
const DEAD_LETTERS: &str = "arn:aws:sqs:eu-north-1:111111111111:dead-letters";

fn topics(rules: &[&Rule]) -> Topics {
    let client = mock_client!(aws_sdk_sns, RuleMode::Sequential, rules);
    Topics::new(client, "centops-to-".to_owned(), DEAD_LETTERS.to_owned())
}

fn subscription(institution: Option<&str>, channel: Channel, address: &str) -> Subscription {
    let coverage = institution
        .map_or(Coverage::Operations, |name| Coverage::Institution { institution: name.parse().expect("a name") });
    let address = Address::new(channel, address).expect("an address");
    let new = Subscription::new(address, coverage, SettingsChange::default(), jiff::Timestamp::UNIX_EPOCH);
    Subscription { generation: 2, ..new }
}

fn email() -> Subscription {
    subscription(Some("tax"), Channel::Email, "owner@tax.example.ee")
}

fn creates(id: SubscriptionId, display_name: Option<&'static str>) -> Rule {
    let name = format!("centops-to-{id}-2");
    mock!(Client::create_topic)
        .match_requests(move |request| {
            let attributes = request.attributes().cloned().unwrap_or_default();
            request.name() == Some(&name)
                && attributes.get("DisplayName").map(String::as_str) == display_name
                && attributes.len() == usize::from(display_name.is_some())
        })
        .then_output(|| CreateTopicOutput::builder().topic_arn(TOPIC).build())
}

/// Returns the rule of a `Subscribe` of the protocol, with a delivery policy or without.
fn subscribes(protocol: &'static str, has_policy: bool) -> Rule {
    mock!(Client::subscribe)
        .match_requests(move |request| {
            let attributes = request.attributes().expect("attributes");
            let redrive: Value = serde_json::from_str(&attributes["RedrivePolicy"]).expect("json");
            request.topic_arn() == Some(TOPIC)
                && request.protocol() == Some(protocol)
                && request.return_subscription_arn() == Some(true)
                && redrive == json!({ "deadLetterTargetArn": DEAD_LETTERS })
                && attributes.contains_key("DeliveryPolicy") == has_policy
        })
        .then_output(|| SubscribeOutput::builder().subscription_arn(ARN).build())
}

fn has_status(pending: &'static str) -> Rule {
    mock!(Client::get_subscription_attributes)
        .match_requests(|request| request.subscription_arn() == Some(ARN))
        .then_output(move || {
            GetSubscriptionAttributesOutput::builder().attributes("PendingConfirmation", pending).build()
        })
}

fn subscribed(confirmed: bool) -> Subscribed {
    Subscribed { topic: TOPIC.to_owned(), arn: ARN.to_owned(), confirmed }
}

#[tokio::test]
async fn address_is_subscribed_to_a_topic_of_its_own() {
    for (subscription, display_name) in [
        (email(), Some("CentOps tax")),
        (subscription(None, Channel::Email, "noc@example.ee"), Some("CentOps")),
        (subscription(Some("tax"), Channel::Sms, "+37255512345"), None),
        (subscription(Some("tax"), Channel::Https, "https://hooks.example.ee/a"), None),
    ] {
        let channel = subscription.address.channel();
        let (create, subscribe) =
            (creates(subscription.id, display_name), subscribes(channel.as_str(), channel == Channel::Https));
        let found = topics(&[&create, &subscribe]).subscribe(&subscription).await.expect("subscribed");
        assert_eq!(found, subscribed(false), "{channel:?}");
    }
}

#[tokio::test]
async fn sender_of_the_longest_institution_is_short_enough() {
    let institution = "a".repeat(64);
    let long = subscription(Some(&institution), Channel::Email, "owner@tax.example.ee");
    let create = mock!(Client::create_topic)
        .match_requests(|request| request.attributes().is_some_and(|all| all["DisplayName"].len() <= 100))
        .then_output(|| CreateTopicOutput::builder().topic_arn(TOPIC).build());
    topics(&[&create, &subscribes("email", false)]).subscribe(&long).await.expect("subscribed");
}

#[tokio::test]
async fn queue_is_confirmed_if_sns_says_so() {
    let queue = subscription(Some("tax"), Channel::Sqs, QUEUE);
    for (pending, confirmed) in [("false", true), ("true", false)] {
        let rules = [creates(queue.id, None), subscribes("sqs", false), has_status(pending)];
        let found = topics(&rules.each_ref()).subscribe(&queue).await.expect("subscribed");
        assert_eq!(found, subscribed(confirmed));
    }
}

#[tokio::test]
async fn https_retries_end_within_the_hour_that_sns_allows() {
    let create = mock!(Client::create_topic).then_output(|| CreateTopicOutput::builder().topic_arn(TOPIC).build());
    let subscribe = mock!(Client::subscribe)
        .match_requests(|request| {
            let policy = &request.attributes().expect("attributes")["DeliveryPolicy"];
            let policy: Value = serde_json::from_str(policy).expect("json");
            let retries = &policy["healthyRetryPolicy"];
            let number = |name: &str| retries[name].as_u64().expect("a number");
            let middle = number("numRetries") - number("numMinDelayRetries") - number("numMaxDelayRetries");
            let longest = number("numMinDelayRetries") * number("minDelayTarget")
                + (middle + number("numMaxDelayRetries")) * number("maxDelayTarget");
            longest <= 3600 && policy["throttlePolicy"]["maxReceivesPerSecond"].as_u64() > Some(0)
        })
        .then_output(|| SubscribeOutput::builder().subscription_arn(ARN).build());
    let https = subscription(Some("tax"), Channel::Https, "https://hooks.example.ee/a");
    topics(&[&create, &subscribe]).subscribe(&https).await.expect("subscribed");
}

#[tokio::test]
async fn only_a_refused_address_is_the_fault_of_the_caller() {
    for (status, code, message, refused) in [
        (400, "InvalidParameter", "Invalid parameter: Email address", Some("Invalid parameter: Email address")),
        (400, "InvalidParameter", "Invalid parameter: SQS endpoint ARN", Some("Invalid parameter: SQS endpoint ARN")),
        (
            400,
            "InvalidParameter",
            "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
            None,
        ),
        (400, "InvalidParameter", "Invalid parameter: RedrivePolicy: must be a SQS queue ARN", None),
        (403, "AuthorizationError", "not authorized to perform SNS:Subscribe", None),
        (404, "NotFound", "Topic does not exist", None),
    ] {
        let subscribe = mock!(Client::subscribe).then_http_response(refuses(status, code, message));
        let rules = [creates(email().id, Some("CentOps tax")), subscribe];
        let error = topics(&rules.each_ref()).subscribe(&email()).await.expect_err(message);
        match error {
            TopicError::Refused(text) => assert_eq!(Some(text.as_str()), refused),
            TopicError::Unavailable(text) => {
                assert_eq!(refused, None, "{text}");
                assert_eq!(text, format!("{code}: {message}"));
            }
        }
    }
    let create =
        mock!(Client::create_topic).then_http_response(refuses(400, "InvalidParameter", "different attributes"));
    let error = topics(&[&create]).subscribe(&email()).await.expect_err("an error");
    assert!(matches!(error, TopicError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn status_is_what_sns_says() {
    for (pending, status) in [("true", Status::Pending), ("false", Status::Confirmed)] {
        assert_eq!(topics(&[&has_status(pending)]).status(ARN).await.expect("a status"), status);
    }
    let gone = mock!(Client::get_subscription_attributes).then_http_response(refuses(
        404,
        "NotFound",
        "Subscription does not exist",
    ));
    assert_eq!(topics(&[&gone]).status(ARN).await.expect("a status"), Status::Gone);
    let denied =
        mock!(Client::get_subscription_attributes).then_http_response(refuses(403, "AuthorizationError", "no"));
    let error = topics(&[&denied]).status(ARN).await.expect_err("an error");
    assert_eq!(error.to_string(), "SNS is not available: AuthorizationError: no");
}

#[tokio::test]
async fn topic_that_does_not_exist_is_ended() {
    let deletes = mock!(Client::delete_topic)
        .match_requests(|request| request.topic_arn() == Some(TOPIC))
        .then_output(|| DeleteTopicOutput::builder().build());
    topics(&[&deletes]).end(TOPIC).await.expect("ended");
    let absent = mock!(Client::delete_topic).then_http_response(refuses(404, "NotFound", "no topic"));
    topics(&[&absent]).end(TOPIC).await.expect("ended");
    let denied = mock!(Client::delete_topic).then_http_response(refuses(403, "AuthorizationError", "no"));
    topics(&[&denied]).end(TOPIC).await.expect_err("an error");
}

#[tokio::test]
async fn message_is_published_and_only_text_messages_have_attributes() {
    for (channel, attributes) in [(Channel::Email, 0), (Channel::Sms, 2), (Channel::Https, 0), (Channel::Sqs, 0)] {
        let publishes = mock!(Client::publish)
            .match_requests(move |request| {
                let message: Value = serde_json::from_str(request.message().expect("a message")).expect("json");
                request.topic_arn() == Some(TOPIC)
                    && request.subject() == Some("Võrgust väljas")
                    && request.message_structure() == Some("json")
                    && message == json!({ "default": "{\"a\":\"õ\"}" })
                    && request.message_attributes().map_or(0, std::collections::HashMap::len) == attributes
            })
            .then_output(|| PublishOutput::builder().message_id("m1").build());
        let delivery = topics(&[&publishes]).publish(channel, TOPIC, "Võrgust väljas", "{\"a\":\"õ\"}").await;
        assert_eq!(
            delivery,
            Delivery { outcome: answered(200), provider_id: Some("m1".to_owned()), error: None },
            "{channel:?}"
        );
    }
}

#[tokio::test]
async fn failure_to_publish_is_retried_unless_sns_would_refuse_it_again() {
    for (status, code, outcome) in [
        (404, "NotFound", Outcome::Refused),
        (400, "InvalidParameter", Outcome::Refused),
        (403, "AuthorizationError", answered(403)),
        (400, "Throttling", answered(429)),
        (429, "Throttled", answered(429)),
        (500, "InternalError", answered(500)),
    ] {
        let fails = mock!(Client::publish)
            .sequence()
            .http_response(refuses(status, code, "to +37255512345\nfailed"))
            .repeatedly()
            .build();
        let delivery = topics(&[&fails]).publish(Channel::Email, TOPIC, "s", "b").await;
        let error = Some(format!("{code}: to [phone] failed"));
        assert_eq!(delivery, Delivery { outcome, provider_id: None, error }, "{code}");
    }
}
