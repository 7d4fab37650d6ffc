//! The certificate authority (CA) of CentOps: it issues the client certificates of DMRs and chatbots.
//!
//! A holder makes its own key and sends a certificate signing request (CSR, PKCS#10), which proves possession of the
//! key. The private key never leaves the holder. Of the CSR only the public key is used: CentOps sets the subject and
//! the validity. Issuing is pure: the random serial number and the time are arguments. [`secret`] loads the CA's key.

mod authority;
mod csr;
mod csr_signature;
pub mod secret;

pub use authority::{CertificateAuthority, InvalidAuthority};
pub use csr::{InvalidCsr, check_csr};
pub use csr_signature::InvalidSignature;
