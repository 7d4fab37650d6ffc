//! Chats: the accounts that people link, and the messages about incidents.

mod account;
mod incident_post;

pub use self::{
    account::{Account, CODE_LIFETIME, LINK_LIFETIME, Link},
    incident_post::{IncidentFacts, IncidentPost, News, is_posted},
};
