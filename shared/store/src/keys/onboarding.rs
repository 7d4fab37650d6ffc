//! The keys of applications.

use centops_domain::{onboarding::InvitationId, session::subject_hash};

use crate::table::{Key, key};

/// Returns the partition of the applications of the person `subject`: a hash, as in the keys of people.
pub(crate) fn applications_pk(subject: &str) -> String {
    format!("APPLICATIONS#{}", subject_hash(subject))
}

/// Returns the key of the application of the person `subject` for the invitation `id`.
pub(crate) fn application(subject: &str, id: &InvitationId) -> Key {
    key(applications_pk(subject), id.to_string())
}
