//! The signature of a CSR, which proves possession of its key. Verifies what OpenSSL, Windows and Java tools write; another
//! method is named in the error, because the request may well be sound.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPssSaltLength, VerificationAlgorithm,
};
use x509_parser::{
    asn1_rs::{Oid, oid},
    certification_request::X509CertificationRequest,
    oid_registry::{
        OID_EC_P256, OID_NIST_HASH_SHA256, OID_NIST_HASH_SHA384, OID_NIST_HASH_SHA512, OID_PKCS1_RSASSAPSS,
        OID_PKCS1_SHA1WITHRSA, OID_PKCS1_SHA256WITHRSA, OID_PKCS1_SHA384WITHRSA, OID_PKCS1_SHA512WITHRSA,
        OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ECDSA_WITH_SHA384, OID_SIG_ECDSA_WITH_SHA512, OidRegistry,
    },
    signature_algorithm::RsaSsaPssParams,
    x509::AlgorithmIdentifier,
};

/// `ecdsa-with-Specified` (ANSI X9.62): the hash is a parameter. Windows writes it with `AlternateSignatureAlgorithm`.
const OID_ECDSA_SPECIFIED: Oid<'static> = oid!(1.2.840.10045.4.3);
/// `ecdsa-with-SHA1` (RFC 3279, section 2.2.3). It is in no registry of names.
const OID_ECDSA_SHA1: Oid<'static> = oid!(1.2.840.10045.4.1);
/// `id-mgf1` (RFC 8017, appendix A.2.1).
const OID_MGF1: Oid<'static> = oid!(1.2.840.113549.1.1.8);

/// The reason why a signature proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// It does not verify.
    #[error("the request's signature does not verify with its own key")]
    NotVerified,
    /// It is of a method that is not verified, which the text names.
    #[error("the request is signed with {0}: sign it with ECDSA or RSA, and SHA-256, SHA-384 or SHA-512")]
    Method(String),
}

/// A hash function of an accepted signature.
#[derive(Clone, Copy)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn from_oid(oid: &Oid<'_>) -> Option<Self> {
        [
            (OID_NIST_HASH_SHA256, Self::Sha256),
            (OID_NIST_HASH_SHA384, Self::Sha384),
            (OID_NIST_HASH_SHA512, Self::Sha512),
        ]
        .into_iter()
        .find_map(|(known, hash)| (*oid == known).then_some(hash))
    }
}

/// Verifies the signature of `csr` with its own RSA key.
pub(crate) fn verify_rsa(csr: &X509CertificationRequest<'_>) -> Result<(), InvalidSignature> {
    let AlgorithmIdentifier { algorithm, .. } = &csr.signature_algorithm;
    if *algorithm == OID_PKCS1_RSASSAPSS {
        return verify(csr, pss(&csr.signature_algorithm).as_ref());
    }
    // Old tools sign with SHA-1. For the proof of possession of a key it suffices.
    if *algorithm == OID_PKCS1_SHA1WITHRSA {
        return csr.verify_signature().map_err(|_| InvalidSignature::NotVerified);
    }
    let pkcs1 = [
        (OID_PKCS1_SHA256WITHRSA, &RSA_PKCS1_2048_8192_SHA256),
        (OID_PKCS1_SHA384WITHRSA, &RSA_PKCS1_2048_8192_SHA384),
        (OID_PKCS1_SHA512WITHRSA, &RSA_PKCS1_2048_8192_SHA512),
    ];
    verify(csr, pkcs1.into_iter().find_map(|(known, method)| (*algorithm == known).then_some(method)))
}

