//! The connection to CentOps: both sides show a certificate, and the keys of the signatures come over it.

use std::sync::Arc;

use crate::server::Server;
use crate::until;
use centops_routes::simulation::Signer;
use centops_routes::{Config, KeySource, Lookup, RefreshError, Refusal, Routes, Taken};
use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio_rustls::TlsAcceptor;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority"))
    }

    fn issue(&self) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        (params.signed_by(&key, &self.0).expect("a certificate"), key)
    }

    fn acceptor(&self) -> TlsAcceptor {
        let mut trusted = RootCertStore::empty();
        trusted.add(self.0.der().clone()).expect("an authority");
        let provider = Arc::new(default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), Arc::clone(&provider));
        let (certificate, key) = self.issue();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(verifier.build().expect("a verifier"))
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .expect("a certificate that fits");
        TlsAcceptor::from(Arc::new(config))
    }

    fn config(&self, server: &Server) -> Config {
        let (certificate, key) = self.issue();
        let url = format!("https://localhost:{}", server.address.port()).parse().expect("an address");
        Config {
            identity: Some((certificate.pem() + &key.serialize_pem()).into_bytes()),
            authorities: Some(self.0.pem().into_bytes()),
            interval: std::time::Duration::from_hours(1),
            ..Config::new(url)
        }
    }
}

#[tokio::test]
async fn keys_are_fetched_and_an_unknown_one_at_most_once_a_minute() {
    let authority = Authority::new();
    let server = Server::start(Some(authority.acceptor())).await;
    let minutes = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let clock = {
        let minutes = Arc::clone(&minutes);
        Arc::new(move || {
            let passed = minutes.load(std::sync::atomic::Ordering::SeqCst);
            Timestamp::UNIX_EPOCH + SignedDuration::from_mins(passed)
        })
    };
    let config = Config { clock, ..authority.config(&server) };
    let routes = Routes::start(config).await.expect("it starts");
    until(&routes, |status| status.revision.is_some()).await;
    assert!(matches!(routes.lookup("bot-3"), Lookup::Found(_)));
    assert_eq!(server.targets(), ["/keys", "/routes"]);

    server.network().rotate(Signer::new().expect("a key"));
    server.network().put("new", "https://new", Timestamp::UNIX_EPOCH);
    for _ in 0..2 {
        let refused = routes.refresh().await;
        assert!(matches!(refused, Err(RefreshError::Refused(Refusal::UnknownKey(_)))), "{refused:?}");
    }
    assert_eq!(server.targets(), ["/routes?since=11"; 2]);
    minutes.store(1, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(routes.refresh().await.expect("the new key is known"), Taken::Applied);
    assert_eq!(server.targets(), ["/routes?since=11", "/keys"]);
    // Signed by another key than the kept table: a whole one takes its place.
    assert_eq!(routes.refresh().await.expect("a whole table"), Taken::Confirmed);
    assert_eq!(server.targets(), ["/routes"]);
    minutes.store(62, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(routes.refresh().await.expect("unchanged"), Taken::Confirmed);
    assert_eq!(server.targets(), ["/keys", "/routes?since=12"]);
}

#[tokio::test]
async fn a_restart_in_an_outage_verifies_the_file_by_the_keys_that_were_fetched() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().expect("a folder"));
    let server = Server::start(Some(authority.acceptor())).await;
    let config = Config { file: Some(folder.path().join("routes")), ..authority.config(&server) };
    let routes = Routes::start(config.clone()).await.expect("it starts");
    routes.refresh().await.expect("a table");
    routes.close().await;
    drop(server);
    let again = Routes::start(config).await.expect("it starts");
    assert!(matches!(again.lookup("bot-3"), Lookup::Found(_)));
}

#[tokio::test]
async fn without_a_certificate_or_with_a_foreign_server_there_is_no_answer() {
    let (authority, foreign) = (Authority::new(), Authority::new());
    let server = Server::start(Some(authority.acceptor())).await;
    let nobody = Config { identity: None, ..authority.config(&server) };
    let stranger = Config { identity: foreign.config(&server).identity, ..authority.config(&server) };
    let wary = Config { authorities: foreign.config(&server).authorities, ..authority.config(&server) };
    for config in [nobody, stranger, wary] {
        assert!(matches!(config.keys, KeySource::Fetched));
        let routes = Routes::start(config).await.expect("it starts");
        let refused = routes.refresh().await;
        assert!(matches!(refused, Err(RefreshError::Fetch(_))), "{refused:?}");
        assert_eq!(routes.lookup("bot-3"), Lookup::NoTable);
    }
    assert_eq!(server.targets(), [""; 0]);
}
