//! Client certificates that CentOps issued.
//!
//! The records are an allow-list: a certificate is accepted if its record exists and is valid. A certificate that the
//! authority signed but that has no record is refused.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    credentials::{
        csr::Csr,
        profile::Profile,
        revocation::{retained_until, revoke},
        serial::Serial,
    },
};

/// The validity of a certificate unless requested otherwise, in days.
pub const DEFAULT_VALIDITY_DAYS: u16 = 90;
/// The longest validity of a certificate, in days.
pub const MAX_VALIDITY_DAYS: u16 = 397;

/// The validity of a certificate in days: 1 to [`MAX_VALIDITY_DAYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct ValidityDays(u16);

/// A number of days outside the bounds of [`ValidityDays`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a certificate is valid for 1 to {MAX_VALIDITY_DAYS} days")]
pub struct InvalidValidityDays;

impl ValidityDays {
    /// Returns the number of days.
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

/// A certificate as an administrator requests it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCertificate {
    /// The holder's profile.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The certificate signing request made with the holder's key: PKCS#10, PEM. Only its public key is used.
    pub csr: Csr,
    /// The validity in days.
    #[serde(default)]
    pub days: ValidityDays,
}

/// A newly signed certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedCertificate {
    /// The serial number.
    pub serial: Serial,
    /// The holder's profile.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The start of its validity.
    pub not_before: Timestamp,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// The certificate in PEM.
    pub pem: String,
    /// The public key, if it is RSA: SPKI in PEM. Responses omit it, because the holder has it.
    #[serde(skip)]
    pub rsa_public_key: Option<String>,
}

/// The record of an issued certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// The serial number.
    pub serial: Serial,
    /// The holder's profile.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The enrolment that the certificate belongs to: the time at which its holder was enrolled or registered.
    pub enrolled_at: Timestamp,
    /// The start of its validity.
    pub not_before: Timestamp,
    /// The end of its validity.
    pub not_after: Timestamp,
    /// The time of issue.
    pub issued_at: Timestamp,
    /// The public key, if it is RSA: SPKI in PEM. Clients of the third generation encrypt with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rsa_public_key: Option<String>,
    /// The time of revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// The reason of the revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_reason: Option<String>,
}

/// A renewal as the holder of a certificate requests it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateRenewal {
    /// The certificate signing request made with the holder's new key: PKCS#10, PEM. Only its public key is used.
    pub csr: Csr,
}

/// The certificate was issued too recently to be renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the newest certificate can be renewed from {0} on")]
pub struct TooEarly(pub Timestamp);

/// The reason why an issued certificate is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotValid {
    /// It was revoked.
    #[error("the certificate is revoked")]
    Revoked,
    /// Its validity has not started.
    #[error("the certificate is not valid yet")]
    NotYet,
    /// Its validity has ended.
    #[error("the certificate has expired")]
    Expired,
}

impl Certificate {
    /// Returns the record of `issued`, signed at `now` for the holder that was enrolled at `enrolled_at`.
    #[must_use]
    pub fn new(issued: &IssuedCertificate, enrolled_at: Timestamp, now: Timestamp) -> Self {
        let IssuedCertificate { serial, profile, ref name, not_before, not_after, ref rsa_public_key, .. } = *issued;
        Self {
            serial,
            profile,
            name: name.clone(),
            enrolled_at,
            not_before,
            not_after,
            issued_at: now,
            rsa_public_key: rsa_public_key.clone(),
            revoked_at: None,
            revocation_reason: None,
        }
    }

    /// Checks that the certificate is valid at `now`.
    ///
    /// # Errors
    /// The reason why it is not valid.
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

    /// Returns the validity of the certificate that may replace this one at `now`: as long as this one's, in whole
    /// days.
    ///
    /// A third of its life must have passed. So a holder has a renewal at hand during two thirds of it, also after an
    /// answer was lost, and whoever has the holder's key cannot make more than a few certificates with it.
    ///
    /// # Errors
    /// The time from which it may be renewed.
    pub fn renewal(&self, now: Timestamp) -> Result<ValidityDays, TooEarly> {
        let life = self.not_after.duration_since(self.issued_at);
        let from = self.issued_at.checked_add(life / 3).unwrap_or(Timestamp::MAX);
        if now < from {
            return Err(TooEarly(from));
        }
        let half_days = life.as_hours() / 12;
        let days = u16::try_from((half_days + 1) / 2).unwrap_or(MAX_VALIDITY_DAYS);
        Ok(ValidityDays(days.clamp(1, MAX_VALIDITY_DAYS)))
    }

    /// Returns the record, revoked at `now`. An earlier revocation keeps its time and reason.
    #[must_use]
    pub fn revoked(mut self, reason: &str, now: Timestamp) -> Self {
        revoke(&mut self.revoked_at, &mut self.revocation_reason, reason, now);
        self
    }

    /// Returns the time until which the record is kept.
    #[must_use]
    pub fn retained_until(&self) -> Timestamp {
        retained_until(self.not_after)
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
        Certificate::new(&issued, at(90), at(110))
    }

    #[test]
    fn certificate_is_valid_between_its_bounds_until_revoked() {
        let certificate = certificate();
        let validity = [99, 100, 200, 201].map(|second| certificate.check_validity(at(second)));
        assert_eq!(validity, [Err(NotValid::NotYet), Ok(()), Ok(()), Err(NotValid::Expired)]);
        let revoked = certificate.revoked("lost", at(150));
        assert_eq!(revoked.check_validity(at(150)), Err(NotValid::Revoked));
        assert_eq!(revoked.clone().revoked("again", at(160)), revoked, "the first revocation is kept");
    }

    #[test]
    fn renewal_starts_after_a_third_of_the_life_and_has_the_same_length() {
        let day = 86_400;
        let certificate = Certificate { issued_at: at(0), not_after: at(90 * day), ..certificate() };
        assert_eq!(certificate.renewal(at(30 * day - 1)), Err(TooEarly(at(30 * day))));
        assert_eq!(certificate.renewal(at(30 * day)).map(ValidityDays::get), Ok(90));
        let days = |seconds| {
            let certificate = Certificate { not_after: at(seconds), ..certificate.clone() };
            certificate.renewal(at(seconds)).map(ValidityDays::get)
        };
        assert_eq!([60, day, 397 * day, 1000 * day].map(days), [Ok(1), Ok(1), Ok(397), Ok(397)]);
    }

    #[test]
    fn requested_validity_is_bounded() {
        let requested = |more: &str| {
            serde_json::from_str::<NewCertificate>(&format!(r#"{{"profile":"dmr","name":"tartu","csr":""{more}}}"#))
        };
        assert_eq!(requested("").expect("enough").days.get(), 90);
        assert_eq!(requested(r#","days":397"#).expect("the most").days.get(), 397);
        for bad in [r#","days":0"#, r#","days":398"#, r#","key":"x""#] {
            assert!(requested(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Profile>(r#""printer""#).is_err());
    }
}
