//! Certificate signing requests: PKCS#10, as a holder sends them.

use x509_parser::{
    certification_request::X509CertificationRequest,
    oid_registry::{OID_EC_P256, OID_NIST_EC_P384},
    pem::parse_x509_pem,
    prelude::FromDer,
    public_key::PublicKey,
    x509::SubjectPublicKeyInfo,
};

/// The most characters of a request: one with the longest key has some 2000.
const LONGEST: usize = 16 * 1024;

/// Why a request gets no certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCsr {
    /// It is not one PEM block of a request.
    #[error("not a certificate signing request: PKCS#10, one PEM block, at most {LONGEST} characters")]
    Unreadable,
    /// Whoever sent it does not show that the key is theirs.
    #[error("the request's signature does not verify by its own key")]
    Signature,
    /// The key is of a kind or size that is not signed for.
    #[error("the key is not EC P-256, EC P-384 or RSA of 2048 to 4096 bits")]
    Key,
    /// It is good, and could not be signed.
    #[error("the certificate could not be signed: {0}")]
    Unsigned(String),
}

/// Whether a certificate would be signed for the request `pem`.
///
/// # Errors
/// Why not.
pub fn check(pem: &str) -> Result<(), InvalidCsr> {
    key(pem).map(drop)
}

/// The public key of the request `pem`, which is of a good kind and did sign the request; where it is RSA also as
/// PEM.
pub(crate) fn key(pem: &str) -> Result<(rcgen::SubjectPublicKeyInfo, Option<String>), InvalidCsr> {
    if pem.len() > LONGEST {
        return Err(InvalidCsr::Unreadable);
    }
    let (rest, block) = parse_x509_pem(pem.as_bytes()).map_err(|_| InvalidCsr::Unreadable)?;
    let is_request = matches!(block.label.as_str(), "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST");
    if !is_request || !rest.trim_ascii().is_empty() {
        return Err(InvalidCsr::Unreadable);
    }
    let (rest, request) = X509CertificationRequest::from_der(&block.contents).map_err(|_| InvalidCsr::Unreadable)?;
    if !rest.is_empty() {
        return Err(InvalidCsr::Unreadable);
    }
    let key = &request.certification_request_info.subject_pki;
    if !is_good(key) {
        return Err(InvalidCsr::Key);
    }
    request.verify_signature().map_err(|_| InvalidCsr::Signature)?;
    // The key alone is taken, and its kind from itself: the request's signature may be of another.
    let taken = rcgen::SubjectPublicKeyInfo::from_der(key.raw).map_err(|_| InvalidCsr::Key)?;
    let is_rsa = matches!(key.parsed(), Ok(PublicKey::RSA(_)));
    Ok((taken, is_rsa.then(|| spki_pem(key.raw))))
}

/// The key of `der` as its holders' tools write it.
fn spki_pem(der: &[u8]) -> String {
    let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("PUBLIC KEY", der), lines)
}

/// Whether `key` is of a kind and size that is signed for.
fn is_good(key: &SubjectPublicKeyInfo<'_>) -> bool {
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => (2048..=4096).contains(&rsa.key_size()),
        Ok(PublicKey::EC(point)) => {
            let curve = key.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
            let known = curve.is_some_and(|curve| curve == OID_EC_P256 || curve == OID_NIST_EC_P384);
            // Uncompressed, as TLS wants it.
            known && point.data().first() == Some(&4)
        }
        _ => false,
    }
}
