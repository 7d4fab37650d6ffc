//! The reference model: the health engine written in the simplest way. It keeps every delivered observation in a list
//! and computes totals, windows, scores, findings, counts and minutes from the lists each time. It shares with the
//! engine only its plain data, [`centops_domain::health::Policy::judge`] and
//! [`centops_domain::health::Policy::next_probe`].

mod chatbot;
mod decide;
mod finding;
mod model;
mod probe;

pub use self::{chatbot::Chatbot, model::Model};
