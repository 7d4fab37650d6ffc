//! HTTPS POST to the URL of a receiver, through the egress filter: the URL is user input.

use std::time::Duration;

use centops_domain::{
    chatbots::AllowedNetworks,
    notifications::{Outcome, PagerDutyEvent},
};
use centops_egress::{EgressClient, RequestFailed, Resolver, SystemResolver};
use centops_signing::webhook::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, WebhookSecret};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use reqwest::{
    Body, Method, Request, Response, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
};

use crate::{delivery::Delivery, retry_after};

/// The time that a message takes at most, with the response. Standard Webhooks asks for 15 to 30 s.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The bytes of a response that are read at most, for the text of the failure.
const MAX_RESPONSE: usize = 1024;
/// The most events in flight at once. Events of one message concern different alerts, so their order does not matter.
const IN_FLIGHT: usize = 8;
/// The `User-Agent`.
pub const USER_AGENT: &str = "centops-notifications";

/// Posts messages.
#[derive(Clone, Debug)]
pub struct Posts<R = SystemResolver> {
    client: EgressClient<R>,
    pagerduty: Url,
}

impl Posts {
    /// Returns what posts to public addresses and the `allowed` networks. `pagerduty` is the URL of `PagerDuty`'s Events
    /// API, `https://events.pagerduty.com/v2/enqueue`.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(allowed: AllowedNetworks, pagerduty: Url) -> Result<Self, reqwest::Error> {
        Ok(Self::with_client(EgressClient::new(USER_AGENT, allowed)?, pagerduty))
    }
}

impl<R: Resolver> Posts<R> {
    /// Returns what posts by `client`.
    #[must_use]
    pub fn with_client(client: EgressClient<R>, pagerduty: Url) -> Self {
        Self { client, pagerduty }
    }

    /// Posts the JSON `body` to `url` at `now`. Neither the URL nor its path is in the text of a failure.
    pub async fn post(&self, url: &Url, body: &str, now: Timestamp) -> Delivery {
        self.send(url, HeaderMap::new(), body.to_owned(), path(url), now).await
    }

    /// Posts the JSON `body` of the message `id` to `url` at `now`, signed by `secret` (Standard Webhooks).
    pub async fn post_signed<const LENGTH: usize>(
        &self,
        url: &Url,
        secret: &WebhookSecret<LENGTH>,
        id: &str,
        body: &str,
        now: Timestamp,
    ) -> Delivery {
        let signature = match secret.sign(id, now, body.as_bytes()) {
            Ok(signature) => signature,
            Err(error) => return Delivery::failed(Outcome::Refused, &error.to_string()),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in
            [(ID_HEADER, id), (TIMESTAMP_HEADER, &now.as_second().to_string()), (SIGNATURE_HEADER, &signature)]
        {
            // An id that can be signed is ASCII, as the others are.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        self.send(url, headers, body.to_owned(), path(url), now).await
    }

    /// Posts each event of `body`, a JSON array of [`PagerDutyEvent`]s, to the service with the key `routing_key` at
    /// `now`. The outcome is that of the first event that fails. `PagerDuty` drops an event that is repeated, by its
    /// `dedup_key`.
    pub async fn post_events(&self, routing_key: &str, body: &str, now: Timestamp) -> Delivery {
        let events = match serde_json::from_str::<Vec<PagerDutyEvent>>(body) {
            Ok(events) if !events.is_empty() => events,
            Ok(_) => return Delivery::failed(Outcome::Refused, "the message has no event"),
            Err(error) => return Delivery::failed(Outcome::Refused, &format!("the message is not events: {error}")),
        };
        let bodies: Vec<_> = events.iter().map(|event| event.body(routing_key)).collect();
        let posts = bodies.into_iter().map(|body| self.post_event(body, routing_key, now));
        let all = stream::iter(posts).buffered(IN_FLIGHT).try_fold(None, |_, last| async { Ok(Some(last)) });
        match tokio::time::timeout(TIMEOUT, all).await {
            Ok(Ok(last)) => last.unwrap_or_else(|| Delivery::accepted(202, None)),
            Ok(Err(failed)) => failed,
            Err(_) => Delivery::failed(Outcome::Unreachable, &RequestFailed::Timeout.to_string()),
        }
    }

    /// Posts one event. A failure is an error, so that those after it are not posted.
    async fn post_event(&self, body: String, routing_key: &str, now: Timestamp) -> Result<Delivery, Delivery> {
        let delivery = self.send(&self.pagerduty, HeaderMap::new(), body, routing_key, now).await;
        if delivery.error.is_none() { Ok(delivery) } else { Err(delivery) }
    }

    /// Posts `body` with `headers`. The text of a failure does not contain `secret`.
    async fn send(&self, url: &Url, mut headers: HeaderMap, body: String, secret: &str, now: Timestamp) -> Delivery {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut request = Request::new(Method::POST, url.clone());
        *request.timeout_mut() = Some(TIMEOUT);
        *request.headers_mut() = headers;
        *request.body_mut() = Some(Body::from(body));
        let response = match self.client.send(request).await {
            Ok(response) => response,
            Err(failed) => return Delivery::failed(Outcome::Unreachable, &failed.to_string()),
        };
        let status = response.status();
        if status.is_success() {
            return Delivery::accepted(status.as_u16(), None);
        }
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let outcome = Outcome::Answered {
            status: status.as_u16(),
            retry_after: asked.and_then(|text| retry_after::parse(text, now)),
        };
        let text = start_of(response).await;
        Delivery::failed(outcome, &format!("answered {}: {}", status.as_u16(), without(&text, secret)))
    }
}

/// Returns the first [`MAX_RESPONSE`] bytes of the body, or those before it breaks off.
async fn start_of(mut response: Response) -> String {
    let mut start = Vec::new();
    while start.len() < MAX_RESPONSE
        && let Ok(Some(chunk)) = response.chunk().await
    {
        let space = MAX_RESPONSE - start.len();
        start.extend_from_slice(&chunk[..chunk.len().min(space)]);
    }
    String::from_utf8_lossy(&start).into_owned()
}

/// Returns the part of a URL that is secret: its path and query.
fn path(url: &Url) -> &str {
    &url[url::Position::BeforePath..]
}

/// Returns `text`, which somebody else wrote, with `***` in the place of `secret`. Pages of errors repeat the path.
fn without(text: &str, secret: &str) -> String {
    // `/` is no secret.
    if secret.len() > 1 { text.replace(secret, "***") } else { text.to_owned() }
}
