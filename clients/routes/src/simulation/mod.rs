//! A CentOps in memory, invalid tables, and an outage in simulated time.

mod error;
mod fault;
mod network;
mod outage;

pub use centops_network_api::signer::Signer;
pub use error::SimulationError;
pub use fault::TableFault;
pub use network::SimulatedNetwork;
pub use outage::{OutageReport, run_outage};
