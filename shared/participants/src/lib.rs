//! What clients of earlier generations see of CentOps, in the shapes that their parsers take.
//!
//! - [`participant`]: the first generation's shape, and what becomes a participant
//! - [`roll`]: the list that its clients poll
//! - [`admin`]: its administrators' paths, which the functions of chatbots answer too
//! - [`state`]: the state that a participant gives itself
//! - [`clients`]: the third generation's list
//!
//! Their parsers are strict where one would not expect it: an unknown type or a `null` loses the whole list, and
//! who is missing from a list is forgotten at once. So a list here is whole, or an error.

pub mod admin;
pub mod clients;
pub mod participant;
pub mod roll;
pub mod state;

/// The most bytes of a list: what Lambda answers at most, and some room for its envelope, in which quotes are
/// escaped. A longer list is an error of our own: a part of it would unlist who is missing.
pub const LONGEST: usize = 4 * 1024 * 1024;
