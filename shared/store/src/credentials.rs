//! Credentials of chatbots and DMRs: the certificates that CentOps issued, and the API keys.
//!
//! A credential is accepted only while its item is stored and not revoked, and while the enrolment that it was issued
//! to is the current one of its holder's name. The removal of a holder therefore ends all of its credentials at once; a
//! [`Sweep`] then marks them as revoked.

mod api_keys;
mod certificates;
mod enrolments;
mod expiry;
mod filter;
mod renewals;
mod sweeps;

pub use certificates::Revoked;
pub use enrolments::Enrolment;
pub use expiry::{NoticePosition, NoticeProgress};
pub use filter::CredentialFilter;
pub use renewals::{Renewable, RenewalError};
pub use sweeps::{Sweep, SweepScope};
