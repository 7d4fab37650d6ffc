//! The API of older clients, in the shapes that their parsers accept.
//!
//! One file per operation:
//!
//! | generation | caller | operations |
//! |---|---|---|
//! | first | administrators | [`create_participant`], [`list_registered_participants`], [`get_participant`], [`update_participant`], [`delete_participant`] |
//! | first | DMRs and chatbots | [`list_participants`], [`set_own_state`] |
//! | third | DMRs | [`list_clients`] |
//!
//! Shared parts: [`participant`] is the first generation's shape, [`participant_list`] the cached list that its clients
//! poll, and [`client_list`] the third generation's list.
//!
//! Invariant: a list is complete, or the response is an error. The clients' parsers drop a whole list that contains an
//! unknown type or a `null`, and the clients forget every participant that a list lacks.

pub mod client_list;
pub mod create_participant;
pub mod delete_participant;
pub mod get_participant;
mod input;
pub mod list_clients;
pub mod list_participants;
pub mod list_registered_participants;
mod list_size;
pub mod participant;
pub mod participant_list;
pub mod set_own_state;
mod stored;
#[cfg(test)]
mod tests;
pub mod type_filter;
pub mod update_participant;

use centops_api::{Function, run_operation};

pub use list_size::MAX_LIST_BYTES;

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "create-participant", main: run_operation::<create_participant::CreateParticipant> },
    Function { name: "delete-participant", main: run_operation::<delete_participant::DeleteParticipant> },
    Function { name: "get-participant", main: run_operation::<get_participant::GetParticipant> },
    Function { name: "list-clients", main: run_operation::<list_clients::ListClients> },
    Function { name: "list-participants", main: run_operation::<list_participants::ListParticipants> },
    Function {
        name: "list-registered-participants",
        main: run_operation::<list_registered_participants::ListRegisteredParticipants>,
    },
    Function { name: "set-own-state", main: run_operation::<set_own_state::SetOwnState> },
    Function { name: "update-participant", main: run_operation::<update_participant::UpdateParticipant> },
];
