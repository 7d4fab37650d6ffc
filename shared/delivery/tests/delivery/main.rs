//! Delivery tests: SNS, SES and Secrets Manager are mocked, receivers are listeners of this machine, and name
//! resolution is faked.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

/// The addresses that no request may connect to, as of the egress filter's own tests.
#[path = "../../../egress/tests/egress/cases.rs"]
mod cases;
mod channels;
mod denied;
mod mails;
#[path = "../../../egress/tests/egress/network.rs"]
mod network;
mod posts;
#[path = "../../../egress/tests/egress/spellings.rs"]
mod spellings;
mod topics;

use aws_sdk_sns::config::http::HttpResponse;
use centops_delivery::{Posts, USER_AGENT};
use centops_domain::{chatbots::AllowedNetworks, notifications::Outcome};
use centops_egress::{EgressClient, EgressFilter};
use jiff::Timestamp;
use network::{ConnectCounter, FakeResolver};
use reqwest::Url;

/// Posts over a fake network.
struct Fixture {
    resolver: FakeResolver,
    counter: ConnectCounter,
    filter: EgressFilter<FakeResolver>,
    posts: Posts<FakeResolver>,
}

impl Fixture {
    /// Returns a fixture that permits public addresses and the `allowed` networks. `PagerDuty` is at `port`.
    fn new(allowed: &str, port: u16) -> Self {
        Self::with_client(reqwest::Client::builder(), allowed, port)
    }

    /// Returns the same with the settings of `client`.
    fn with_client(client: reqwest::ClientBuilder, allowed: &str, port: u16) -> Self {
        let (resolver, counter) = (FakeResolver::default(), ConnectCounter::default());
        let filter = EgressFilter::with_resolver(resolver.clone(), AllowedNetworks::parse(allowed).expect("networks"));
        let client = client.connector_layer(counter.clone());
        let client = EgressClient::with_client(client, USER_AGENT, filter.clone()).expect("a client");
        let posts = Posts::with_client(client, url(&format!("http://127.0.0.2:{port}/v2/enqueue")));
        Self { resolver, counter, filter, posts }
    }
}

fn url(text: &str) -> Url {
    text.parse().expect("a url")
}

/// The time of the vector of Standard Webhooks.
fn now() -> Timestamp {
    Timestamp::from_second(1_649_367_553).expect("a time")
}

fn answered(status: u16) -> Outcome {
    Outcome::Answered { status, retry_after: None }
}

/// Returns an error response of SNS.
fn refuses(status: u16, code: &'static str, message: &'static str) -> impl Fn() -> HttpResponse + Clone {
    move || {
        let body = format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        );
        HttpResponse::new(status.try_into().expect("a status"), body.into())
    }
}
