//! Sessions, and people with grants.

mod people;
mod sessions;

pub use people::PersonError;
pub(crate) use people::person_items;
