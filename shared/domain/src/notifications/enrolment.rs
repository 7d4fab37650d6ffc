//! Enrolments: the identity of a chatbot for notifications.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chatbots::{chatbot::Chatbot, name::Name};

/// Identifies a chatbot: the name, and when it was enrolled. A name that is enrolled again is another chatbot.
///
/// Times are the same if they are to the millisecond: the keys of events, from which incidents know their chatbot, have no
/// more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// The name.
    pub name: Name,
    /// The time of the enrolment.
    pub enrolled_at: Timestamp,
}

impl Enrolment {
    /// Returns whether the chatbot of this name that was enrolled at `enrolled_at` is this one.
    #[must_use]
    pub fn is_at(&self, enrolled_at: Timestamp) -> bool {
        self.enrolled_at.as_millisecond() == enrolled_at.as_millisecond()
    }

    fn key(&self) -> (&Name, i64) {
        (&self.name, self.enrolled_at.as_millisecond())
    }
}

impl PartialEq for Enrolment {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Enrolment {}

impl PartialOrd for Enrolment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Enrolment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Enrolment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl From<&Chatbot> for Enrolment {
    fn from(chatbot: &Chatbot) -> Self {
        Self { name: chatbot.name.clone(), enrolled_at: chatbot.created_at }
    }
}

/// The present facts of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// When the chatbot that has the name was enrolled.
    pub enrolled_at: Timestamp,
    /// The institution that owns it.
    pub institution: Name,
}

impl From<&Chatbot> for Present {
    fn from(chatbot: &Chatbot) -> Self {
        Self { enrolled_at: chatbot.created_at, institution: chatbot.institution.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    #[test]
    fn enrolments_within_one_millisecond_are_one_in_every_collection() {
        let of = |name: &str, enrolled_at: &str| Enrolment {
            name: name.parse().expect("a name"),
            enrolled_at: enrolled_at.parse().expect("a time"),
        };
        let all = [
            of("tax-chat", "2026-11-27T03:11:00.123456789Z"),
            of("tax-chat", "2026-11-27T03:11:00.123Z"),
            of("tax-chat", "2026-11-27T03:11:00.124Z"),
            of("vat-chat", "2026-11-27T03:11:00.123Z"),
        ];
        assert_eq!(all[0], all[1]);
        assert!(all[0].is_at(all[1].enrolled_at) && !all[0].is_at(all[2].enrolled_at));
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 3);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 3);
        assert!(all[0] < all[2] && all[2] < all[3]);
    }
}
