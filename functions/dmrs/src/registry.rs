//! Reads of the registry: the DMRs among the peers.

use centops_api::Problem;
use centops_domain::{
    chatbots::Name,
    peers::{Peer, RegisteredDmr},
};
use centops_store::{Store, StoreError, Versioned, peers::PeerError};

/// Reads the DMR `name`. A classifier of that name is a 404.
pub(crate) async fn find(store: &Store, name: &Name) -> Result<Versioned<RegisteredDmr>, Problem> {
    to_dmr(store.peer(name).await.map_err(dmr_problem)?)
}

/// Converts a peer to a DMR; 404 if it is a classifier.
pub(crate) fn to_dmr(peer: Versioned<Peer>) -> Result<Versioned<RegisteredDmr>, Problem> {
    let Versioned { value, version } = peer;
    let value = RegisteredDmr::from_peer(value).ok_or_else(not_found)?;
    Ok(Versioned { value, version })
}

/// Converts an error about a DMR: `NotFound` becomes a 404 that names it.
pub(crate) fn dmr_problem(error: StoreError) -> Problem {
    match error {
        StoreError::NotFound => not_found(),
        error => error.into(),
    }
}

/// Converts an error of registering or updating a DMR.
pub(crate) fn register_problem(error: PeerError) -> Problem {
    match error {
        PeerError::NoInstitution => Problem::invalid("#/institution", "there is no institution of that id"),
        PeerError::Store(error) => dmr_problem(error),
    }
}

fn not_found() -> Problem {
    Problem::not_found("There is no DMR of that name.")
}
