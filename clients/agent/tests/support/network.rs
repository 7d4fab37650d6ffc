//! The Network API over mutual TLS: `POST /logs` with idempotency keys, and `PUT /versions`.

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::centops::Mode;

/// What CentOps got.
#[derive(Default)]
pub struct Received {
    /// Counted records by level.
    pub counts: BTreeMap<String, u64>,
    /// Entries with text.
    pub logs: Vec<Value>,
    /// Lists of versions, in order.
    pub versions: Vec<Value>,
    /// Bodies of `POST /logs`, as they came.
    pub bodies: Vec<String>,
    keys: HashSet<String>,
}

pub struct Network {
    pub received: Mutex<Received>,
    pub mode: Mutex<Mode>,
    port: u16,
}

impl Network {
    /// Starts it, and writes `ca.pem`, `bot.pem` and `bot.key` to `folder`.
    pub async fn start(folder: &Path) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let acceptor = acceptor(folder);
        let network = Arc::new(Self { received: Mutex::default(), mode: Mutex::new(Mode::Accept), port });
        let accepting = Arc::clone(&network);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, network) = (acceptor.clone(), Arc::clone(&accepting));
                tokio::spawn(async move {
                    // A client without a certificate of the authority fails here.
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = service_fn(move |request| respond(Arc::clone(&network), request));
                    let _closed = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        network
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub fn set_mode(&self, mode: Mode) {
        *self.mode.lock().expect("not poisoned") = mode;
    }

    /// Returns the records that were counted.
    pub fn total(&self) -> u64 {
        let received = self.received.lock().expect("not poisoned");
        received.counts.values().sum::<u64>() + received.logs.len() as u64
    }

    fn take_logs(&self, key: &str, text: String) -> u16 {
        let mode = *self.mode.lock().expect("not poisoned");
        match mode {
            Mode::Throttle => return 429,
            Mode::Unavailable => return 503,
            Mode::Accept | Mode::LoseAnswers => {}
        }
        assert!(key.len() >= 16 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()), "key {key}");
        let mut received = self.received.lock().expect("not poisoned");
        if received.keys.insert(key.to_owned()) {
            let body: Value = serde_json::from_str(&text).expect("JSON");
            let fields = body.as_object().expect("an object");
            assert_eq!(fields.len(), 1, "either counts or logs: {fields:?}");
            let counts = fields.get("counts").and_then(Value::as_array).cloned().unwrap_or_default();
            assert!(
                counts.len() <= 1000
                    && counts.iter().filter_map(|count| count["count"].as_u64()).sum::<u64>() <= 10_000
            );
            for count in fields.get("counts").and_then(Value::as_array).into_iter().flatten() {
                assert!(count["at"].as_str().expect("a time").ends_with(":00Z"), "{count}");
                let level = text_of(&count["level"]);
                *received.counts.entry(level).or_default() += count["count"].as_u64().expect("a number");
            }
            received.logs.extend(fields.get("logs").and_then(Value::as_array).cloned().unwrap_or_default());
            assert!(fields.contains_key("counts") || fields.contains_key("logs"));
            received.bodies.push(text);
        }
        if mode == Mode::LoseAnswers { 503 } else { 202 }
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn respond(network: Arc<Network>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let text = String::from_utf8(body.to_vec()).expect("text");
    let status = match (head.method.as_str(), head.uri.path()) {
        ("POST", "/logs") => {
            let key = head.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
            network.take_logs(key, text)
        }
        ("PUT", "/versions") => {
            let body: Value = serde_json::from_str(&text).expect("JSON");
            let is_accepting = *network.mode.lock().expect("not poisoned") == Mode::Accept;
            if is_accepting {
                network.received.lock().expect("not poisoned").versions.push(body["versions"].clone());
            }
            if is_accepting { 200 } else { 503 }
        }
        _ => 404,
    };
    let response = Response::builder().status(status).header("retry-after", "0");
    Ok(response.body(Full::default()).expect("a response"))
}

fn acceptor(folder: &Path) -> TlsAcceptor {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let issue = || {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
        (params.signed_by(&key, &authority).expect("a certificate"), key)
    };
    let (client, client_key) = issue();
    fs::write(folder.join("ca.pem"), authority.pem()).expect("written");
    fs::write(folder.join("bot.pem"), client.pem()).expect("written");
    fs::write(folder.join("bot.key"), client_key.serialize_pem()).expect("written");
    let mut trusted = RootCertStore::empty();
    trusted.add(authority.der().clone()).expect("an authority");
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), Arc::clone(&provider));
    let (certificate, key) = issue();
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
