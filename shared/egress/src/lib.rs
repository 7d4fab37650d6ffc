//! The request that finds out whether a chatbot is healthy.
//!
//! A chatbot's address is what somebody typed: a probe must not become a way into networks that only
//! we can reach. The host is resolved once a connection, every address is checked ([`reach`]), and the
//! connection goes to what was checked; redirects are not followed, and the body is not read.

pub mod reach;

use std::{sync::Arc, time::Duration};

use centops_domain::{
    address::AllowedNetworks,
    observation::StatusCode,
    policy::{ProbeMethod, ProbePolicy},
    uri::ChatbotUri,
};
use reqwest::{
    Client, ClientBuilder, Method,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use crate::reach::{NoAddresses, Reach, Refused, Resolver, System};

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unhealthy {
    /// An answer that the policy does not expect.
    #[error("answered {0}")]
    Status(u16),
    /// No answer in time.
    #[error("did not answer in time")]
    Timeout,
    /// No connection.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// A probe may not go there: nothing was connected to.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// Sends probes.
#[derive(Clone, Debug)]
pub struct Prober<R = System> {
    client: Client,
    reach: Reach<R>,
}

impl Prober {
    /// Probes that may reach public addresses and those `allowed`.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(allowed: AllowedNetworks) -> Result<Self, reqwest::Error> {
        Self::over(Client::builder(), Reach::new(allowed))
    }
}

impl<R: Resolver> Prober<R> {
    /// Probes within `reach`, by a client of what `client` says and of what every probe needs: no
    /// redirect, no proxy, no connection kept.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn over(client: ClientBuilder, reach: Reach<R>) -> Result<Self, reqwest::Error> {
        let client = client
            .redirect(Policy::none())
            .no_proxy()
            // Whatever else is in the build: the body is not read, so nothing of it is unpacked.
            .no_gzip()
            .no_zstd()
            .pool_max_idle_per_host(0)
            .user_agent("centops-egress")
            .dns_resolver(Arc::new(Checked(reach.clone())))
            .build()?;
        Ok(Self { client, reach })
    }

    /// Asks the chatbot at `uri` once, by the path and the method and within the time of `policy`: what
    /// it expects is healthy.
    ///
    /// # Errors
    /// What was wrong.
    pub async fn probe(&self, uri: &ChatbotUri, policy: &ProbePolicy) -> Result<(), Unhealthy> {
        let url = uri.at_path(policy.path.as_str());
        // A host that is an address is not resolved, so it is checked here.
        self.reach.check_as_written(&url)?;
        let method = match policy.method {
            ProbeMethod::Get => Method::GET,
            ProbeMethod::Head => Method::HEAD,
            ProbeMethod::Options => Method::OPTIONS,
        };
        let timeout = Duration::from_secs(policy.timeout_seconds.get().into());
        match self.client.request(method, url).timeout(timeout).send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let expected = StatusCode::try_from(status).is_ok_and(|code| policy.expects(Ok(code)));
                if expected { Ok(()) } else { Err(Unhealthy::Status(status)) }
            }
            Err(error) if error.is_timeout() => Err(Unhealthy::Timeout),
            Err(error) => Err(because(&error)),
        }
    }
}

/// The last cause says what happened; the ones before it repeat the address.
fn because(error: &(dyn std::error::Error + 'static)) -> Unhealthy {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    match cause.downcast_ref::<Refused>() {
        Some(refused) => refused.clone().into(),
        None => Unhealthy::Unreachable(cause.to_string()),
    }
}

/// What the client resolves by: it connects to the addresses that this gives, and asks no other.
struct Checked<R>(Reach<R>);

impl<R: Resolver> Resolve for Checked<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            match reach.resolve(name.as_str()).await {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(NoAddresses::Refused(why)) => Err(why.into()),
                Err(NoAddresses::Unresolved(why)) => Err(why.into()),
            }
        })
    }
}
