//! Links of accounts of chats with people, requests that were taken, and what rooms were told about incidents.

mod links;
mod posts;

pub use self::{
    links::{LinkError, Take},
    posts::NewNotes,
};
