//! A TLS server in front of the table, in a process of its own, so that its CPU is not counted for a function.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::child::ChildServer;

/// The subcommand of this program that runs the TLS server.
pub const SUBCOMMAND: &str = "tls-proxy";

/// The TLS server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate cannot be made.
    #[error("no certificate can be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file, a socket or the process failed.
    #[error("the TLS server does not start: {0}")]
    Io(#[from] std::io::Error),
    /// The certificate cannot be served.
    #[error("the TLS server does not start: {0}")]
    Config(String),
}

/// The TLS server. Dropping the value stops it.
#[derive(Debug)]
pub struct TlsProxy {
    /// The port on localhost.
    pub port: u16,
    _server: ChildServer,
    files: TempDir,
}

impl TlsProxy {
    /// Starts a TLS server that forwards to `target`, with a certificate of a new authority.
    ///
    /// # Errors
    /// When the certificate or the process fails.
    pub async fn start(target: SocketAddr) -> Result<Self, TlsError> {
        let files = tempfile::tempdir()?;
        write_certificates(files.path())?;
        let target = target.to_string();
        let arguments = [SUBCOMMAND, "--target", &target, "--directory"].map(OsStr::new);
        let server = ChildServer::start(arguments.into_iter().chain([files.path().as_os_str()])).await?;
        Ok(Self { port: server.address.port(), _server: server, files })
    }

    /// The file with the authorities that a client has to trust: those that the functions trust on AWS, and the one of
    /// this server.
    #[must_use]
    pub fn roots(&self) -> PathBuf {
        roots_file(self.files.path())
    }
}

/// Runs the TLS server: prints its address, then serves until the process is killed.
///
/// # Errors
/// When it cannot listen, or the certificate cannot be served.
pub async fn serve(target: SocketAddr, directory: &Path) -> Result<(), TlsError> {
    let config = |error: &dyn ToString| TlsError::Config(error.to_string());
    let certificate = CertificateDer::from_pem_file(certificate_file(directory)).map_err(|error| config(&error))?;
    let key = PrivateKeyDer::from_pem_file(key_file(directory)).map_err(|error| config(&error))?;
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(|error| config(&error))?;
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        // The client reports a connection that breaks.
        tokio::spawn(async move { forward(stream, &acceptor, target).await.ok() });
    }
}

async fn forward(stream: TcpStream, acceptor: &TlsAcceptor, target: SocketAddr) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut client = acceptor.accept(stream).await?;
    let mut server = TcpStream::connect(target).await?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

fn write_certificates(directory: &Path) -> Result<(), TlsError> {
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "CentOps bench authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let mut server = CertificateParams::new(["localhost".to_owned()])?;
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &authority)?;
    std::fs::write(certificate_file(directory), certificate.pem())?;
    std::fs::write(key_file(directory), key.serialize_pem())?;
    let mut roots = String::from(centops_api::ROOTS);
    roots.push('\n');
    roots.push_str(&authority.as_ref().pem());
    Ok(std::fs::write(roots_file(directory), roots)?)
}

fn certificate_file(directory: &Path) -> PathBuf {
    directory.join("server.pem")
}

fn key_file(directory: &Path) -> PathBuf {
    directory.join("server.key")
}

fn roots_file(directory: &Path) -> PathBuf {
    directory.join("roots.pem")
}
