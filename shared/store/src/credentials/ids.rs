//! The ids of certificates and API keys.

use std::{fmt, str::FromStr};

use centops_domain::{
    api_key::{ApiKey, KeyId},
    certificate::{Certificate, Profile, Serial},
    name::Name,
};

/// Id of an API key. It begins with the holder, so that only the holder's own certificate finds it. As text: its parts
/// with `#` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyId {
    /// The profile of the holder.
    pub profile: Profile,
    /// The holder.
    pub name: Name,
    /// The id of the key among the holder's.
    pub id: KeyId,
}

/// Error of parsing an [`ApiKeyId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the place of an API key")]
pub struct InvalidApiKeyId;

impl fmt::Display for ApiKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.profile, self.name, self.id)
    }
}

impl FromStr for ApiKeyId {
    type Err = InvalidApiKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidApiKeyId> {
        let mut parts = text.splitn(3, '#');
        let mut next = || parts.next().unwrap_or_default();
        match (next().parse(), next().parse(), next().parse()) {
            (Ok(profile), Ok(name), Ok(id)) => Ok(Self { profile, name, id }),
            _ => Err(InvalidApiKeyId),
        }
    }
}

impl From<&ApiKey> for ApiKeyId {
    fn from(key: &ApiKey) -> Self {
        let ApiKey { id, profile, name, .. } = key.clone();
        Self { profile, name, id }
    }
}

/// Id of a certificate. As text: its parts with `#` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateId {
    /// The profile of the holder.
    pub profile: Profile,
    /// The holder.
    pub name: Name,
    /// The serial number.
    pub serial: Serial,
}

/// Error of parsing a [`CertificateId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the place of a certificate")]
pub struct InvalidCertificateId;

impl fmt::Display for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.profile, self.name, self.serial)
    }
}

impl FromStr for CertificateId {
    type Err = InvalidCertificateId;

    fn from_str(text: &str) -> Result<Self, InvalidCertificateId> {
        let mut parts = text.splitn(3, '#');
        let mut next = || parts.next().unwrap_or_default();
        match (next().parse(), next().parse(), next().parse()) {
            (Ok(profile), Ok(name), Ok(serial)) => Ok(Self { profile, name, serial }),
            _ => Err(InvalidCertificateId),
        }
    }
}

impl From<&Certificate> for CertificateId {
    fn from(certificate: &Certificate) -> Self {
        let Certificate { profile, ref name, serial, .. } = *certificate;
        Self { profile, name: name.clone(), serial }
    }
}