/// Verifies the signature of `csr` with its own key on `curve`, P-256 or P-384.
pub(crate) fn verify_ecdsa(csr: &X509CertificationRequest<'_>, curve: &Oid<'_>) -> Result<(), InvalidSignature> {
    let AlgorithmIdentifier { algorithm, parameters } = &csr.signature_algorithm;
    let hash = if *algorithm == OID_ECDSA_SPECIFIED {
        let hash = parameters.clone().and_then(|hash| AlgorithmIdentifier::try_from(hash).ok());
        hash.and_then(|hash| Hash::from_oid(&hash.algorithm))
    } else {
        [
            (OID_SIG_ECDSA_WITH_SHA256, Hash::Sha256),
            (OID_SIG_ECDSA_WITH_SHA384, Hash::Sha384),
            (OID_SIG_ECDSA_WITH_SHA512, Hash::Sha512),
        ]
        .into_iter()
        .find_map(|(known, hash)| (*algorithm == known).then_some(hash))
    };
    let method: Option<&EcdsaVerificationAlgorithm> = hash.map(|hash| match (*curve == OID_EC_P256, hash) {
        (true, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
        (true, Hash::Sha384) => &ECDSA_P256_SHA384_ASN1,
        (true, Hash::Sha512) => &ECDSA_P256_SHA512_ASN1,
        (false, Hash::Sha256) => &ECDSA_P384_SHA256_ASN1,
        (false, Hash::Sha384) => &ECDSA_P384_SHA384_ASN1,
        (false, Hash::Sha512) => &ECDSA_P384_SHA512_ASN1,
    });
    verify(csr, method)
}

/// Returns the method of an RSA-PSS signature, if its mask uses the same hash as the message, which is what tools write.
fn pss(algorithm: &AlgorithmIdentifier<'_>) -> Option<RsaParameters> {
    let parameters = RsaSsaPssParams::try_from(algorithm.parameters.as_ref()?).ok()?;
    let mask = parameters.mask_gen_algorithm().ok()?;
    if mask.mgf != OID_MGF1 || mask.hash != *parameters.hash_algorithm_oid() || parameters.trailer_field() != 1 {
        return None;
    }
    let salt = RsaPssSaltLength::Custom(parameters.salt_length().try_into().ok()?);
    Some(match Hash::from_oid(parameters.hash_algorithm_oid())? {
        Hash::Sha256 => RSA_PSS_2048_8192_SHA256.with_pss_salt_length(salt),
        Hash::Sha384 => RSA_PSS_2048_8192_SHA384.with_pss_salt_length(salt),
        Hash::Sha512 => RSA_PSS_2048_8192_SHA512.with_pss_salt_length(salt),
    })
}

fn verify(
    csr: &X509CertificationRequest<'_>,
    method: Option<&impl VerificationAlgorithm>,
) -> Result<(), InvalidSignature> {
    let method = method.ok_or_else(|| InvalidSignature::Method(name(&csr.signature_algorithm)))?;
    let info = &csr.certification_request_info;
    let key = &info.subject_pki.subject_public_key.data;
    method.verify_sig(key, info.raw, &csr.signature_value.data).map_err(|_| InvalidSignature::NotVerified)
}

/// Returns the name of a signature algorithm, with the hash where it is a parameter.
fn name(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let registry = OidRegistry::default().with_crypto();
    let text = |oid: &Oid<'_>| match registry.get(oid) {
        Some(entry) => entry.sn().to_owned(),
        None if *oid == OID_ECDSA_SHA1 => "ecdsa-with-SHA1".to_owned(),
        None => oid.to_id_string(),
    };
    let method = text(&algorithm.algorithm);
    let pss = algorithm.parameters.as_ref().filter(|_| algorithm.algorithm == OID_PKCS1_RSASSAPSS);
    let Some(pss) = pss.and_then(|parameters| RsaSsaPssParams::try_from(parameters).ok()) else { return method };
    let hash = text(pss.hash_algorithm_oid());
    match pss.mask_gen_algorithm() {
        Ok(mask) => format!("{method} with {hash} and MGF1 with {}", text(&mask.hash)),
        Err(_) => format!("{method} with {hash}"),
    }
}
