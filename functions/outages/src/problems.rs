//! Errors of planned outages as answers.

use centops_api::Problem;
use centops_domain::outages::{InvalidOutage, OutageConflict, OutageRefusal};
use centops_store::{StoreError, outages::OutageError};

use crate::access::UNKNOWN;

/// Returns the answer to a change that the store refused.
pub(crate) fn of_change(error: OutageError) -> Problem {
    match error {
        OutageError::Refused(OutageRefusal::Invalid(invalid)) => of_request(&invalid),
        OutageError::Refused(OutageRefusal::Conflict(conflict)) => of_conflict(conflict),
        OutageError::TooMany => Problem::conflict(
            "The institution has as many planned outages as it may have: cancel one that is not needed.",
        ),
        OutageError::Store(StoreError::NotFound) => Problem::not_found(UNKNOWN),
        OutageError::Store(error) => error.into(),
    }
}

/// Returns the answer to a request that is not valid.
pub(crate) fn of_request(invalid: &InvalidOutage) -> Problem {
    let pointer = match invalid {
        InvalidOutage::Rule(_) | InvalidOutage::NoOccurrence => "#/rule",
        InvalidOutage::Past => "#/rule/start",
        InvalidOutage::Until => "#/until",
    };
    Problem::invalid(pointer, invalid)
}

fn of_conflict(conflict: OutageConflict) -> Problem {
    Problem::conflict(match conflict {
        OutageConflict::Ended(_) => "The planned outage is completed or cancelled.",
        OutageConflict::Confirmed => "The planned outage is confirmed already.",
        OutageConflict::NotInProgress => "The planned outage is not in progress.",
    })
}
