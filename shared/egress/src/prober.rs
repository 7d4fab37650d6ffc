//! The health probe: one HTTP request to a chatbot, restricted by the egress filter.

use std::{sync::Arc, time::Duration};

use centops_domain::{
    chatbots::{AllowedNetworks, ChatbotUri},
    health::{ProbeMethod, ProbePolicy},
    ingestion::StatusCode,
};
use reqwest::{
    Client, ClientBuilder, Method,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use crate::{
    filter::{EgressDenied, EgressFilter, ResolveError},
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
    /// The response did not arrive within the policy's timeout.
    #[error("did not answer in time")]
    Timeout,
    /// The connection failed.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// The egress filter denied the address, and no connection was made.
    #[error(transparent)]
    Denied(#[from] EgressDenied),
}

/// Sends probes.
#[derive(Clone, Debug)]
pub struct Prober<R = SystemResolver> {
    client: Client,
    filter: EgressFilter<R>,
}

impl Prober {
    /// Returns a prober for public addresses and the `allowed` networks.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(allowed: AllowedNetworks) -> Result<Self, reqwest::Error> {
        Self::with_client(Client::builder(), EgressFilter::new(allowed))
    }
}

impl<R: Resolver> Prober<R> {
    /// Returns a prober that is restricted by `filter`. Adds to `client` the settings that every probe needs: no
    /// redirects, no proxy, no connection reuse.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn with_client(client: ClientBuilder, filter: EgressFilter<R>) -> Result<Self, reqwest::Error> {
        let client = client
            .redirect(Policy::none())
            .no_proxy()
            // Other crates of the build may enable these features. The body is not read, so it is not unpacked.
            .no_gzip()
            .no_zstd()
            .pool_max_idle_per_host(0)
            .user_agent(USER_AGENT)
            .dns_resolver(Arc::new(FilteredResolver(filter.clone())))
            .build()?;
        Ok(Self { client, filter })
    }

    /// Sends one request to the chatbot at `uri`, with the path, method and timeout of `policy`. Succeeds when the
    /// policy expects the status of the response.
    ///
    /// # Errors
    /// The reason that the chatbot is unhealthy.
    pub async fn probe(&self, uri: &ChatbotUri, policy: &ProbePolicy) -> Result<(), Unhealthy> {
        let url = uri.at_path(policy.path.as_str());
        // The client does not resolve a host that is an address, so the resolver's check would not see it.
        self.filter.check_literal(&url)?;
        let method = match policy.method {
            ProbeMethod::Get => Method::GET,
            ProbeMethod::Head => Method::HEAD,
            ProbeMethod::Options => Method::OPTIONS,
        };
        let timeout = Duration::from_secs(policy.timeout_seconds.get().into());
        match self.client.request(method, url).timeout(timeout).send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let expected = StatusCode::try_from(status).is_ok_and(|code| policy.expects(Ok(code)));
                if expected { Ok(()) } else { Err(Unhealthy::Status(status)) }
            }
            Err(error) if error.is_timeout() => Err(Unhealthy::Timeout),
            Err(error) => Err(root_cause(&error)),
        }
    }
}

/// Converts the last cause of `error`. The causes before it only repeat the address.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> Unhealthy {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    match cause.downcast_ref::<EgressDenied>() {
        Some(denied) => denied.clone().into(),
        None => Unhealthy::Unreachable(cause.to_string()),
    }
}

/// The client's only resolver: the client connects to the addresses that this one returns.
struct FilteredResolver<R>(EgressFilter<R>);

impl<R: Resolver> Resolve for FilteredResolver<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let filter = self.0.clone();
        Box::pin(async move {
            match filter.resolve(name.as_str()).await {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(ResolveError::Denied(denied)) => Err(denied.into()),
                Err(ResolveError::Failed(error)) => Err(error.into()),
            }
        })
    }
}
