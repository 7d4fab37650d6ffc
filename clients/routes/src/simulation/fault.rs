//! Faulty tables: one for each check of the update algorithm.

use centops_network_api::SignedBody;
use centops_network_api::signer::Signer;

use crate::protocol::Route;
use crate::simulation::error::SimulationError;
use crate::simulation::network::SimulatedNetwork;

/// A fault of a full table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFault {
    /// The signature is missing.
    Unsigned,
    /// The key that signed is not published.
    UnknownKey,
    /// The header names a published key, but another key signed.
    ForgedKeyId,
    /// The body ends one byte early.
    TruncatedBody,
    /// Half of the routes are missing; `count` is that of the complete table.
    MissingRoutes,
    /// The second page is missing.
    MissingPage,
    /// The second page has another revision.
    MixedRevisions,
    /// A name occurs twice.
    DuplicateName,
    /// Two routes are in the wrong order.
    Unsorted,
    /// The revision is lower than the DMR's.
    Rollback,
    /// The table is valid and newer, but lacks most of the routes.
    Shrunk,
}

impl TableFault {
    /// All faults.
    pub const ALL: [Self; 11] = [
        Self::Unsigned,
        Self::UnknownKey,
        Self::ForgedKeyId,
        Self::TruncatedBody,
        Self::MissingRoutes,
        Self::MissingPage,
        Self::MixedRevisions,
        Self::DuplicateName,
        Self::Unsorted,
        Self::Rollback,
        Self::Shrunk,
    ];

    /// Returns a full table of `network` with this fault, for a DMR whose current revision is `current`.
    ///
    /// # Errors
    /// Returns an error if the table cannot be signed.
    pub fn table(self, network: &SimulatedNetwork, current: u64) -> Result<Vec<SignedBody>, SimulationError> {
        let all: Vec<&Route> = network.routes().collect();
        let half = all.get(..all.len() / 2).unwrap_or_default();
        let (low, high) = (extra_route("~a"), extra_route("~b"));
        let revision = network.revision();
        let with_next = |next| network.page(revision, all.len(), &all, next);
        let whole = with_next(None).to_string();
        let paginate = |revision, count, routes: &[&Route]| network.paginate(revision, count, routes);
        Ok(match self {
            Self::Unsigned => vec![SignedBody::new("", whole.as_bytes())],
            Self::UnknownKey => vec![SignedBody::new(Signer::new()?.sign(whole.as_bytes())?, whole.as_bytes())],
            Self::ForgedKeyId => {
                let header = network.signer().protected_header();
                vec![SignedBody::new(Signer::new()?.sign_with_header(&header, whole.as_bytes())?, whole.as_bytes())]
            }
            Self::TruncatedBody => {
                let signature = network.signer().sign(whole.as_bytes())?;
                let truncated = whole.as_bytes().split_last().map(|(_, rest)| rest).unwrap_or_default();
                vec![SignedBody::new(signature, truncated)]
            }
            Self::MissingRoutes => paginate(revision, all.len().max(1), half)?,
            Self::MissingPage => vec![network.signer().sign_json(&with_next(Some("2")))?],
            Self::MixedRevisions => vec![
                network.signer().sign_json(&with_next(Some("2")))?,
                network.signer().sign_json(&network.page(revision + 1, all.len(), &[], None))?,
            ],
            Self::DuplicateName => paginate(revision, all.len() + 2, &[all.as_slice(), &[&low, &low]].concat())?,
            Self::Unsorted => paginate(revision, all.len() + 2, &[all.as_slice(), &[&high, &low]].concat())?,
            Self::Rollback => paginate(current.saturating_sub(1), all.len(), &all)?,
            Self::Shrunk => paginate(current + 1, all.len() / 2, half)?,
        })
    }
}

fn extra_route(name: &str) -> Route {
    Route { name: name.into(), uri: "https://x".into(), kind: "other".into() }
}
