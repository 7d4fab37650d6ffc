//! Egress filter and health probe for chatbots.
//!
//! A chatbot's address is user input, so a probe is exposed to server-side request forgery (SSRF): it must not reach
//! networks that only CentOps can reach. Invariants:
//!
//! - The host is resolved once per connection, every address is checked by the [`filter`], and the connection goes
//!   to the checked addresses. A second lookup (DNS rebinding) is not possible.
//! - Redirects are not followed, no proxy is used, and the response body is not read.

pub mod filter;
mod prober;
mod resolver;

pub use filter::{EgressDenied, EgressFilter};
pub use prober::{Prober, Unhealthy};
pub use resolver::{Resolver, SystemResolver};
