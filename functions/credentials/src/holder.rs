//! Errors about the holder of a credential.

use centops_api::Problem;
use centops_domain::credentials::Profile;
use centops_store::StoreError;

/// Converts an error of issuing a credential: `NotFound` becomes a 404 that says what is missing.
pub(crate) fn not_enrolled(profile: Profile) -> impl Fn(StoreError) -> Problem {
    Problem::or_not_found(match profile {
        Profile::Dmr => "No DMR of that name is registered.",
        Profile::Chatbot => "No chatbot of that name is enrolled.",
    })
}
