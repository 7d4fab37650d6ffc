//! Errors of subscriptions as answers.

use centops_api::Problem;
use centops_domain::notifications::{InvalidTransition, State};
use centops_store::{
    StoreError,
    notifications::{ConfirmError, RedeliverError, SubscribeError},
};

use crate::access::not_found;

/// Returns the answer to a change that the store refused.
pub(crate) fn of_change(error: SubscribeError) -> Problem {
    match error {
        SubscribeError::Transition(refused) => of_transition(refused),
        SubscribeError::Store(StoreError::NotFound) => not_found(),
        SubscribeError::Store(error) => error.into(),
    }
}

/// Returns the answer to a new subscription that the store refused.
pub(crate) fn of_creation(error: SubscribeError) -> Problem {
    match error {
        SubscribeError::Transition(InvalidTransition::EndedByRecipient) => Problem::conflict(
            "The recipient of this address ended its subscription: nobody else can start it again. Give another address.",
        ),
        SubscribeError::Store(StoreError::Exists) => Problem::exists(
            "The address has a subscription to this institution on this channel that has not ended: change that one.",
        ),
        error => of_change(error),
    }
}

/// Returns the answer to a request that the state does not allow.
pub(crate) fn of_transition(refused: InvalidTransition) -> Problem {
    Problem::refused(refused)
}

/// Returns the answer to a redelivery that the store refused.
pub(crate) fn of_redelivery(error: RedeliverError) -> Problem {
    match error {
        RedeliverError::Underway => Problem::conflict("The message is being delivered, or waits for its next attempt."),
        RedeliverError::Busy => Problem::conflict(
            "Another message to the subscription is being delivered: try again when it is sent or failed.",
        ),
        RedeliverError::Store(StoreError::NotFound) => {
            Problem::not_found("The subscription has no message of that id.")
        }
        RedeliverError::Store(error) => error.into(),
    }
}

/// Returns the answer to a code that was not sent or does not confirm.
pub(crate) fn of_confirmation(error: ConfirmError) -> Problem {
    match error {
        ConfirmError::Store(error) => error.into(),
        ConfirmError::TooMany(error) => Problem::refused(error),
        ConfirmError::Code(error) => Problem::refused(error),
    }
}

/// Checks that messages are delivered to a subscription in `state`.
///
/// # Errors
/// 409.
pub(crate) fn check_active(state: &State) -> Result<(), Problem> {
    if matches!(state, State::Active { .. }) { Ok(()) } else { Err(not_active(state)) }
}

/// Returns the answer to a request that needs an active subscription, and not one in `state`.
pub(crate) fn not_active(state: &State) -> Problem {
    Problem::conflict(match state {
        State::Active { .. } => "The subscription is active.",
        State::Pending { .. } => "The recipient has not confirmed the subscription.",
        State::Paused { .. } => "The subscription is paused: resume it first.",
        State::Failing { .. } => "Messages to the address fail: resume the subscription once they can be delivered.",
        State::Ended { .. } => "The subscription has ended.",
    })
}
