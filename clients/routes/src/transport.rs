//! Requests for routes. Returns responses as received: signatures are not verified here.

use centops_network_api::transport::no_response;
use centops_network_api::{Keys, NetworkApi, NetworkApiOptions, SignedBody, TransportError};
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::IF_NONE_MATCH;
use serde::Deserialize;

use crate::config::Config;
use crate::protocol::{Route, RouteRequest, RouteResponse};

const USER_AGENT: &str = concat!("centops-routes/", env!("CARGO_PKG_VERSION"));
/// The size limit of one decoded body, in bytes. A hundred thousand routes are some 15 MB.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;
/// The limit of pages of one table.
const MAX_PAGES: usize = 1000;

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
pub(crate) struct Transport(NetworkApi);

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
    pub(crate) fn new(config: &Config) -> Result<Self, TransportError> {
        NetworkApi::new(NetworkApiOptions {
            base: config.url.clone(),
            identity: config.identity.as_deref(),
            authorities: config.authorities.as_deref(),
            timeout: config.timeout,
            user_agent: USER_AGENT,
            max_body_bytes: MAX_BODY_BYTES,
        })
        .map(Self)
    }

    /// Sends a request for routes.
    pub(crate) async fn send(&self, request: RouteRequest) -> Result<RouteResponse, TransportError> {
        let RouteRequest::ChangesSince(revision) = request else {
            return Ok(RouteResponse::FullTable(self.fetch_pages().await?));
        };
        let mut url = self.0.url(&["routes"]);
        url.query_pairs_mut().append_pair("since", &revision.to_string());
        let request = self.0.http.get(url).header(IF_NONE_MATCH, format!("\"{revision}\""));
        let response = request.send().await.map_err(no_response)?;
        match response.status() {
            StatusCode::OK => Ok(RouteResponse::Delta(self.0.read_signed(response).await?)),
            StatusCode::NOT_MODIFIED => Ok(RouteResponse::Unchanged),
            StatusCode::GONE => Ok(RouteResponse::Gone),
            _ => Err(self.0.unexpected_status(response).await),
        }
    }

    /// Fetches the public keys.
    pub(crate) async fn fetch_keys(&self) -> Result<Keys, TransportError> {
        self.0.fetch_keys().await
    }

    /// Fetches the routing state of one chatbot.
    pub(crate) async fn fetch_routing_state(&self, name: &str) -> Result<RoutingState, TransportError> {
        let request = self.0.http.get(self.0.url(&["routes", name]));
        let response = request.send().await.map_err(no_response)?;
        match response.status() {
            StatusCode::OK => Ok(RoutingState::Online(serde_json::from_slice(&self.0.read_body(response).await?)?)),
            StatusCode::NOT_FOUND => Ok(RoutingState::NotEnrolled),
            StatusCode::CONFLICT => {
                let body: NotOnline = serde_json::from_slice(&self.0.read_body(response).await?)?;
                Ok(RoutingState::NotOnline { status: body.chatbot_status, since: body.since })
            }
            _ => Err(self.0.unexpected_status(response).await),
        }
    }

    async fn fetch_pages(&self) -> Result<Vec<SignedBody>, TransportError> {
        let mut pages = Vec::new();
        let mut url = self.0.url(&["routes"]);
        loop {
            let page = self.0.read_signed(self.0.get(url).await?).await?;
            // A malformed page ends the loop; the updater rejects it with the reason.
            let cursor = serde_json::from_slice::<NextPage>(&page.body).ok().and_then(|page| page.next);
            pages.push(page);
            let Some(cursor) = cursor else { return Ok(pages) };
            if pages.len() == MAX_PAGES {
                return Err(TransportError::TooLarge);
            }
            url = self.0.url(&["routes"]);
            url.query_pairs_mut().append_pair("cursor", &cursor);
        }
    }
}
