//! CentOps's own certificate authority: it signs the certificates of DMRs and chatbots.
//!
//! A holder makes its own key and sends a request (PKCS#10) that proves it has it; the key never comes
//! here. Of the request only the public key counts: who the holder is, and for how long, is ours to say.
//! Signing is pure: the serial number's dice and the time are arguments. [`secret`] brings the
//! authority's key.

mod request;
pub mod secret;

use centops_domain::{
    certificate::{Issued, Profile, Serial},
    name::Name,
};
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use time::OffsetDateTime;
use x509_parser::{certificate::X509Certificate, parse_x509_certificate, pem::parse_x509_pem};

pub use request::{InvalidCsr, check};

/// The `O` of every certificate.
const ORGANISATION: &str = "Buerokratt";
/// So much earlier than its issue a certificate holds, for clocks that are late.
const EARLIER: SignedDuration = SignedDuration::from_mins(5);

/// A certificate and a key that make no authority.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAuthority {
    /// The certificate is not PEM of an X.509 certificate.
    #[error("the authority's certificate is not PEM of an X.509 certificate")]
    Certificate,
    /// The certificate may not sign others.
    #[error("the authority's certificate is not one of an authority: it needs CA:TRUE and keyCertSign")]
    NoAuthority,
    /// The key cannot be read or used.
    #[error("the authority's key cannot be used: {0}")]
    Key(String),
    /// The key is another certificate's, or the certificate's subject cannot be written again as it stands.
    #[error("what the authority signs does not verify by its certificate: is the key another one's?")]
    Mismatch,
}

/// The authority: a certificate and its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    ends: Timestamp,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("ends", &self.ends).finish_non_exhaustive()
    }
}

impl Authority {
    /// The authority of a certificate and its key, both PEM. A trial signature shows that they belong
    /// together.
    ///
    /// # Errors
    /// When they make no authority.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, InvalidAuthority> {
        let (_, pem) = parse_x509_pem(certificate.as_bytes()).map_err(|_| InvalidAuthority::Certificate)?;
        let (_, parsed) = parse_x509_certificate(&pem.contents).map_err(|_| InvalidAuthority::Certificate)?;
        let signs = parsed.key_usage().ok().flatten().is_none_or(|usage| usage.value.key_cert_sign());
        if !parsed.is_ca() || !signs {
            return Err(InvalidAuthority::NoAuthority);
        }
        let ends = Timestamp::from_second(parsed.validity().not_after.timestamp())
            .map_err(|_| InvalidAuthority::Certificate)?;
        let key = KeyPair::from_pem(key).map_err(|error| InvalidAuthority::Key(error.to_string()))?;
        let issuer = Issuer::from_ca_cert_der(&pem.contents.as_slice().into(), key)
            .map_err(|_| InvalidAuthority::Certificate)?;
        let authority = Self { issuer, ends };
        authority.check(&parsed)?;
        Ok(authority)
    }

    /// Until when it can sign.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.ends
    }

    /// The certificate of `name` for the key of the request `csr_pem`, from a little before `now`, for
    /// `days` days, but no longer than the authority's own. `serial` is random.
    ///
    /// # Errors
    /// When the request is none that is signed for.
    pub fn issue(
        &self,
        csr_pem: &str,
        profile: Profile,
        name: &Name,
        days: u16,
        serial: [u8; 16],
        now: Timestamp,
    ) -> Result<Issued, InvalidCsr> {
        let (key, rsa_public_key) = request::key(csr_pem)?;
        let unsigned = |error: &dyn std::fmt::Display| InvalidCsr::Unsigned(error.to_string());
        let life = SignedDuration::from_hours(24 * i64::from(days));
        let end = now.checked_add(life).map_err(|error| unsigned(&error))?.min(self.ends);
        // A certificate knows whole seconds.
        let second = |at: Timestamp| Timestamp::from_second(at.as_second()).map_err(|error| unsigned(&error));
        let (not_before, not_after) = (second(now - EARLIER)?, second(end)?);
        let params = params(profile, name, serial, not_before, not_after).map_err(|error| unsigned(&error))?;
        let signed = params.signed_by(&key, &self.issuer).map_err(|error| unsigned(&error))?;
        let serial = Serial::new(serial);
        let (name, pem) = (name.clone(), signed.pem());
        Ok(Issued { serial, profile, name, not_before, not_after, pem, rsa_public_key })
    }

    /// Checks that a signature of this authority verifies by its `certificate`.
    fn check(&self, certificate: &X509Certificate<'_>) -> Result<(), InvalidAuthority> {
        let trial = CertificateParams::default().signed_by(self.issuer.key(), &self.issuer);
        let trial = trial.map_err(|error| InvalidAuthority::Key(error.to_string()))?;
        let (_, trial) = parse_x509_certificate(trial.der()).map_err(|_| InvalidAuthority::Mismatch)?;
        // Chains are built by the bytes of the names.
        let named = trial.issuer().as_raw() == certificate.subject().as_raw();
        let signed = trial.verify_signature(Some(certificate.public_key())).is_ok();
        if named && signed { Ok(()) } else { Err(InvalidAuthority::Mismatch) }
    }
}

fn params(
    profile: Profile,
    name: &Name,
    serial: [u8; 16],
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, time::error::ComponentRange> {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, ORGANISATION);
    subject.push(DnType::OrganizationalUnitName, profile.as_str());
    subject.push(DnType::CommonName, name.as_str());
    let mut params = CertificateParams::default();
    params.not_before = OffsetDateTime::from_unix_timestamp(not_before.as_second())?;
    params.not_after = OffsetDateTime::from_unix_timestamp(not_after.as_second())?;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = subject;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
