//! Certificate signing requests (PKCS#10).

use centops_domain::credentials::Csr;
use x509_parser::{
    asn1_rs::Oid,
    certification_request::X509CertificationRequest,
    oid_registry::{OID_EC_P256, OID_NIST_EC_P384},
    pem::parse_x509_pem,
    prelude::FromDer,
    public_key::PublicKey,
    x509::SubjectPublicKeyInfo,
};

use crate::csr_signature::{self, InvalidSignature};

/// The reason that no certificate is issued for a CSR.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCsr {
    /// The text is not one PEM block of a CSR.
    #[error("not a certificate signing request: PKCS#10, one PEM block")]
    Unreadable,
    /// The signature does not prove possession of the key.
    #[error(transparent)]
    Signature(#[from] InvalidSignature),
    /// The key has another type or size than the accepted ones.
    #[error("the key is not EC P-256, EC P-384 or RSA of 2048 to 4096 bits")]
    Key,
    /// The CSR is valid, but the certificate could not be signed.
    #[error("the certificate could not be signed: {0}")]
    SigningFailed(String),
}

/// Checks that a certificate would be issued for `csr`.
///
/// # Errors
/// When the CSR is not acceptable.
pub fn check_csr(csr: &Csr) -> Result<(), InvalidCsr> {
    public_key(csr).map(drop)
}

/// Returns the public key of `csr`, and for an RSA key also its PEM. The key has an accepted type and signed
/// the CSR.
pub(crate) fn public_key(csr: &Csr) -> Result<(rcgen::SubjectPublicKeyInfo, Option<String>), InvalidCsr> {
    let (rest, block) = parse_x509_pem(csr.as_str().as_bytes()).map_err(|_| InvalidCsr::Unreadable)?;
    let is_csr = matches!(block.label.as_str(), "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST");
    if !is_csr || !rest.trim_ascii().is_empty() {
        return Err(InvalidCsr::Unreadable);
    }
    let (rest, request) = X509CertificationRequest::from_der(&block.contents).map_err(|_| InvalidCsr::Unreadable)?;
    if !rest.is_empty() {
        return Err(InvalidCsr::Unreadable);
    }
    let key = &request.certification_request_info.subject_pki;
    let parsed = key.parsed().map_err(|_| InvalidCsr::Key)?;
    match (&parsed, curve(key)) {
        (PublicKey::RSA(rsa), _) if (2048..=4096).contains(&rsa.key_size()) => csr_signature::verify_rsa(&request)?,
        // TLS requires uncompressed points.
        (PublicKey::EC(point), Some(curve)) if point.data().first() == Some(&4) => {
            csr_signature::verify_ecdsa(&request, &curve)?;
        }
        _ => return Err(InvalidCsr::Key),
    }
    // Only the key is used, with the algorithm that it names itself: the CSR's signature may use another.
    let public_key = rcgen::SubjectPublicKeyInfo::from_der(key.raw).map_err(|_| InvalidCsr::Key)?;
    let is_rsa = matches!(parsed, PublicKey::RSA(_));
    Ok((public_key, is_rsa.then(|| spki_pem(key.raw))))
}

/// Encodes a public key as PEM with LF line ends, as the clients' tools do.
fn spki_pem(der: &[u8]) -> String {
    let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new("PUBLIC KEY", der), lines)
}

/// Returns the curve of an EC key, if it is an accepted one.
fn curve<'a>(key: &SubjectPublicKeyInfo<'a>) -> Option<Oid<'a>> {
    let curve = key.algorithm.parameters.as_ref()?.clone().oid().ok()?;
    (curve == OID_EC_P256 || curve == OID_NIST_EC_P384).then_some(curve)
}
