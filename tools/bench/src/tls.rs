//! A TLS server before the table, in a process of its own, so that its CPU counts for nobody else.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio_rustls::TlsAcceptor;

/// The subcommand of this program that is the TLS server.
pub const SUBCOMMAND: &str = "tls-front";

/// TLS cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate cannot be made.
    #[error("no certificate can be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file or a socket failed.
    #[error("the TLS server does not start: {0}")]
    Io(#[from] std::io::Error),
    /// The certificate cannot be served.
    #[error("the TLS server does not start: {0}")]
    Config(String),
}

/// The TLS server, while it runs. Ends with its value.
#[derive(Debug)]
pub struct Front {
    /// The port on localhost.
    pub port: u16,
    _process: Child,
    files: TempDir,
}

impl Front {
    /// Starts a TLS server that hands on to `target`, with a certificate of an authority made for it.
    ///
    /// # Errors
    /// When the certificate or the process fails.
    pub async fn start(target: SocketAddr) -> Result<Self, TlsError> {
        let files = tempfile::tempdir()?;
        write_certificates(files.path())?;
        let mut process = Command::new(std::env::current_exe()?)
            .arg(SUBCOMMAND)
            .args(["--target", &target.to_string()])
            .arg("--directory")
            .arg(files.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = process.stdout.take().ok_or(ErrorKind::BrokenPipe).map_err(std::io::Error::from)?;
        let line = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
        let port = line.parse().map_err(|_| TlsError::Config(format!("it says `{line}`, not its port")))?;
        Ok(Self { port, _process: process, files })
    }

    /// What a client has to trust: the system's authorities, so that it loads as many as it would on
    /// AWS, and the authority of this server.
    #[must_use]
    pub fn roots(&self) -> PathBuf {
        roots_file(self.files.path())
    }
}

/// Is the TLS server: prints its port, then serves until it is ended.
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
    println!("{}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        // A connection that breaks is the client's end: it says itself what it missed.
        tokio::spawn(async move { hand_on(stream, &acceptor, target).await.ok() });
    }
}

async fn hand_on(stream: TcpStream, acceptor: &TlsAcceptor, target: SocketAddr) -> std::io::Result<()> {
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
    let mut roots = String::from(centops_api::startup::ROOTS);
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
