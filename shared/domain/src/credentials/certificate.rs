//! Client certificates: which ones CentOps issued, and which of those hold.
//!
//! A certificate gets in when CentOps has a record of it that holds: an allow-list. One that was signed
//! by the authority and is not recorded is nobody's.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    credentials::{profile::Profile, serial::Serial},
    text::Reason,
};

/// How long a certificate holds unless something else is asked for.
pub const DEFAULT_VALIDITY_DAYS: u16 = 90;
/// The longest that a certificate may hold.
pub const MAX_VALIDITY_DAYS: u16 = 397;

/// How many days a certificate is to hold: 1 to [`MAX_VALIDITY_DAYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct ValidityDays(u16);

/// A number of days that no certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a certificate holds from 1 to {MAX_VALIDITY_DAYS} days")]
pub struct InvalidValidityDays;

impl ValidityDays {
    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Default for ValidityDays {
    fn default() -> Self {
        Self(DEFAULT_VALIDITY_DAYS)
    }
}

impl TryFrom<u16> for ValidityDays {
    type Error = InvalidValidityDays;

    fn try_from(days: u16) -> Result<Self, InvalidValidityDays> {
        if (1..=MAX_VALIDITY_DAYS).contains(&days) { Ok(Self(days)) } else { Err(InvalidValidityDays) }
    }
}

impl From<ValidityDays> for u16 {
    fn from(days: ValidityDays) -> Self {
        days.0
    }
}

/// What an administrator asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCertificate {
    /// What the holder is.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The request that the holder made with its own key: PKCS#10, PEM. Only the key in it counts.
    pub csr: String,
    /// How long it is to hold.
    #[serde(default)]
    pub days: ValidityDays,
}

/// A certificate that was just signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedCertificate {
    /// Its number.
    pub serial: Serial,
    /// What its holder is.
    pub profile: Profile,
    /// Its holder.
    pub name: Name,
    /// Since when it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
    /// The certificate itself, PEM.
    pub pem: String,
    /// Its public key, where that is RSA: SPKI in PEM. Its holder has it, so answers do not repeat it.
    #[serde(skip)]
    pub rsa_public_key: Option<String>,
}

/// Why a certificate is to be revoked.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// In the administrator's words.
    pub reason: Reason,
}

/// What CentOps keeps of a certificate that it issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// Its number.
    pub serial: Serial,
    /// What its holder is.
    pub profile: Profile,
    /// Its holder.
    pub name: Name,
    /// Since when it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Its public key, where that is RSA: SPKI in PEM. Clients of the third generation encrypt with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rsa_public_key: Option<String>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Why it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_reason: Option<String>,
}

/// Why a certificate that CentOps issued does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotValid {
    /// It was revoked.
    #[error("the certificate is revoked")]
    Revoked,
    /// It holds later.
    #[error("the certificate does not hold yet")]
    NotYet,
    /// It held earlier.
    #[error("the certificate has expired")]
    Expired,
}

impl Certificate {
    /// The record of `issued`, which was signed at `now`.
    #[must_use]
    pub fn new(issued: &IssuedCertificate, now: Timestamp) -> Self {
        let IssuedCertificate { serial, profile, ref name, not_before, not_after, ref rsa_public_key, .. } = *issued;
        Self {
            serial,
            profile,
            name: name.clone(),
            not_before,
            not_after,
            issued_at: now,
            rsa_public_key: rsa_public_key.clone(),
            revoked_at: None,
            revocation_reason: None,
        }
    }

    /// Whether it holds at `now`.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check_validity(&self, now: Timestamp) -> Result<(), NotValid> {
        if self.revoked_at.is_some() {
            Err(NotValid::Revoked)
        } else if now < self.not_before {
            Err(NotValid::NotYet)
        } else if now > self.not_after {
            Err(NotValid::Expired)
        } else {
            Ok(())
        }
    }

    /// The same, revoked at `now`. One that was revoked before keeps its time and reason.
    #[must_use]
    pub fn revoked(mut self, reason: &str, now: Timestamp) -> Self {
        if self.revoked_at.is_none() {
            self.revoked_at = Some(now);
            self.revocation_reason = Some(reason.to_owned());
        }
        self
    }

    /// Until when the record is worth keeping.
    #[must_use]
    pub fn retained_until(&self) -> Timestamp {
        /// As long as the audit of what was done with it.
        const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
        self.not_after.checked_add(KEPT).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("a time")
    }

    fn certificate() -> Certificate {
        let issued = IssuedCertificate {
            serial: Serial::new([7; 16]),
            profile: Profile::Chatbot,
            name: "tax".parse().expect("a good name"),
            not_before: at(100),
            not_after: at(200),
            pem: String::new(),
            rsa_public_key: None,
        };
        Certificate::new(&issued, at(110))
    }

    #[test]
    fn it_holds_between_its_two_ends_until_it_is_revoked() {
        let certificate = certificate();
        let held = [99, 100, 200, 201].map(|second| certificate.check_validity(at(second)));
        assert_eq!(held, [Err(NotValid::NotYet), Ok(()), Ok(()), Err(NotValid::Expired)]);
        let revoked = certificate.revoked("lost", at(150));
        assert_eq!(revoked.check_validity(at(150)), Err(NotValid::Revoked));
        assert_eq!(revoked.clone().revoked("again", at(160)), revoked, "the first word stands");
    }

    #[test]
    fn what_is_asked_for_is_bounded() {
        let asked = |more: &str| {
            serde_json::from_str::<NewCertificate>(&format!(r#"{{"profile":"dmr","name":"tartu","csr":""{more}}}"#))
        };
        assert_eq!(asked("").expect("enough").days.get(), 90);
        assert_eq!(asked(r#","days":397"#).expect("the most").days.get(), 397);
        for bad in [r#","days":0"#, r#","days":398"#, r#","key":"x""#] {
            assert!(asked(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Profile>(r#""printer""#).is_err());
    }
}
