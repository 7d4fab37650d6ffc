//! Chats: the accounts that people link, and what rooms are told about incidents.

mod account;
mod incident_post;

pub use self::{
    account::{Account, CODE_LIFETIME, LINK_LIFETIME, Link},
    incident_post::{IncidentPost, News, ToldIncident, is_posted},
};
