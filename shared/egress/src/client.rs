//! The HTTP client: sends requests to addresses that the egress filter permits, and to no others.

use std::{error::Error, sync::Arc};

use centops_domain::chatbots::AllowedNetworks;
use reqwest::{
    Client, ClientBuilder, Request, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use crate::{
    filter::{EgressDenied, EgressFilter, ResolveError},
    resolver::{Resolver, SystemResolver},
};

/// The reason that a request has no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFailed {
    /// The response did not arrive within the request's timeout.
    #[error("did not answer in time")]
    Timeout,
    /// The connection failed. The text does not contain the URL.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// The egress filter denied the address, and no connection was made.
    #[error(transparent)]
    Denied(#[from] EgressDenied),
}

/// Sends requests that are restricted by the egress filter.
#[derive(Clone, Debug)]
pub struct EgressClient<R = SystemResolver> {
    client: Client,
    filter: EgressFilter<R>,
}

impl EgressClient {
    /// Returns a client for public addresses and the `allowed` networks.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(user_agent: &str, allowed: AllowedNetworks) -> Result<Self, reqwest::Error> {
        Self::with_client(Client::builder(), user_agent, EgressFilter::new(allowed))
    }
}

impl<R: Resolver> EgressClient<R> {
    /// Returns a client that is restricted by `filter`. Adds to `client` the settings that every request needs: no
    /// redirects, no proxy, no connection reuse.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn with_client(
        client: ClientBuilder,
        user_agent: &str,
        filter: EgressFilter<R>,
    ) -> Result<Self, reqwest::Error> {
        let client = client
            .redirect(Policy::none())
            .no_proxy()
            // Other crates of the build may enable these features. A small body that unpacks to a large one is a cost.
            .no_gzip()
            .no_zstd()
            .pool_max_idle_per_host(0)
            .user_agent(user_agent)
            .dns_resolver(Arc::new(FilteredResolver(filter.clone())))
            .build()?;
        Ok(Self { client, filter })
    }

    /// Sends `request`, and returns the response with any status.
    ///
    /// # Errors
    /// The reason that there is no response.
    pub async fn send(&self, request: Request) -> Result<Response, RequestFailed> {
        // The client does not resolve a host that is an address, so the resolver's check would not see it.
        self.filter.check_literal(request.url())?;
        match self.client.execute(request).await {
            Ok(response) => Ok(response),
            Err(error) if error.is_timeout() => Err(RequestFailed::Timeout),
            Err(error) => Err(root_cause(&error)),
        }
    }
}

/// Converts the last cause of `error`. The causes before it only repeat the address.
fn root_cause(error: &(dyn Error + 'static)) -> RequestFailed {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    match cause.downcast_ref::<EgressDenied>() {
        Some(denied) => denied.clone().into(),
        None => RequestFailed::Unreachable(cause.to_string()),
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
