//! The functions of the area `legacy`: operations for clients of earlier generations.

pub mod create_participant;
pub mod delete_participant;
pub mod get_participant;
pub mod list_clients;
pub mod list_participants;
pub mod list_registered_participants;
pub mod set_own_state;
pub mod update_participant;

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "list-participants", main: run_operation::<list_participants::ListParticipants> },
    Function { name: "list-clients", main: run_operation::<list_clients::ListClients> },
    Function { name: "set-own-state", main: run_operation::<set_own_state::SetOwnState> },
    Function { name: "create-participant", main: run_operation::<create_participant::CreateParticipant> },
    Function { name: "list-registered-participants", main: run_operation::<list_registered_participants::ListRegisteredParticipants> },
    Function { name: "get-participant", main: run_operation::<get_participant::GetParticipant> },
    Function { name: "update-participant", main: run_operation::<update_participant::UpdateParticipant> },
    Function { name: "delete-participant", main: run_operation::<delete_participant::DeleteParticipant> },
];
