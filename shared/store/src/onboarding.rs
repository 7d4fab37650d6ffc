//! Onboarding: invitations and applications. Each step is one transaction with its event and its audit record. The
//! transaction of an approval also enrols the chatbot and stores its certificate.

mod approval;
mod item;
mod list;
mod steps;

pub use steps::InvitationError;
