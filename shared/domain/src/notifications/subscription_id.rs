//! The id of a subscription.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{chatbots::name::Name, notifications::channel::Address};

/// The bytes of an id: 128 bits of the hash, so that nobody finds another address with the same id.
const LENGTH: usize = 16;

/// Identifies a subscription: a hash of its institution, channel and address. It is the key, so that a subscription
/// which is requested twice is one. As text 32 hexadecimal digits.
///
/// It does not show the address, but somebody who guesses the address can check the guess.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubscriptionId([u8; LENGTH]);

/// A text that is not a [`SubscriptionId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a subscription has 32 digits of 0-9 and a-f")]
pub struct InvalidSubscriptionId;

impl SubscriptionId {
    /// Returns the id of the subscription of `address` at `institution`; none is the operations centre.
    #[must_use]
    pub fn new(institution: Option<&Name>, address: &Address) -> Self {
        let mut hash = Sha256::new();
        // Names have no space, so the parts have one separation. A name has two characters or more, so none is `-`.
        let institution = institution.map_or("-", Name::as_str);
        hash.update(format!("{institution} {} {}", address.channel().as_str(), address.as_str()));
        let mut id = [0; LENGTH];
        id.copy_from_slice(&hash.finalize()[..LENGTH]);
        Self(id)
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubscriptionId({self})")
    }
}

impl FromStr for SubscriptionId {
    type Err = InvalidSubscriptionId;

    fn from_str(text: &str) -> Result<Self, InvalidSubscriptionId> {
        // One spelling only: an id is a key.
        let is_id = text.len() == 2 * LENGTH && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_id).ok_or(InvalidSubscriptionId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl TryFrom<String> for SubscriptionId {
    type Error = InvalidSubscriptionId;

    fn try_from(text: String) -> Result<Self, InvalidSubscriptionId> {
        text.parse()
    }
}

impl From<SubscriptionId> for String {
    fn from(id: SubscriptionId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notifications::channel::Channel;

    fn id(institution: Option<&str>, channel: Channel, address: &str) -> SubscriptionId {
        let institution = institution.map(|name| name.parse::<Name>().expect("a good name"));
        SubscriptionId::new(institution.as_ref(), &Address::new(channel, address).expect("an address"))
    }

    #[test]
    fn id_is_a_hash_of_institution_channel_and_address() {
        let one = id(Some("tax"), Channel::Mail, "a@b.ee");
        // `printf 'tax mail a@b.ee' | sha256sum`, the first half.
        assert_eq!(one.to_string(), "03220545c3235ae6ba6426e110cf6d07");
        assert_eq!(id(Some("tax"), Channel::Mail, "a@B.EE"), one, "one normal form");
        for other in [
            id(None, Channel::Mail, "a@b.ee"),
            id(Some("police"), Channel::Mail, "a@b.ee"),
            id(Some("tax"), Channel::Email, "a@b.ee"),
            id(Some("tax"), Channel::Mail, "b@b.ee"),
        ] {
            assert_ne!(other, one);
        }
    }

    #[test]
    fn id_has_one_spelling() {
        let one = id(Some("tax"), Channel::Mail, "a@b.ee");
        assert_eq!(one.to_string().parse(), Ok(one));
        for bad in ["", "0", &"0".repeat(31), &"0".repeat(33), &"A".repeat(32), &format!("+{}", "0".repeat(31))] {
            assert_eq!(bad.parse::<SubscriptionId>(), Err(InvalidSubscriptionId), "{bad}");
        }
    }
}
