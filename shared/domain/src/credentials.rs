//! Credentials of DMRs and chatbots: client certificates and API keys.

pub(crate) mod api_key;
pub(crate) mod certificate;
pub(crate) mod csr;
pub(crate) mod expiry;
pub(crate) mod ids;
pub(crate) mod profile;
pub(crate) mod revocation;
pub(crate) mod secret;
pub(crate) mod serial;

pub use self::{
    api_key::{ApiKey, ApiKeySecret, InvalidApiKey, InvalidKeyId, IssuedApiKey, KeyId, NewApiKey},
    certificate::{
        Certificate, CertificateRenewal, DEFAULT_VALIDITY_DAYS, InvalidValidityDays, IssuedCertificate,
        MAX_VALIDITY_DAYS, NewCertificate, NotValid, TooEarly, ValidityDays,
    },
    csr::{Csr, CsrTooLong, MAX_CSR_LENGTH},
    expiry::{NOTICE_DAYS, Notice, day, due_notices, notice_time},
    ids::{ApiKeyId, CertificateId, InvalidApiKeyId, InvalidCertificateId},
    profile::{Profile, UnknownProfile},
    revocation::Revocation,
    secret::{InvalidSecret, Secret, SecretHash},
    serial::{InvalidSerial, Serial},
};
