//! Egress filter, and the HTTP client behind it: for health probes of chatbots, and for notifications.
//!
//! The addresses are user input, so a request to them is exposed to server-side request forgery (SSRF): it must not reach
//! networks that only CentOps can reach. Invariants:
//!
//! - The host is resolved once per connection, every address is checked by the [`filter`], and the connection goes
//!   to the checked addresses. A second lookup (DNS rebinding) is not possible.
//! - Redirects are not followed, no proxy is used, and no connection is used again.
//! - The client does not read the body of a response: whoever does so bounds it.

mod client;
pub mod filter;
mod prober;
mod resolver;

pub use client::{EgressClient, RequestFailed};
pub use filter::{EgressDenied, EgressFilter};
pub use prober::{Prober, Unhealthy};
pub use resolver::{Resolver, SystemResolver};
