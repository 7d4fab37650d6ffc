//! A CentOps in memory, what a cut table looks like, and an outage in simulated time.

mod network;
mod outage;

pub use network::{Cut, Network, Signer, SimulationError};
pub use outage::{Outage, outage};
