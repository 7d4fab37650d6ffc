//! The authority's certificate and key, and the certificates that it issues.

use centops_domain::{
    chatbots::Name,
    credentials::{Csr, IssuedCertificate, Profile, Serial},
};
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use time::OffsetDateTime;
use x509_parser::{certificate::X509Certificate, parse_x509_certificate, pem::parse_x509_pem};

use crate::csr::{self, InvalidCsr};

/// The `O` of every certificate.
const ORGANISATION: &str = "Buerokratt";
/// A certificate's `notBefore` precedes its issue by this time, for verifiers with a slow clock.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The certificate and key cannot be used as an authority.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAuthority {
    /// The certificate is not PEM of an X.509 certificate.
    #[error("the authority's certificate is not PEM of an X.509 certificate")]
    Certificate,
    /// The certificate may not sign other certificates.
    #[error("the authority's certificate is not a CA certificate: it needs CA:TRUE and keyCertSign")]
    NotACa,
    /// The key cannot be read or used.
    #[error("the authority's key cannot be used: {0}")]
    Key(String),
    /// The key does not match the certificate, or the certificate's subject cannot be re-encoded byte for byte.
    #[error("a signature by the authority's key does not verify with its certificate: check that they belong together")]
    Mismatch,
}

/// A certificate authority: its certificate and key.
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    not_after: Timestamp,
}

impl std::fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertificateAuthority").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

impl CertificateAuthority {
    /// Returns the authority of a certificate and its key, both in PEM. A test signature proves that they belong
    /// together.
    ///
    /// # Errors
    /// When they cannot be used as an authority.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, InvalidAuthority> {
        let (_, pem) = parse_x509_pem(certificate.as_bytes()).map_err(|_| InvalidAuthority::Certificate)?;
        let (_, parsed) = parse_x509_certificate(&pem.contents).map_err(|_| InvalidAuthority::Certificate)?;
        let signs = parsed.key_usage().ok().flatten().is_none_or(|usage| usage.value.key_cert_sign());
        if !parsed.is_ca() || !signs {
            return Err(InvalidAuthority::NotACa);
        }
        let not_after = Timestamp::from_second(parsed.validity().not_after.timestamp())
            .map_err(|_| InvalidAuthority::Certificate)?;
        let key = KeyPair::from_pem(key).map_err(|error| InvalidAuthority::Key(error.to_string()))?;
        let issuer = Issuer::from_ca_cert_der(&pem.contents.as_slice().into(), key)
            .map_err(|_| InvalidAuthority::Certificate)?;
        let authority = Self { issuer, not_after };
        authority.check_key_matches(&parsed)?;
        Ok(authority)
    }

    /// Returns the end of the authority's own validity.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Issues a certificate of `name` for the key of `csr`. It is valid from five minutes before `now` for `days`
    /// days, but not longer than the authority's own certificate. `serial` must be random.
    ///
    /// # Errors
    /// When the CSR is not acceptable, or the certificate cannot be signed.
    pub fn issue(
        &self,
        csr: &Csr,
        profile: Profile,
        name: &Name,
        days: u16,
        serial: [u8; 16],
        now: Timestamp,
    ) -> Result<IssuedCertificate, InvalidCsr> {
        let (key, rsa_public_key) = csr::public_key(csr)?;
        let failed = |error: &dyn std::fmt::Display| InvalidCsr::SigningFailed(error.to_string());
        let lifetime = SignedDuration::from_hours(24 * i64::from(days));
        let end = now.checked_add(lifetime).map_err(|error| failed(&error))?.min(self.not_after);
        // X.509 times have whole seconds.
        let to_second = |at: Timestamp| Timestamp::from_second(at.as_second()).map_err(|error| failed(&error));
        let (not_before, not_after) = (to_second(now - CLOCK_SKEW)?, to_second(end)?);
        let params = params(profile, name, serial, not_before, not_after).map_err(|error| failed(&error))?;
        let signed = params.signed_by(&key, &self.issuer).map_err(|error| failed(&error))?;
        let serial = Serial::new(serial);
        let (name, pem) = (name.clone(), signed.pem());
        Ok(IssuedCertificate { serial, profile, name, not_before, not_after, pem, rsa_public_key })
    }

    /// Checks that a signature by this authority verifies with its `certificate`.
    fn check_key_matches(&self, certificate: &X509Certificate<'_>) -> Result<(), InvalidAuthority> {
        let test = CertificateParams::default().signed_by(self.issuer.key(), &self.issuer);
        let test = test.map_err(|error| InvalidAuthority::Key(error.to_string()))?;
        let (_, test) = parse_x509_certificate(test.der()).map_err(|_| InvalidAuthority::Mismatch)?;
        // Verifiers build chains by comparing the bytes of the names.
        let same_name = test.issuer().as_raw() == certificate.subject().as_raw();
        let verifies = test.verify_signature(Some(certificate.public_key())).is_ok();
        if same_name && verifies { Ok(()) } else { Err(InvalidAuthority::Mismatch) }
    }
}

/// Returns the content of a client certificate.
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
