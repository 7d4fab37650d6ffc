//! The functions of the area `onboarding`: invitations, applications and decisions.

pub mod create_invitation;
pub mod decide_invitation;
pub mod get_invitation;
pub mod list_invitations;
pub mod list_own_invitations;
pub mod submit_application;

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "create-invitation", main: run_operation::<create_invitation::CreateInvitation> },
    Function { name: "submit-application", main: run_operation::<submit_application::SubmitApplication> },
    Function { name: "decide-invitation", main: run_operation::<decide_invitation::DecideInvitation> },
    Function { name: "get-invitation", main: run_operation::<get_invitation::GetInvitation> },
    Function { name: "list-invitations", main: run_operation::<list_invitations::ListInvitations> },
    Function { name: "list-own-invitations", main: run_operation::<list_own_invitations::ListOwnInvitations> },
];
