//! Accounts of chats, and the people whom they are linked with.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The time for which a code to link an account holds.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// The time after which a link ends: the person signs in again.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An account of a chat. Names and addresses can be chosen by its holder; these cannot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The word of the room: `slack`, `mattermost`.
    pub room: String,
    /// The workspace.
    pub team: String,
    /// The id of the account.
    pub user: String,
}

impl Account {
    /// Returns the SHA-256 of the account in 64 hexadecimal digits. The parts are letters and digits, so no two accounts have
    /// one text.
    #[must_use]
    pub fn hash(&self) -> String {
        let digest = Sha256::digest(format!("{}/{}/{}", self.room, self.team, self.user));
        digest.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The link of an account with a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The account.
    pub account: Account,
    /// The `sub` of the person.
    pub subject: String,
    /// Since when.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

impl Link {
    /// Returns the link of `account` with the person `subject` from `now` on.
    #[must_use]
    pub fn new(account: Account, subject: String, now: Timestamp) -> Self {
        Self { account, subject, since: now, until: now + LINK_LIFETIME }
    }

    /// Returns whether it holds at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_ends_after_thirty_days() {
        let account = Account { room: "slack".to_owned(), team: "T1".to_owned(), user: "U1".to_owned() };
        let now: Timestamp = "2026-11-28T09:00:00Z".parse().expect("a time");
        let link = Link::new(account.clone(), "EE1".to_owned(), now);
        assert_eq!(link.until.to_string(), "2026-12-28T09:00:00Z");
        assert!(link.holds(link.until - SignedDuration::from_nanos(1)) && !link.holds(link.until));
        assert_ne!(account.hash(), Account { room: "mattermost".to_owned(), ..account }.hash());
    }
}
