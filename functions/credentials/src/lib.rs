//! The functions of the area `credentials`: certificates and API keys.

pub mod check_credentials;
mod filter;
mod holder;
pub mod issue_api_key;
pub mod issue_certificate;
pub mod list_api_keys;
pub mod list_certificates;
pub mod renew_certificate;
pub mod revoke_api_key;
pub mod revoke_certificate;
#[cfg(test)]
mod tests;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "check-credentials", main: run_consumer::<check_credentials::CheckCredentials> },
    Function { name: "issue-certificate", main: run_operation::<issue_certificate::IssueCertificate> },
    Function { name: "list-certificates", main: run_operation::<list_certificates::ListCertificates> },
    Function { name: "revoke-certificate", main: run_operation::<revoke_certificate::RevokeCertificate> },
    Function { name: "issue-api-key", main: run_operation::<issue_api_key::IssueApiKey> },
    Function { name: "list-api-keys", main: run_operation::<list_api_keys::ListApiKeys> },
    Function { name: "revoke-api-key", main: run_operation::<revoke_api_key::RevokeApiKey> },
    Function { name: "renew-certificate", main: run_operation::<renew_certificate::RenewCertificate> },
];
