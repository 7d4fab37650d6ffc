//! Releases of components, and the updates that follow for chatbots.

mod release;
mod updates;

pub use release::{
    InvalidReleaseVersion, MAX_NOTES_LENGTH, NewRelease, NewWithdrawal, Notes, NotesTooLong, Release, ReleaseVersion,
    Severity, Withdrawal,
};
pub use updates::{Newest, Track, Update, VersionReport, updates};
