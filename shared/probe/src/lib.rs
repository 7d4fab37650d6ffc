//! The request that finds out whether a chatbot is healthy.
//!
//! A chatbot's address is what somebody typed: a probe must not become a way into networks that only
//! we can reach. The host is resolved once, every address is checked, and the connection goes to what
//! was checked; redirects are not followed, and the body is not read.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use centops_domain::{
    address::AllowedNetworks,
    observation::StatusCode,
    policy::{ProbeMethod, ProbePolicy},
};
use reqwest::{
    Client, Method,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::{Host, Url};

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
    /// An address that a probe may not reach.
    #[error("{0} is not a public address")]
    Forbidden(IpAddr),
}

/// Sends probes.
#[derive(Clone, Debug)]
pub struct Prober {
    client: Client,
    allowed: AllowedNetworks,
}

impl Prober {
    /// Probes that may reach public addresses and those `allowed`.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(allowed: AllowedNetworks) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .user_agent("centops-probe")
            .dns_resolver(Arc::new(CheckedResolver { allowed: allowed.clone() }))
            .build()?;
        Ok(Self { client, allowed })
    }

    /// Asks `url` once, by the method and within the time of `policy`: what it expects is healthy.
    ///
    /// # Errors
    /// What was wrong.
    pub async fn probe(&self, url: &Url, policy: &ProbePolicy) -> Result<(), Unhealthy> {
        // A host that is an address is not resolved, so it is checked here.
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        if let Some(address) = address.filter(|address| !self.allowed.permit(*address)) {
            return Err(Unhealthy::Forbidden(address));
        }
        let method = match policy.method {
            ProbeMethod::Get => Method::GET,
            ProbeMethod::Head => Method::HEAD,
            ProbeMethod::Options => Method::OPTIONS,
        };
        let timeout = Duration::from_secs(policy.timeout_seconds.get().into());
        match self.client.request(method, url.clone()).timeout(timeout).send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let expected = StatusCode::try_from(status).is_ok_and(|code| policy.expects(Ok(code)));
                if expected { Ok(()) } else { Err(Unhealthy::Status(status)) }
            }
            Err(error) if error.is_timeout() => Err(Unhealthy::Timeout),
            Err(error) => Err(Unhealthy::Unreachable(innermost(&error))),
        }
    }
}

/// The last cause says what happened; the ones before it repeat the address.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

struct CheckedResolver {
    allowed: AllowedNetworks,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One that may not be reached spoils all: a name that mixes them is up to something.
            if let Some(forbidden) = found.iter().find(|address| !allowed.permit(address.ip())) {
                return Err(Box::new(Unhealthy::Forbidden(forbidden.ip())) as Box<_>);
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// A server that gives `answer` to each connection; the receiver counts them.
    async fn server(answer: &'static str) -> (u16, tokio::sync::mpsc::UnboundedReceiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let _ = sender.send(());
                let _ = connection.read(&mut [0; 4096]).await;
                let _ = connection.write_all(answer.as_bytes()).await;
            }
        });
        (port, receiver)
    }

    fn prober(allowed: &str) -> Prober {
        Prober::new(AllowedNetworks::parse(allowed).expect("networks")).expect("a client")
    }

    fn url(host: &str, port: u16) -> Url {
        Url::parse(&format!("http://{host}:{port}/health")).expect("a url")
    }

    #[tokio::test]
    async fn only_2xx_is_healthy_and_redirects_are_not_followed() {
        let local = prober("127.0.0.0/8, ::1/128");
        let (ok, _seen) = server("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(local.probe(&url("127.0.0.1", ok), &ProbePolicy::default()).await, Ok(()));
        assert_eq!(local.probe(&url("localhost", ok), &ProbePolicy::default()).await, Ok(()));
        let (failing, _seen) = server("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(local.probe(&url("127.0.0.1", failing), &ProbePolicy::default()).await, Err(Unhealthy::Status(500)));
        let elsewhere =
            Box::leak(format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{ok}/\r\n\r\n").into_boxed_str());
        let (moved, _seen) = server(elsewhere).await;
        let expected = std::collections::BTreeSet::from(["302".to_owned().try_into().expect("a code")]);
        let lenient = ProbePolicy { method: ProbeMethod::Head, expect: expected, ..ProbePolicy::default() };
        assert_eq!(local.probe(&url("127.0.0.1", moved), &lenient).await, Ok(()), "what the policy expects");
        assert_eq!(local.probe(&url("127.0.0.1", ok), &lenient).await, Err(Unhealthy::Status(204)));
        assert_eq!(local.probe(&url("127.0.0.1", moved), &ProbePolicy::default()).await, Err(Unhealthy::Status(302)));
    }

    #[tokio::test]
    async fn an_address_that_is_not_public_is_never_connected_to() {
        let (port, mut seen) = server("HTTP/1.1 200 OK\r\n\r\n").await;
        let nowhere = prober("");
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "127.1"] {
            let found = nowhere.probe(&url(host, port), &ProbePolicy::default()).await;
            assert!(
                matches!(&found, Err(Unhealthy::Forbidden(_)))
                    || matches!(&found, Err(Unhealthy::Unreachable(why)) if why.contains("not a public address")),
                "{host}: {found:?}",
            );
        }
        assert!(seen.try_recv().is_err(), "a connection was made");
    }
}
