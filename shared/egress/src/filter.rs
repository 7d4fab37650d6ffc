//! The egress filter: decides whether a probe or a notification may connect to an address.
//!
//! It runs when an address is registered and for each connection to it. It uses no HTTP client, so that functions
//! that only register addresses do not link one.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use centops_domain::chatbots::{AllowedNetworks, ChatbotUri};
use url::{Host, Url};

use crate::resolver::{Resolver, SystemResolver};

/// The time that a registration waits for name resolution.
pub const RESOLVE_TIMEOUT: Duration = Duration::from_secs(2);

/// Domains of one machine or one network: RFC 6761, 6762, 7686 and 8375, ICANN's `internal`, and common usage.
const LOCAL_DOMAINS: &[&str] = &["localhost", "localdomain", "local", "internal", "lan", "home.arpa", "onion"];

/// The bad ports of WHATWG's Fetch standard ("port blocking"): services that an HTTP request could confuse.
const BAD_PORTS: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// Ports of internal services that browsers do not block: shared files, databases, queues, caches, remote desktops.
const INTERNAL_PORTS: &[u16] =
    &[445, 873, 1433, 1521, 3306, 3389, 5432, 5672, 6379, 9042, 9092, 11211, 27017, 27018, 27019];

/// The reason that the filter denies an address. The API returns these texts. They do not contain resolved addresses,
/// because those may be a secret of the network whose name server answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressDenied {
    /// The host is an address that is not permitted.
    #[error("{0} is not a public address")]
    Address(IpAddr),
    /// The host is a name of local networks.
    #[error("`{0}` is a name of local networks, not a public one")]
    Local(String),
    /// The host resolves to an address that is not permitted.
    #[error("`{0}` resolves to an address that is not public")]
    Resolved(String),
    /// The port belongs to a service other than HTTP.
    #[error("port {0} is not one of HTTP")]
    Port(u16),
}

/// The reason that a name has no addresses to connect to.
#[derive(Debug)]
pub(crate) enum ResolveError {
    /// The filter denies the name or one of its addresses.
    Denied(EgressDenied),
    /// The name does not resolve.
    Failed(io::Error),
}

/// Checks whether a chatbot may be registered at `uri`. A name that does not resolve within [`RESOLVE_TIMEOUT`] is
/// accepted, because each probe checks again.
///
/// # Errors
/// When the filter denies the address.
pub async fn check(uri: &ChatbotUri, allowed: &AllowedNetworks) -> Result<(), EgressDenied> {
    EgressFilter::new(allowed.clone()).check(uri).await
}

/// Permits public addresses and the allowed networks.
#[derive(Clone, Debug)]
pub struct EgressFilter<R = SystemResolver> {
    allowed: AllowedNetworks,
    resolver: R,
}

impl EgressFilter {
    /// Returns a filter that uses the operating system's resolver.
    #[must_use]
    pub fn new(allowed: AllowedNetworks) -> Self {
        Self::with_resolver(SystemResolver, allowed)
    }
}

impl<R: Resolver> EgressFilter<R> {
    /// Returns a filter that uses `resolver`.
    #[must_use]
    pub fn with_resolver(resolver: R, allowed: AllowedNetworks) -> Self {
        Self { allowed, resolver }
    }

    /// Checks whether a chatbot may be registered at `uri`, like [`check`].
    ///
    /// # Errors
    /// When the filter denies the address.
    pub async fn check(&self, uri: &ChatbotUri) -> Result<(), EgressDenied> {
        self.check_literal(uri.url())?;
        let Some(Host::Domain(name)) = uri.url().host() else { return Ok(()) };
        match tokio::time::timeout(RESOLVE_TIMEOUT, self.resolve(name)).await {
            Ok(Err(ResolveError::Denied(denied))) => Err(denied),
            Ok(Err(ResolveError::Failed(_))) | Err(_) if is_local(name) => Err(EgressDenied::Local(name.to_owned())),
            // The addresses are permitted, or the name may resolve later.
            Ok(Ok(_) | Err(ResolveError::Failed(_))) | Err(_) => Ok(()),
        }
    }

    /// Checks the parts of `url` that need no name resolution: the port, and a host that is an address. [`Url`]
    /// normalises every spelling of an address.
    pub(crate) fn check_literal(&self, url: &Url) -> Result<(), EgressDenied> {
        if let Some(port) = url.port_or_known_default()
            && (BAD_PORTS.contains(&port) || INTERNAL_PORTS.contains(&port))
        {
            return Err(EgressDenied::Port(port));
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.allowed.permits(address) { Ok(()) } else { Err(EgressDenied::Address(address)) }
    }

    /// Returns the addresses of `name`, all of them permitted. One denied address denies the name, because a mix of
    /// public and internal addresses indicates an attack. The addresses of a local name must be in an allowed network.
    pub(crate) async fn resolve(&self, name: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let found = self.resolver.addresses(name).await.map_err(ResolveError::Failed)?;
        let local = is_local(name);
        let permitted = |address: &SocketAddr| {
            if local { self.allowed.contains(address.ip()) } else { self.allowed.permits(address.ip()) }
        };
        if found.iter().all(permitted) {
            return Ok(found);
        }
        let name = name.to_owned();
        Err(ResolveError::Denied(if local { EgressDenied::Local(name) } else { EgressDenied::Resolved(name) }))
    }
}

/// Returns true for a lower-case `name` that means different hosts on different networks: one of a
/// [local domain](LOCAL_DOMAINS), or a single label.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let within = |domain: &&str| name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || LOCAL_DOMAINS.iter().any(within)
}
