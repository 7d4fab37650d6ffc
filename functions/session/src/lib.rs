//! The functions of the area `session`: signing in and out, and the grants of people.

pub mod add_person;
mod cookies;
pub mod end_grant;
pub mod end_session;
pub mod finish_login;
pub mod get_session;
pub mod list_people;
mod login;
mod people;
pub mod put_grant;
pub mod renew_session;
pub mod start_login;
mod view;

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "start-login", main: run_operation::<start_login::StartLogin> },
    Function { name: "finish-login", main: run_operation::<finish_login::FinishLogin> },
    Function { name: "get-session", main: run_operation::<get_session::GetSession> },
    Function { name: "renew-session", main: run_operation::<renew_session::RenewSession> },
    Function { name: "end-session", main: run_operation::<end_session::EndSession> },
    Function { name: "list-people", main: run_operation::<list_people::ListPeople> },
    Function { name: "add-person", main: run_operation::<add_person::AddPerson> },
    Function { name: "put-grant", main: run_operation::<put_grant::PutGrant> },
    Function { name: "end-grant", main: run_operation::<end_grant::EndGrant> },
];
