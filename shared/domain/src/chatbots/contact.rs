//! Contact addresses of owners.

use std::{fmt, str::FromStr};

use email_address::EmailAddress;
use serde::{Deserialize, Deserializer, Serialize};

use crate::json::non_null;

/// The e-mail address of a chatbot's owner, as written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Contact(String);

/// The most characters of an address (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const MAX_LENGTH: usize = 254;

/// A text that is not a [`Contact`], or not one that can be sent to.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InvalidContact {
    /// More than [`MAX_LENGTH`] characters.
    #[error("an e-mail address has at most {MAX_LENGTH} characters")]
    TooLong,
    /// Not an e-mail address.
    #[error("not an e-mail address: {0}")]
    NotAnAddress(email_address::Error),
    /// Text around the address.
    #[error("not an e-mail address: it has brackets or spaces around it")]
    Surrounded,
    /// The domain is no domain name.
    #[error("not an e-mail address: its domain is no domain name")]
    Domain,
    /// The part before the `@` has characters outside ASCII.
    #[error("e-mail cannot be sent to it: the part before the @ must be ASCII")]
    LocalPart,
}

impl Contact {
    /// Returns the address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the address as SES takes it: an internationalised domain in Punycode (RFC 5891).
    ///
    /// # Errors
    /// [`InvalidContact::LocalPart`]; [`InvalidContact::Domain`].
    pub fn to_ascii(&self) -> Result<String, InvalidContact> {
        let (local, domain) = self.0.rsplit_once('@').ok_or(InvalidContact::Domain)?;
        if !local.is_ascii() {
            return Err(InvalidContact::LocalPart);
        }
        Ok(format!("{local}@{}", ascii_domain(domain)?))
    }
}

fn ascii_domain(domain: &str) -> Result<String, InvalidContact> {
    if domain.is_ascii() {
        return Ok(domain.to_owned());
    }
    idna::domain_to_ascii_strict(domain).map_err(|_| InvalidContact::Domain)
}

/// Reads a contact to which e-mail can be sent ([`Contact::to_ascii`]).
pub(crate) fn deliverable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Contact, D::Error> {
    let contact = Contact::deserialize(deserializer)?;
    contact.to_ascii().map_err(serde::de::Error::custom)?;
    Ok(contact)
}

/// Reads a stored contact. It is not checked again: what an earlier version took stays readable.
pub(crate) fn stored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Contact, D::Error> {
    String::deserialize(deserializer).map(Contact)
}

/// Reads a stored contact that may be absent, like [`stored`].
pub(crate) fn stored_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Contact>, D::Error> {
    non_null::<D, String>(deserializer).map(|text| text.map(Contact))
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({:?})", self.0)
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
        let address = EmailAddress::parse_with_options(&text, options).map_err(InvalidContact::NotAnAddress)?;
        // The library takes ` <owner@ministry.ee>` for an address with an empty display name.
        if format!("{}@{}", address.local_part(), address.domain()) != text {
            return Err(InvalidContact::Surrounded);
        }
        ascii_domain(address.domain())?;
        Ok(Self(text))
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
        contact.0
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

    #[test]
    fn address_with_text_around_it_is_refused() {
        for bad in [" <owner@example.ee>", "<owner@example.ee>", " owner@example.ee", "owner@example.ee ", "\t<a@b.ee>"]
        {
            assert!(bad.parse::<Contact>().is_err(), "{bad:?}");
        }
        assert!("\"owner <1>\"@example.ee".parse::<Contact>().is_err(), "a quoted part has no spaces");
    }

    #[test]
    fn internationalised_domain_is_sent_to_in_punycode() {
        let contact: Contact = "info@jõgeva.ee".parse().expect("an address");
        assert_eq!(contact.as_str(), "info@jõgeva.ee");
        assert_eq!(contact.to_ascii().expect("deliverable"), "info@xn--jgeva-dua.ee");
        let plain: Contact = "Owner@Ministry.ee".parse().expect("an address");
        assert_eq!(plain.to_ascii().expect("deliverable"), "Owner@Ministry.ee");
        assert!(matches!("info@jõ--geva.ee".parse::<Contact>(), Err(InvalidContact::Domain)));
    }

    #[test]
    fn local_part_outside_ascii_cannot_be_sent_to() {
        let contact: Contact = "jüri@example.ee".parse().expect("an address");
        assert!(matches!(contact.to_ascii(), Err(InvalidContact::LocalPart)));
    }

    #[test]
    fn stored_contact_is_read_as_it_is() {
        #[derive(Deserialize)]
        struct Stored {
            #[serde(deserialize_with = "stored")]
            contact: Contact,
            #[serde(default, deserialize_with = "stored_optional")]
            second: Option<Contact>,
        }
        let old = r#"{"contact": " <owner@example.ee>", "second": "<a@b.ee>"}"#;
        let Stored { contact, second } = serde_json::from_str(old).expect("read");
        assert_eq!((contact.as_str(), second.as_ref().map(Contact::as_str)), (" <owner@example.ee>", Some("<a@b.ee>")));
        let Stored { second, .. } = serde_json::from_str(r#"{"contact": "a@b.ee"}"#).expect("read");
        assert_eq!(second, None);
    }
}
