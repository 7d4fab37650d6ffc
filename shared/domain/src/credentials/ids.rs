//! The ids of credentials: the holder, then the number of the credential. They are the keys in the store and the
//! positions from which paged lists continue.

use std::{fmt, str::FromStr};

use crate::{
    chatbots::name::Name,
    credentials::{
        api_key::{ApiKey, KeyId},
        certificate::Certificate,
        profile::Profile,
        serial::Serial,
    },
};

/// Identifies a certificate. As text `<profile>#<name>#<serial>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CertificateId {
    /// The holder's profile.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The serial number.
    pub serial: Serial,
}

/// A text that is not a [`CertificateId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a certificate: expected <profile>#<name>#<serial>")]
pub struct InvalidCertificateId;

impl fmt::Display for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.profile, self.name, self.serial)
    }
}

impl FromStr for CertificateId {
    type Err = InvalidCertificateId;

    fn from_str(text: &str) -> Result<Self, InvalidCertificateId> {
        let (profile, name, serial) = split(text).ok_or(InvalidCertificateId)?;
        Ok(Self { profile, name, serial })
    }
}

impl From<&Certificate> for CertificateId {
    fn from(certificate: &Certificate) -> Self {
        let Certificate { profile, ref name, serial, .. } = *certificate;
        Self { profile, name: name.clone(), serial }
    }
}

/// Identifies an API key. It starts with the holder, so that only the holder's own certificate finds the key. As
/// text `<profile>#<name>#<id>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiKeyId {
    /// The holder's profile.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The id of the key among its holder's.
    pub id: KeyId,
}

/// A text that is not an [`ApiKeyId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an API key: expected <profile>#<name>#<id>")]
pub struct InvalidApiKeyId;

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.profile, self.name, self.id)
    }
}

impl FromStr for ApiKeyId {
    type Err = InvalidApiKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidApiKeyId> {
        let (profile, name, id) = split(text).ok_or(InvalidApiKeyId)?;
        Ok(Self { profile, name, id })
    }
}

impl From<&ApiKey> for ApiKeyId {
    fn from(key: &ApiKey) -> Self {
        Self { profile: key.profile, name: key.name.clone(), id: key.id.clone() }
    }
}

/// Splits `<profile>#<name>#<number>`.
fn split<T: FromStr>(text: &str) -> Option<(Profile, Name, T)> {
    let mut parts = text.splitn(3, '#');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_malformed_texts_are_refused() {
        let certificate = format!("chatbot#tax#{}", "0a".repeat(16));
        assert_eq!(certificate.parse::<CertificateId>().expect("an id").to_string(), certificate);
        assert_eq!("dmr#tartu#abcd27".parse::<ApiKeyId>().expect("an id").to_string(), "dmr#tartu#abcd27");
        for bad in ["", "dmr", "dmr#tartu", "printer#tartu#abcd27", "dmr#T#abcd27", "dmr#tartu#", "dmr#tartu#abcd27#"] {
            assert_eq!(bad.parse::<ApiKeyId>(), Err(InvalidApiKeyId), "{bad}");
            assert_eq!(bad.parse::<CertificateId>(), Err(InvalidCertificateId), "{bad}");
        }
    }
}
