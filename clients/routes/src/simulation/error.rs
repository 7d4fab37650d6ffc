//! Errors of the simulation.

use centops_network_api::InvalidKeys;
use centops_network_api::signer::SigningFailed;

use crate::error::UpdateError;
use crate::table_file::TableFileError;

/// An error of the simulation itself. It says nothing about the simulated system.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A key cannot be generated or used.
    #[error(transparent)]
    Key(#[from] SigningFailed),
    /// The table file cannot be written or read.
    #[error(transparent)]
    File(#[from] TableFileError),
    /// The simulated DMR rejected a valid table.
    #[error("the simulated DMR rejected a valid table: {0}")]
    Rejected(#[from] UpdateError),
    /// The published key set is invalid.
    #[error(transparent)]
    Keys(#[from] InvalidKeys),
}
