//! Mutual TLS: both sides present a certificate, and the public keys are fetched over the connection.

use std::sync::Arc;

use crate::server::Server;
use crate::{start, wait_until};
use centops_routes::simulation::Signer;
use centops_routes::{Config, KeySource, Lookup, RefreshError, SignatureError, UpdateError, UpdateOutcome};
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
            .expect("a certificate and its key");
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
async fn keys_are_fetched_hourly_and_for_an_unknown_key_at_most_once_a_minute() {
    let authority = Authority::new();
    let server = Server::start(Some(authority.acceptor())).await;
    let minutes = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let clock = {
        let minutes = Arc::clone(&minutes);
        Arc::new(move || {
            let minutes = minutes.load(std::sync::atomic::Ordering::SeqCst);
            Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
        })
    };
    let config = Config { clock, ..authority.config(&server) };
    let routes = start(config).await;
    wait_until(&routes, |status| status.revision.is_some()).await;
    assert!(matches!(routes.lookup("bot-3"), Lookup::Found(_)));
    assert_eq!(server.take_targets(), ["/keys", "/routes"]);

    server.network().rotate_key(Signer::new().expect("a key"));
    server.network().put("new", "https://new", Timestamp::UNIX_EPOCH);
    for _ in 0..2 {
        let result = routes.refresh().await;
        assert!(
            matches!(result, Err(RefreshError::Rejected(UpdateError::Signature(SignatureError::UnknownKey(_))))),
            "{result:?}"
        );
    }
    assert_eq!(server.take_targets(), ["/routes?since=11"; 2]);
    minutes.store(1, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(routes.refresh().await.expect("the new key is known"), UpdateOutcome::Applied);
    assert_eq!(server.take_targets(), ["/routes?since=11", "/keys"]);
    // Another key signed the delta than the full table: a new full table replaces both.
    assert_eq!(routes.refresh().await.expect("a full table"), UpdateOutcome::Confirmed);
    assert_eq!(server.take_targets(), ["/routes"]);
    minutes.store(62, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(routes.refresh().await.expect("unchanged"), UpdateOutcome::Confirmed);
    assert_eq!(server.take_targets(), ["/keys", "/routes?since=12"]);
}

#[tokio::test]
async fn restored_table_is_verified_by_the_saved_keys() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().expect("a folder"));
    let server = Server::start(Some(authority.acceptor())).await;
    let config = Config { file: Some(folder.path().join("routes")), ..authority.config(&server) };
    let routes = start(config.clone()).await;
    routes.refresh().await.expect("a table");
    routes.close().await;
    drop(server);
    let restarted = start(config).await;
    assert!(matches!(restarted.lookup("bot-3"), Lookup::Found(_)));
}

#[tokio::test]
async fn refresh_fails_without_a_trusted_client_or_server_certificate() {
    let (authority, foreign) = (Authority::new(), Authority::new());
    let server = Server::start(Some(authority.acceptor())).await;
    let without_certificate = Config { identity: None, ..authority.config(&server) };
    let foreign_client = Config { identity: foreign.config(&server).identity, ..authority.config(&server) };
    let foreign_server = Config { authorities: foreign.config(&server).authorities, ..authority.config(&server) };
    for config in [without_certificate, foreign_client, foreign_server] {
        assert!(matches!(config.keys, KeySource::Fetched));
        let routes = start(config).await;
        let result = routes.refresh().await;
        assert!(matches!(result, Err(RefreshError::Transport(_))), "{result:?}");
        assert_eq!(routes.lookup("bot-3"), Lookup::NoTable);
    }
    assert_eq!(server.take_targets(), [""; 0]);
}
