//! The health probe: one HTTP request to a chatbot, restricted by the egress filter.

use std::time::Duration;

use centops_domain::{
    chatbots::{AllowedNetworks, ChatbotUri},
    health::{ProbeMethod, ProbePolicy},
    ingestion::StatusCode,
};
use reqwest::{ClientBuilder, Method, Request};

use crate::{
    client::{EgressClient, RequestFailed},
    filter::EgressFilter,
    resolver::{Resolver, SystemResolver},
};

/// The `User-Agent` of a probe.
const USER_AGENT: &str = "centops-probe";

/// The reason that a probe failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unhealthy {
    /// The response has a status that the policy does not expect.
    #[error("answered {0}")]
    Status(u16),
    /// There is no response.
    #[error(transparent)]
    Failed(#[from] RequestFailed),
}

/// Sends probes.
#[derive(Clone, Debug)]
pub struct Prober<R = SystemResolver> {
    client: EgressClient<R>,
}

impl Prober {
    /// Returns a prober for public addresses and the `allowed` networks.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(allowed: AllowedNetworks) -> Result<Self, reqwest::Error> {
        Ok(Self { client: EgressClient::new(USER_AGENT, allowed)? })
    }
}

impl<R: Resolver> Prober<R> {
    /// Returns a prober that is restricted by `filter`, with the settings of `client`.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn with_client(client: ClientBuilder, filter: EgressFilter<R>) -> Result<Self, reqwest::Error> {
        Ok(Self { client: EgressClient::with_client(client, USER_AGENT, filter)? })
    }

    /// Sends one request to the chatbot at `uri`, with the path, method and timeout of `policy`. Succeeds when the
    /// policy expects the status of the response. The body is not read.
    ///
    /// # Errors
    /// The reason that the chatbot is unhealthy.
    pub async fn probe(&self, uri: &ChatbotUri, policy: &ProbePolicy) -> Result<(), Unhealthy> {
        let method = match policy.method {
            ProbeMethod::Get => Method::GET,
            ProbeMethod::Head => Method::HEAD,
            ProbeMethod::Options => Method::OPTIONS,
        };
        let mut request = Request::new(method, uri.at_path(policy.path.as_str()));
        *request.timeout_mut() = Some(Duration::from_secs(policy.timeout_seconds.get().into()));
        let status = self.client.send(request).await?.status().as_u16();
        let expected = StatusCode::try_from(status).is_ok_and(|code| policy.expects(Ok(code)));
        if expected { Ok(()) } else { Err(Unhealthy::Status(status)) }
    }
}
