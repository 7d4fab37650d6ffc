//! The reasons why notifications are not told.

/// The reason why a notification is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// It was told or dropped before, or a later event was.
    Repeated,
    /// A later notification says more.
    Superseded,
    /// The outage was over before it was told, and lasted [`FIRST_WAIT`](super::schedule::FIRST_WAIT) or less.
    CameAndWent,
    /// The outage came and went in a planned outage.
    Planned,
    /// The incident of the outage is transient: the outage was over before a person had to act.
    Transient,
    /// The observer was the first to find the chatbot failing, and not the only one: the chatbot went offline.
    NoOutlier,
    /// The end of an outage that was not told.
    NotToldOffline,
    /// A single change of a chatbot that flaps.
    Flapping,
    /// The chatbot was removed; another may have the name.
    OtherEnrolment,
    /// The chatbot belongs to another institution.
    OtherInstitution,
    /// The subscription does not cover it.
    NotCovered,
    /// The settings exclude it.
    NotWanted,
    /// It waited longer than [`MAX_AGE`](super::combine::MAX_AGE).
    Expired,
    /// The subscription has ended, or its recipient has not confirmed it.
    Undeliverable,
    /// The release was withdrawn.
    Withdrawn,
}
