//! Tests of the choice among the channels.

use std::sync::Arc;

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_sdk_sesv2::operation::send_email::SendEmailOutput;
use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use centops_delivery::{Channels, Mails, MasterSecret, NotificationSecret, Outgoing, Target, Topics};
use centops_domain::notifications::{Address, Channel, Outcome, SubscriptionId};
use centops_signing::secret::FromSecret;
use reqwest::Certificate;
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    Fixture, answered,
    cases::v4,
    network::{FakeResolver, Listeners},
    now, refuses,
};

const MASTER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const KEY: &str = "R0123456789ABCDEF0123456789abcde";
const TOPIC: &str = "arn:aws:sns:eu-north-1:111111111111:centops-to-x-1";
const MAIL: &str = r#"{"subject":"s","text":"t","html":"<p>t</p>"}"#;

/// Returns the channels, with SNS as `sns` and one mail.
fn channels(fixture: Fixture, sns: &[&Rule]) -> Channels<FakeResolver> {
    let mail = mock!(aws_sdk_sesv2::Client::send_email)
        .match_requests(|request| request.destination().expect("a destination").to_addresses() == ["a@b.ee"])
        .then_output(|| SendEmailOutput::builder().message_id("mail").build());
    let secret = mock!(aws_sdk_secretsmanager::Client::get_secret_value)
        .then_output(|| GetSecretValueOutput::builder().secret_string(MASTER).build());
    let sns = mock_client!(aws_sdk_sns, RuleMode::Sequential, sns);
    Channels {
        topics: Topics::new(sns, "centops-to-".to_owned(), "dead-letters".to_owned()),
        mails: Mails::new(mock_client!(aws_sdk_sesv2, [&mail]), "centops@example.ee".to_owned(), None),
        posts: fixture.posts,
        secret: NotificationSecret::new(mock_client!(aws_sdk_secretsmanager, [&secret]), "secret".to_owned()),
    }
}

fn outgoing(body: &str) -> Outgoing<'_> {
    Outgoing { id: "0192", subject: "s", body, unsubscribe: None }
}

fn address(channel: Channel, text: &str) -> Address {
    Address::new(channel, text).expect("an address")
}

fn target<'a>(address: &'a Address, topic: Option<&'a str>) -> Target<'a> {
    Target { address, id: SubscriptionId::new(None, address), generation: 2, topic }
}

fn publishes(topic: Option<&'static str>, phone: Option<&'static str>) -> Rule {
    mock!(aws_sdk_sns::Client::publish)
        .match_requests(move |request| {
            let attributes = request.message_attributes();
            let value = |name: &str| attributes.and_then(|all| all.get(name)?.string_value());
            (request.topic_arn(), request.phone_number()) == (topic, phone)
                && (phone.is_none()
                    || (value("AWS.SNS.SMS.SMSType"), value("AWS.SNS.SMS.MaxPrice"))
                        == (Some("Transactional"), Some("0.20")))
        })
        .then_output(|| PublishOutput::builder().message_id("sns").build())
}

#[tokio::test]
async fn channels_of_sns_publish_on_the_topic() {
    let fixture = || Fixture::new("", 1);
    for (channel, text) in [
        (Channel::Email, "a@b.ee"),
        (Channel::Sms, "+37255512345"),
        (Channel::Https, "https://hooks.example.ee/a"),
        (Channel::Sqs, "arn:aws:sqs:eu-north-1:111111111111:alerts"),
    ] {
        let address = address(channel, text);
        let rule = publishes(Some(TOPIC), None);
        let channels = channels(fixture(), &[&rule]);
        let delivery = channels.deliver(&target(&address, Some(TOPIC)), &outgoing("b"), now()).await;
        assert_eq!((delivery.outcome, delivery.provider_id.as_deref()), (answered(200), Some("sns")), "{channel:?}");
        let delivery = channels.deliver(&target(&address, None), &outgoing("b"), now()).await;
        assert_eq!(delivery.outcome, Outcome::Refused, "no topic");
    }
}

