//! Views for older clients, and the registration of DMRs and classifiers.

mod participants;
mod peers;

pub use participants::ChatbotWithKey;
pub use peers::PeerError;
