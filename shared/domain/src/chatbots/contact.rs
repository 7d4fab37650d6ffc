//! Contact addresses of owners.

use std::str::FromStr;

use email_address::EmailAddress;
use serde::{Deserialize, Serialize};

/// The e-mail address of a chatbot's owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Contact(EmailAddress);

/// The most characters of an address (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const MAX_LENGTH: usize = 254;

/// A text that is not a [`Contact`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum InvalidContact {
    /// More than [`MAX_LENGTH`] characters.
    #[error("an e-mail address has at most {MAX_LENGTH} characters")]
    TooLong,
    /// Not an e-mail address.
    #[error("not an e-mail address: {0}")]
    NotAnAddress(email_address::Error),
}

impl Contact {
    /// Returns the address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for Contact {
    type Error = InvalidContact;

    fn try_from(text: String) -> Result<Self, InvalidContact> {
        if text.chars().count() > MAX_LENGTH {
            return Err(InvalidContact::TooLong);
        }
        // A host needs a top-level domain: `owner@localhost` is not reachable from the cloud.
        let options =
            email_address::Options::default().with_required_tld().without_domain_literal().without_display_text();
        EmailAddress::parse_with_options(&text, options).map(Self).map_err(InvalidContact::NotAnAddress)
    }
}

impl FromStr for Contact {
    type Err = InvalidContact;

    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        Self::try_from(text.to_owned())
    }
}

impl From<Contact> for String {
    fn from(contact: Contact) -> Self {
        contact.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreachable_addresses_are_refused() {
        assert!("owner@ministry.ee".parse::<Contact>().is_ok());
        for bad in ["", "owner", "owner@", "@ministry.ee", "owner@localhost", "A <a@ministry.ee>", "a@b.ee, c@d.ee"] {
            assert!(bad.parse::<Contact>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn address_longer_than_254_characters_is_refused() {
        let label = "a".repeat(61);
        let address = |last: usize| format!("owner@{label}.{label}.{label}.{}.ee", "b".repeat(last));
        let longest = address(MAX_LENGTH - address(0).len());
        assert_eq!(longest.len(), MAX_LENGTH);
        assert!(longest.parse::<Contact>().is_ok());
        assert!(longest.replacen("owner", "owners", 1).parse::<Contact>().is_err());
    }
}
