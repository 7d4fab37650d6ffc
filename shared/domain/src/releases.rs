//! Releases of components, and the updates that follow for chatbots.

mod choice;
mod release;
mod updates;

pub use choice::{Candidate, Choice, VersionRange, WithdrawnFor, choose, unreachable_requirement};
pub use release::{
    InvalidReleaseVersion, MAX_NOTES_LENGTH, NewRelease, NewWithdrawal, Notes, NotesTooLong, Release, ReleaseVersion,
    Severity, Withdrawal,
};
pub use updates::{Newest, Track, Update, VersionReport, updates};
