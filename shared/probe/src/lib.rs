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

use centops_domain::address::AllowedNetworks;
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::{Host, Url};

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unhealthy {
    /// An answer other than 2xx.
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
    /// Probes that may reach public addresses and those `allowed`, each within `timeout`.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(allowed: AllowedNetworks, timeout: Duration) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(timeout)
            .redirect(Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .user_agent("centops-probe")
            .dns_resolver(Arc::new(CheckedResolver { allowed: allowed.clone() }))
            .build()?;
        Ok(Self { client, allowed })
    }

    /// Asks `url` once: 2xx is healthy.
    ///
    /// # Errors
    /// What was wrong.
    pub async fn probe(&self, url: &Url) -> Result<(), Unhealthy> {
        // A host that is an address is not resolved, so it is checked here.
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        if let Some(address) = address.filter(|address| !self.allowed.permit(*address)) {
            return Err(Unhealthy::Forbidden(address));
        }
        match self.client.get(url.clone()).send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(Unhealthy::Status(answer.status().as_u16())),
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
        Prober::new(AllowedNetworks::parse(allowed).expect("networks"), Duration::from_secs(5)).expect("a client")
    }

    fn url(host: &str, port: u16) -> Url {
        Url::parse(&format!("http://{host}:{port}/health")).expect("a url")
    }

    #[tokio::test]
    async fn only_2xx_is_healthy_and_redirects_are_not_followed() {
        let local = prober("127.0.0.0/8, ::1/128");
        let (ok, _seen) = server("HTTP/1.1 204 No Content\r\n\r\n").await;
        assert_eq!(local.probe(&url("127.0.0.1", ok)).await, Ok(()));
        assert_eq!(local.probe(&url("localhost", ok)).await, Ok(()));
        let (failing, _seen) = server("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(local.probe(&url("127.0.0.1", failing)).await, Err(Unhealthy::Status(500)));
        let elsewhere =
            Box::leak(format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{ok}/\r\n\r\n").into_boxed_str());
        let (moved, _seen) = server(elsewhere).await;
        assert_eq!(local.probe(&url("127.0.0.1", moved)).await, Err(Unhealthy::Status(302)));
    }

    #[tokio::test]
    async fn an_address_that_is_not_public_is_never_connected_to() {
        let (port, mut seen) = server("HTTP/1.1 200 OK\r\n\r\n").await;
        let nowhere = prober("");
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "127.1"] {
            let found = nowhere.probe(&url(host, port)).await;
            assert!(
                matches!(&found, Err(Unhealthy::Forbidden(_)))
                    || matches!(&found, Err(Unhealthy::Unreachable(why)) if why.contains("not a public address")),
                "{host}: {found:?}",
            );
        }
        assert!(seen.try_recv().is_err(), "a connection was made");
    }
}
