//! HTTPS requests to the Network API. Returns responses as received: signatures are not verified here.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::IF_NONE_MATCH;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, Response, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::protocol::{Route, RouteRequest, RouteResponse, SignedBody};
use crate::signature::{InvalidKeys, Keys};

const SIGNATURE: &str = "centops-signature";
const USER_AGENT: &str = concat!("centops-routes/", env!("CARGO_PKG_VERSION"));
/// The size limit of one decoded body, in bytes. A hundred thousand routes are some 15 MB.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The limit of pages of one table.
const MAX_PAGES: usize = 1000;
/// The length of the excerpt of an error response.
const DETAIL_CHARS: usize = 200;

/// An error of a request to CentOps.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The certificates or the private key are invalid.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// The URL cannot be the base of other URLs.
    #[error("{0} is not a base URL; use one such as https://network.centops.ee")]
    BaseUrl(Url),
    /// There is no response: no connection, a refused certificate, or a timeout.
    #[error("no response from CentOps: {0}")]
    NoResponse(String),
    /// The response has an unexpected status.
    #[error("CentOps responded with status {status}: {detail}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        detail: String,
    },
    /// The response is larger than any table can be.
    #[error("the response is too large")]
    TooLarge,
    /// The body does not have the form that its status promises.
    #[error("the response is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The response to `GET /keys` is not a usable key set.
    #[error("the public keys are invalid: {0}")]
    Keys(#[from] InvalidKeys),
}

/// The routing state of one chatbot, as CentOps has it at the moment of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutingState {
    /// The chatbot is Online and has a route.
    Online(Route),
    /// The chatbot is enrolled, but has no route.
    NotOnline {
        /// The status: `Offline` or `Unknown`.
        status: String,
        /// The time of the last change of the status.
        since: Timestamp,
    },
    /// CentOps has no chatbot of that name.
    NotEnrolled,
}

/// A client of the Network API.
#[derive(Debug)]
pub(crate) struct Transport {
    http: Client,
    base: Url,
}

/// The settings of a [`Transport`].
pub(crate) struct TransportOptions<'a> {
    pub base: Url,
    pub identity: Option<&'a [u8]>,
    pub authorities: Option<&'a [u8]>,
    pub timeout: Duration,
}

#[derive(Deserialize)]
struct NextPage {
    next: Option<String>,
}

/// The body of a 409.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NotOnline {
    chatbot_status: String,
    since: Timestamp,
}

impl Transport {
    pub(crate) fn new(options: TransportOptions) -> Result<Self, TransportError> {
        let failed = |error: reqwest::Error| TransportError::Tls(with_causes(&error));
        if options.base.cannot_be_a_base() {
            return Err(TransportError::BaseUrl(options.base));
        }
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .timeout(options.timeout)
            .connect_timeout(options.timeout)
            .redirect(Policy::none())
            .no_proxy();
        if let Some(pem) = options.identity {
            builder = builder.identity(Identity::from_pem(pem).map_err(failed)?);
        }
        if let Some(pem) = options.authorities {
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(pem).map_err(failed)?);
        }
        Ok(Self { http: builder.build().map_err(failed)?, base: options.base })
    }

    /// Sends a request for routes.
    pub(crate) async fn send(&self, request: RouteRequest) -> Result<RouteResponse, TransportError> {
        let RouteRequest::ChangesSince(revision) = request else {
            return Ok(RouteResponse::FullTable(self.fetch_pages().await?));
        };
        let mut url = self.url(&["routes"]);
        url.query_pairs_mut().append_pair("since", &revision.to_string());
        let request = self.http.get(url).header(IF_NONE_MATCH, format!("\"{revision}\""));
        let response = request.send().await.map_err(no_response)?;
        match response.status() {
            StatusCode::OK => Ok(RouteResponse::Delta(read_signed(response).await?)),
            StatusCode::NOT_MODIFIED => Ok(RouteResponse::Unchanged),
            StatusCode::GONE => Ok(RouteResponse::Gone),
            _ => Err(unexpected_status(response).await),
        }
    }

    /// Fetches the public keys.
    pub(crate) async fn fetch_keys(&self) -> Result<Keys, TransportError> {
        Ok(Keys::from_jwks(&read_body(self.get(self.url(&["keys"])).await?).await?)?)
    }

    /// Fetches the routing state of one chatbot.
    pub(crate) async fn fetch_routing_state(&self, name: &str) -> Result<RoutingState, TransportError> {
        let request = self.http.get(self.url(&["routes", name]));
        let response = request.send().await.map_err(no_response)?;
        match response.status() {
            StatusCode::OK => Ok(RoutingState::Online(serde_json::from_slice(&read_body(response).await?)?)),
            StatusCode::NOT_FOUND => Ok(RoutingState::NotEnrolled),
            StatusCode::CONFLICT => {
                let body: NotOnline = serde_json::from_slice(&read_body(response).await?)?;
                Ok(RoutingState::NotOnline { status: body.chatbot_status, since: body.since })
            }
            _ => Err(unexpected_status(response).await),
        }
    }

    async fn fetch_pages(&self) -> Result<Vec<SignedBody>, TransportError> {
        let mut pages = Vec::new();
        let mut url = self.url(&["routes"]);
        loop {
            let page = read_signed(self.get(url).await?).await?;
            // A malformed page ends the loop; the updater rejects it with the reason.
            let cursor = serde_json::from_slice::<NextPage>(&page.body).ok().and_then(|page| page.next);
            pages.push(page);
            let Some(cursor) = cursor else { return Ok(pages) };
            if pages.len() == MAX_PAGES {
                return Err(TransportError::TooLarge);
            }
            url = self.url(&["routes"]);
            url.query_pairs_mut().append_pair("cursor", &cursor);
        }
    }

    async fn get(&self, url: Url) -> Result<Response, TransportError> {
        let response = self.http.get(url).send().await.map_err(no_response)?;
        if response.status() == StatusCode::OK { Ok(response) } else { Err(unexpected_status(response).await) }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Fails only for a URL that cannot be a base, which `new` rejects.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

async fn read_signed(response: Response) -> Result<SignedBody, TransportError> {
    let signature = response.headers().get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = signature.to_owned();
    Ok(SignedBody::new(signature, read_body(response).await?))
}

/// Reads the decoded body up to a limit, because a few kilobytes can decode to gigabytes.
async fn read_body(mut response: Response) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_response)? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(TransportError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn unexpected_status(response: Response) -> TransportError {
    let status = response.status().as_u16();
    let body = read_body(response).await.unwrap_or_default();
    TransportError::Status { status, detail: String::from_utf8_lossy(&body).chars().take(DETAIL_CHARS).collect() }
}

// By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
fn no_response(error: reqwest::Error) -> TransportError {
    TransportError::NoResponse(with_causes(&error))
}

/// Appends the causes of an error: reqwest's own message does not have them.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