/// The addresses are https, so the listeners see the start of TLS. It is enough to know where the message goes.
#[tokio::test]
async fn channels_with_a_url_post_to_it() {
    for channel in [Channel::Webhook, Channel::Slack, Channel::Teams, Channel::Alertmanager] {
        let listeners = Listeners::answering(|_| String::new()).await;
        let fixture = Fixture::new("127.0.0.2/32", 1);
        fixture.resolver.set("hooks.example.ee", vec![vec![v4([127, 0, 0, 2])]]);
        let address = address(channel, &format!("https://hooks.example.ee:{}/a", listeners.port));
        let delivery = channels(fixture, &[]).deliver(&target(&address, None), &outgoing("{}"), now()).await;
        assert_eq!(delivery.outcome, Outcome::Unreachable, "{channel:?}");
        let seen = listeners.seen().await;
        assert_eq!(seen.len(), 1, "{channel:?}: {delivery:?}");
        assert!(seen[0].received.contains("hooks.example.ee"), "the ClientHello names the host");
    }
}

#[tokio::test]
async fn mail_and_events_go_to_ses_and_pagerduty() {
    let listeners = Listeners::answering(|_| "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned()).await;
    let channels = channels(Fixture::new("127.0.0.2/32", listeners.port), &[]);
    let mailbox = address(Channel::Mail, "a@b.ee");
    let delivery = channels.deliver(&target(&mailbox, None), &outgoing(MAIL), now()).await;
    assert_eq!((delivery.outcome, delivery.provider_id.as_deref()), (answered(200), Some("mail")));
    let delivery = channels.deliver(&target(&mailbox, None), &outgoing("text"), now()).await;
    assert_eq!(delivery.outcome, Outcome::Refused);
    let service = address(Channel::PagerDuty, KEY);
    let delivery = channels.deliver(&target(&service, None), &outgoing("[{}]"), now()).await;
    assert_eq!(delivery.outcome, answered(202));
    assert!(listeners.seen().await[0].received.ends_with(&format!("{{\"routing_key\":\"{KEY}\"}}")));
}

#[tokio::test]
async fn opted_out_phone_number_is_refused() {
    let fails = mock!(aws_sdk_sns::Client::publish).then_http_response(refuses(
        400,
        "InvalidParameter",
        "Invalid parameter: Phone number is opted out",
    ));
    let channels = channels(Fixture::new("", 1), &[&fails]);
    let phone = address(Channel::Sms, "+37255512345");
    let delivery = channels.deliver(&target(&phone, Some("arn:topic")), &outgoing("code 012345"), now()).await;
    assert_eq!(delivery.outcome, Outcome::Refused);
}

/// Starts a receiver behind TLS that answers 204 to one request. Returns its port, its certificate and the request.
async fn receiver() -> (u16, Certificate, JoinHandle<String>) {
    let certified = rcgen::generate_simple_self_signed(["hooks.example.ee".to_owned()]).expect("a certificate");
    let (der, key) = (certified.cert.der().clone(), certified.signing_key.serialize_der());
    let trusted = Certificate::from_der(&der).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let config = config.with_single_cert(vec![der], PrivateKeyDer::try_from(key).expect("a key")).expect("a server");
    let listener = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let task = tokio::spawn(async move {
        let (connection, _) = listener.accept().await.expect("a connection");
        let mut connection = TlsAcceptor::from(Arc::new(config)).accept(connection).await.expect("TLS");
        let mut request = vec![0; 4096];
        let length = connection.read(&mut request).await.expect("a request");
        connection.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.expect("an answer");
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    (port, trusted, task)
}

/// The secret that is shown at creation signs what is delivered later, and only a webhook is signed.
#[tokio::test]
async fn webhook_is_signed_by_the_secret_of_its_generation() {
    for channel in [Channel::Webhook, Channel::Slack] {
        let (port, trusted, request) = receiver().await;
        let client = reqwest::Client::builder().tls_certs_only([trusted]);
        let fixture = Fixture::with_client(client, "127.0.0.2/32", 1);
        fixture.resolver.set("hooks.example.ee", vec![vec![v4([127, 0, 0, 2])]]);
        let address = address(channel, &format!("https://hooks.example.ee:{port}/"));
        let target = target(&address, None);
        let delivery = channels(fixture, &[]).deliver(&target, &outgoing("{}"), now()).await;
        assert_eq!((delivery.outcome, delivery.error), (answered(204), None));
        let shown = MasterSecret::from_secret(MASTER).expect("a secret").webhook_secret(target.id, 2);
        let signature = shown.sign("0192", now(), b"{}").expect("a signature");
        let is_signed = request.await.expect("a request").contains(&format!("\r\nwebhook-signature: {signature}\r\n"));
        assert_eq!(is_signed, channel == Channel::Webhook);
    }
}
