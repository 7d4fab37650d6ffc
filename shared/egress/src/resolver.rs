//! Name resolution behind a trait, so that tests need no DNS.

use std::{future::Future, io, net::SocketAddr};

/// Resolves host names to addresses.
pub trait Resolver: Clone + Send + Sync + 'static {
    /// Returns all addresses of `name`. Their ports are ignored.
    fn addresses(&self, name: &str) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}
