//! Views for older clients.

mod participants;

pub use participants::ChatbotWithKey;
