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
pub mod type_filter;
pub mod update_participant;

pub use list_size::MAX_LIST_BYTES;
