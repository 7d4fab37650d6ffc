//! Whether a probe may go to an address: decided here, when a chatbot is registered and for each
//! connection of a probe. No HTTP client is used here, so that functions that only ask carry none.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use centops_domain::{address::AllowedNetworks, uri::ChatbotUri};
use url::{Host, Url};

/// How long a registration waits for the addresses of a name.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Domains of one machine or one network (RFC 6761, 6762, 7686, 8375; ICANN's `internal`; habit).
const LOCAL: &[&str] = &["localhost", "localdomain", "local", "internal", "lan", "home.arpa", "onion"];

/// WHATWG's bad ports (Fetch, "port blocking"): other services that a request could be meant to confuse.
const BAD_PORTS: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// Services of networks' insides, which browsers do not bar: shared files, databases, queues, caches,
/// remote desktops.
const INNER_PORTS: &[u16] =
    &[445, 873, 1433, 1521, 3306, 3389, 5432, 5672, 6379, 9042, 9092, 11211, 27017, 27018, 27019];

/// Why a probe may not go there. The texts are for who wrote the address; they tell nothing of what a
/// name resolves to, which may be a secret of the network that was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is an address, and not a permitted one.
    #[error("{0} is not a public address")]
    Address(IpAddr),
    /// Its name is one of local networks.
    #[error("`{0}` is a name of local networks, not a public one")]
    Local(String),
    /// Its name has an address that is not permitted.
    #[error("`{0}` resolves to an address that is not public")]
    Resolved(String),
    /// Its port belongs to something else than HTTP.
    #[error("port {0} is not one of HTTP")]
    Port(u16),
}

/// Why a name has no addresses to connect to.
#[derive(Debug)]
pub(crate) enum NoAddresses {
    Refused(Refused),
    /// It does not resolve.
    Unresolved(io::Error),
}

/// Finds the addresses of a name.
pub trait Resolver: Clone + Send + Sync + 'static {
    /// All addresses of `name`; their ports mean nothing.
    fn addresses(&self, name: &str) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send;
}

/// The resolver of the operating system.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Resolver for System {
    async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

/// Whether a chatbot may be registered at `uri`, as far as one can tell now: a name that does not resolve
/// (within [`PATIENCE`]) may. Each probe decides again, by what the name resolves to then.
///
/// # Errors
/// Why not.
pub async fn check(uri: &ChatbotUri, allowed: &AllowedNetworks) -> Result<(), Refused> {
    Reach::new(allowed.clone()).check(uri).await
}

/// Where probes may go: public addresses and those allowed.
#[derive(Clone, Debug)]
pub struct Reach<R = System> {
    allowed: AllowedNetworks,
    resolver: R,
}

impl Reach {
    /// By the resolver of the operating system.
    #[must_use]
    pub fn new(allowed: AllowedNetworks) -> Self {
        Self::by(System, allowed)
    }
}

impl<R: Resolver> Reach<R> {
    /// By `resolver`.
    #[must_use]
    pub fn by(resolver: R, allowed: AllowedNetworks) -> Self {
        Self { allowed, resolver }
    }

    /// As [`check`].
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self, uri: &ChatbotUri) -> Result<(), Refused> {
        self.check_as_written(uri.url())?;
        let Some(Host::Domain(name)) = uri.url().host() else { return Ok(()) };
        match tokio::time::timeout(PATIENCE, self.resolve(name)).await {
            Ok(Err(NoAddresses::Refused(why))) => Err(why),
            Ok(Err(NoAddresses::Unresolved(_))) | Err(_) if is_local(name) => Err(Refused::Local(name.to_owned())),
            // It resolves well, or it may do so later.
            Ok(Ok(_) | Err(NoAddresses::Unresolved(_))) | Err(_) => Ok(()),
        }
    }

    /// What can be told without resolving: the port, and a host that is an address. [`Url`] has brought
    /// every spelling of one into one form.
    pub(crate) fn check_as_written(&self, url: &Url) -> Result<(), Refused> {
        if let Some(port) = url.port_or_known_default()
            && (BAD_PORTS.contains(&port) || INNER_PORTS.contains(&port))
        {
            return Err(Refused::Port(port));
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.allowed.permit(address) { Ok(()) } else { Err(Refused::Address(address)) }
    }

    /// The addresses of `name` to connect to, all of them permitted: one that is not spoils all, for a name
    /// that mixes them is up to something. A local name's have to be in an allowed network.
    pub(crate) async fn resolve(&self, name: &str) -> Result<Vec<SocketAddr>, NoAddresses> {
        let found = self.resolver.addresses(name).await.map_err(NoAddresses::Unresolved)?;
        let local = is_local(name);
        let permitted = |address: &SocketAddr| {
            if local { self.allowed.list(address.ip()) } else { self.allowed.permit(address.ip()) }
        };
        if found.iter().all(permitted) {
            return Ok(found);
        }
        let name = name.to_owned();
        Err(NoAddresses::Refused(if local { Refused::Local(name) } else { Refused::Resolved(name) }))
    }
}

/// Whether `name`, in lower case, is one that means another thing on another network: of a [`LOCAL`]
/// domain, or without any domain.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let within = |domain: &&str| name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || LOCAL.iter().any(within)
}
