//! The TLS side: our certificate, and the authorities whose clients may come in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or is not PEM.
    #[error("{path} cannot be read: {reason}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The files do not fit together.
    #[error("the certificate, its key and the truststore do not work together: {0}")]
    Config(String),
}

/// Accepts clients with a certificate from an authority of the truststore, and no others.
///
/// # Errors
/// When a file cannot be read, or they do not fit together.
pub fn acceptor(certificate: &Path, key: &Path, truststore: &Path) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut authorities = RootCertStore::empty();
    for authority in certificates(truststore)? {
        authorities.add(authority).map_err(|error| file(truststore, &error))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider))
        .build()
        .map_err(|error| file(truststore, &error))?;
    let own_key = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| TlsError::Config(error.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(certificate)?, own_key)
        .map_err(|error| TlsError::Config(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| file(path, &error))
}

fn file(path: &Path, reason: &dyn ToString) -> TlsError {
    TlsError::File { path: path.to_owned(), reason: reason.to_string() }
}
