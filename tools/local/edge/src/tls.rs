//! TLS settings: the edge's own certificate, and the authorities that sign client certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// An error of the TLS settings.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or not PEM.
    #[error("cannot read {path}: {reason}", path = path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The certificate does not match its key, or an option is not supported.
    #[error("the certificate, its key and the truststore do not match: {0}")]
    Config(String),
}

/// Creates an acceptor that requires a client certificate from an authority of the truststore.
///
/// # Errors
/// Returns an error if a file cannot be read or the files do not match.
pub fn acceptor(certificate: &Path, key: &Path, truststore: &Path) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut authorities = RootCertStore::empty();
    for authority in read_certificates(truststore)? {
        authorities.add(authority).map_err(|error| file_error(truststore, &error))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider))
        .build()
        .map_err(|error| file_error(truststore, &error))?;
    let own_key = PrivateKeyDer::from_pem_file(key).map_err(|error| file_error(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| TlsError::Config(error.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(read_certificates(certificate)?, own_key)
        .map_err(|error| TlsError::Config(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| file_error(path, &error))
}

fn file_error(path: &Path, reason: &dyn ToString) -> TlsError {
    TlsError::File { path: path.to_owned(), reason: reason.to_string() }
}
