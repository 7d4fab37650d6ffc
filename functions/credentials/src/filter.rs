//! The filter of the lists of credentials.

use std::fmt::Display;

use centops_api::{Call, Operation, Problem};
use centops_store::credentials::CredentialFilter;

/// Reads `profile` and `name` of the query of a list whose page starts after `after`.
///
/// # Errors
/// 400 when one is wrong, when a name comes without a profile, or when `after` is of a list with another filter.
pub(crate) fn filter<O: Operation>(
    call: &Call<'_, O>,
    after: Option<&impl Display>,
) -> Result<CredentialFilter, Problem> {
    let filter = CredentialFilter {
        profile: call.query("profile", "dmr or chatbot")?,
        name: call.query("name", "the name of a DMR or a chatbot")?,
    };
    if filter.name.is_some() && filter.profile.is_none() {
        return Err(Problem::invalid("#query/name", "a name goes with a profile"));
    }
    if after.is_some_and(|position| !filter.includes(position)) {
        return Err(Problem::invalid("#query/cursor", "a cursor of a list with another profile or name"));
    }
    Ok(filter)
}
