//! The requests of an update client. Returns answers as received: signatures are not verified here.

use centops_network_api::transport::no_response;
use centops_network_api::{Keys, NetworkApi, NetworkApiOptions, SignedBody, TransportError};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::json;

use crate::config::Config;
use crate::job::UpdateJob;
use crate::verify::{MAX_ANSWER_BYTES, Versions};

pub(crate) const USER_AGENT: &str = concat!("centops-updates/", env!("CARGO_PKG_VERSION"));
const NONCE: &str = "centops-nonce";
/// Declares that the client reports the states of its updates. Without it nothing is offered.
const UPDATES: &str = "centops-updates";

/// A client of the Network API.
#[derive(Debug)]
pub(crate) struct Transport(NetworkApi);

/// The body of `PUT /updates/{component}/state`.
#[derive(Serialize)]
struct StateReport<'a> {
    version: &'a semver::Version,
    attempt: u32,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, TransportError> {
        NetworkApi::new(NetworkApiOptions {
            base: config.url.clone(),
            identity: config.identity.as_deref(),
            authorities: config.authorities.as_deref(),
            // The client limits a whole run, which ends first.
            timeout: config.timeout.saturating_mul(2),
            user_agent: USER_AGENT,
            max_body_bytes: MAX_ANSWER_BYTES,
        })
        .map(Self)
    }

    pub(crate) async fn fetch_keys(&self) -> Result<Keys, TransportError> {
        self.0.fetch_keys().await
    }

    pub(crate) async fn fetch_answer(&self, nonce: &str) -> Result<SignedBody, TransportError> {
        let request = self.0.http.get(self.0.url(&["updates"])).header(NONCE, nonce).header(UPDATES, "1");
        let response = request.send().await.map_err(no_response)?;
        // Every answer is a whole 200. A 304 would hide a freeze.
        if response.status() != StatusCode::OK {
            return Err(self.0.unexpected_status(response).await);
        }
        self.0.read_signed(response).await
    }

    pub(crate) async fn report_versions(&self, versions: &Versions) -> Result<(), TransportError> {
        self.put(&["versions"], &json!({ "versions": versions })).await
    }

    pub(crate) async fn report_state(
        &self,
        job: &UpdateJob,
        state: &'static str,
        cause: Option<&str>,
    ) -> Result<(), TransportError> {
        let report = StateReport { version: job.version(), attempt: job.attempt(), state, cause };
        self.put(&["updates", job.component(), "state"], &report).await
    }

    async fn put(&self, path: &[&str], body: &impl Serialize) -> Result<(), TransportError> {
        let request = self.0.http.put(self.0.url(path)).header(CONTENT_TYPE, "application/json");
        let response = request.body(serde_json::to_vec(body)?).send().await.map_err(no_response)?;
        // Only a 200 is an acceptance.
        if response.status() == StatusCode::OK { Ok(()) } else { Err(self.0.unexpected_status(response).await) }
    }
}
