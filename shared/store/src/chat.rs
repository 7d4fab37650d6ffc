//! Links of accounts of chats with people, requests that were taken, and messages about incidents in rooms.

mod links;
mod posts;

pub use self::{
    links::{LinkError, Take},
    posts::NewNotes,
};
