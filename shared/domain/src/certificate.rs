//! Client certificates: which ones CentOps issued, and which of those hold.
//!
//! A certificate gets in when CentOps has a record of it that holds: an allow-list. One that was signed
//! by the authority and is not recorded is nobody's.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{caller::Caller, control::ControlReason, name::Name};

/// How long a certificate holds unless something else is asked for.
pub const USUAL_DAYS: u16 = 90;
/// The longest that a certificate may hold.
pub const MOST_DAYS: u16 = 397;

/// What the holder of a certificate is. The `OU` of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// A message router.
    Dmr,
    /// A chatbot.
    Chatbot,
}

/// A text that is no [`Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a profile is dmr or chatbot")]
pub struct UnknownProfile;

impl Profile {
    /// As in the subject.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dmr => "dmr",
            Self::Chatbot => "chatbot",
        }
    }

    /// The holder of that name.
    #[must_use]
    pub fn caller(self, name: Name) -> Caller {
        match self {
            Self::Dmr => Caller::Dmr(name),
            Self::Chatbot => Caller::Chatbot(name),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "dmr" => Ok(Self::Dmr),
            "chatbot" => Ok(Self::Chatbot),
            _ => Err(UnknownProfile),
        }
    }
}

/// A certificate's serial number, 128 bits. As text 32 hexadecimal digits, lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial([u8; 16]);

/// A text that is no [`Serial`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a serial number has 32 digits of 0-9 and a-f")]
pub struct InvalidSerial;

impl Serial {
    /// The number with these bytes, the highest first.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The number in a certificate: big-endian, of any length. None where it is larger than ours are.
    #[must_use]
    pub fn of_der(bytes: &[u8]) -> Option<Self> {
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let digits = bytes.get(zeros..)?;
        let mut serial = [0; 16];
        serial.get_mut(16_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
        Some(Self(serial))
    }

    /// Its bytes, the highest first.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for Serial {
    type Err = InvalidSerial;

    fn from_str(text: &str) -> Result<Self, InvalidSerial> {
        let fits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| fits).ok_or(InvalidSerial)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl TryFrom<String> for Serial {
    type Error = InvalidSerial;

    fn try_from(text: String) -> Result<Self, InvalidSerial> {
        text.parse()
    }
}

impl From<Serial> for String {
    fn from(serial: Serial) -> Self {
        serial.to_string()
    }
}

/// How many days a certificate is to hold: 1 to [`MOST_DAYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Days(u16);

/// A number of days that no certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a certificate holds from 1 to {MOST_DAYS} days")]
pub struct InvalidDays;

impl Days {
    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl Default for Days {
    fn default() -> Self {
        Self(USUAL_DAYS)
    }
}

impl TryFrom<u16> for Days {
    type Error = InvalidDays;

    fn try_from(days: u16) -> Result<Self, InvalidDays> {
        if (1..=MOST_DAYS).contains(&days) { Ok(Self(days)) } else { Err(InvalidDays) }
    }
}

impl From<Days> for u16 {
    fn from(days: Days) -> Self {
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
    pub days: Days,
}

/// A certificate that was just signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Issued {
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
    pub reason: ControlReason,
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
pub enum NotHolding {
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
    pub fn of(issued: &Issued, now: Timestamp) -> Self {
        let Issued { serial, profile, ref name, not_before, not_after, ref rsa_public_key, .. } = *issued;
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
    pub fn holds(&self, now: Timestamp) -> Result<(), NotHolding> {
        if self.revoked_at.is_some() {
            Err(NotHolding::Revoked)
        } else if now < self.not_before {
            Err(NotHolding::NotYet)
        } else if now > self.not_after {
            Err(NotHolding::Expired)
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
    pub fn kept_until(&self) -> Timestamp {
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
        let issued = Issued {
            serial: Serial::new([7; 16]),
            profile: Profile::Chatbot,
            name: "tax".parse().expect("a good name"),
            not_before: at(100),
            not_after: at(200),
            pem: String::new(),
            rsa_public_key: None,
        };
        Certificate::of(&issued, at(110))
    }

    #[test]
    fn it_holds_between_its_two_ends_until_it_is_revoked() {
        let certificate = certificate();
        let held = [99, 100, 200, 201].map(|second| certificate.holds(at(second)));
        assert_eq!(held, [Err(NotHolding::NotYet), Ok(()), Ok(()), Err(NotHolding::Expired)]);
        let revoked = certificate.revoked("lost", at(150));
        assert_eq!(revoked.holds(at(150)), Err(NotHolding::Revoked));
        assert_eq!(revoked.clone().revoked("again", at(160)), revoked, "the first word stands");
    }

    #[test]
    fn a_serial_number_is_one_text_whatever_its_bytes() {
        let high = [0xff; 16];
        let der = [&[0][..], &high].concat();
        assert_eq!(Serial::of_der(&der), Some(Serial::new(high)));
        let mut low = [0; 16];
        low[15] = 5;
        assert_eq!(Serial::of_der(&[5]), Some(Serial::new(low)));
        assert_eq!(Serial::new(low).to_string(), "00000000000000000000000000000005");
        assert_eq!(Serial::of_der(&[1; 17]), None);
        assert_eq!("ff".repeat(16).parse(), Ok(Serial::new(high)));
        for bad in ["", "5", &"FF".repeat(16), &"0".repeat(33), &format!("+{}", "0".repeat(31)), &"õ".repeat(16)] {
            assert_eq!(bad.parse::<Serial>(), Err(InvalidSerial), "{bad}");
        }
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
