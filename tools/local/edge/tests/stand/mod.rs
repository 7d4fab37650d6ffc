//! The surroundings of the edge in a test: two authorities, a client, and Lambda's Invoke API.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use centops_edge::contract::Contract;
use centops_edge::event::Api;
use centops_edge::gateway::Gateway;
use centops_edge::lambda::Functions;
use centops_edge::{server, tls};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

/// Whatever goes wrong in a test's surroundings.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate chain of one, and its key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Authority {
    pub fn new(name: &str) -> Result<Self, Failure> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    pub fn server(&self) -> Result<Identity, Failure> {
        let mut params = CertificateParams::new(["localhost".to_owned()])?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(&params)
    }

    pub fn client(&self, profile: &str, name: &str) -> Result<Identity, Failure> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Buerokratt");
        params.distinguished_name.push(DnType::OrganizationalUnitName, profile);
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Result<Identity, Failure> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0)?;
        Ok(Identity { certificate: certificate.der().clone(), pem: certificate.pem(), key })
    }

    fn pem(&self) -> String {
        self.0.as_ref().pem()
    }
}

/// Plays Lambda: keeps each event, answers as `authorize` and as a function that echoes.
#[derive(Clone, Default)]
pub struct Lambda {
    pub events: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Lambda {
    async fn start(&self) -> Result<SocketAddr, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let lambda = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let lambda = lambda.clone();
                let service = service_fn(move |request| lambda.clone().invoke(request));
                let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(served);
            }
        });
        Ok(address)
    }

    async fn invoke(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let function = request.uri().path().split('/').nth(3).unwrap_or_default().to_owned();
        let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        let event: Value = body.ok().and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default();
        let (failed, answer) = answer(&function, &event);
        if let Ok(mut events) = self.events.lock() {
            events.push((function, event));
        }
        let mut response = Response::new(Full::from(answer.to_string()));
        if failed {
            let unhandled = hyper::header::HeaderValue::from_static("Unhandled");
            response.headers_mut().insert("x-amz-function-error", unhandled);
        }
        Ok(response)
    }
}

fn answer(function: &str, event: &Value) -> (bool, Value) {
    match function {
        "test-authorize" => authorization(event),
        "test-submit-codes" => (true, json!({"errorMessage": "boom", "errorType": "Error"})),
        "test-get-updates" => (false, json!({"routes": []})),
        _ => {
            let body = json!({"body": event["body"], "authorizer": event["requestContext"]["authorizer"]});
            (false, json!({"statusCode": 200, "headers": {"etag": "\"7\""}, "body": body.to_string()}))
        }
    }
}

fn authorization(event: &Value) -> (bool, Value) {
    let subject = &event["requestContext"]["identity"]["clientCert"]["subjectDN"];
    let effect = match subject.as_str() {
        Some(subject) if subject.starts_with("CN=unknown,") => {
            return (true, json!({"errorMessage": "Unauthorized", "errorType": "Error"}));
        }
        Some(subject) if subject.starts_with("CN=revoked,") => "Deny",
        _ => "Allow",
    };
    let statement = json!({"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    (false, json!({"principalId": subject, "policyDocument": policy, "context": {"kind": "dmr"}}))
}

/// An edge that listens, and what it calls.
pub struct Stand {
    pub address: SocketAddr,
    pub lambda: Lambda,
    authority: Authority,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<()>,
    _files: tempfile::TempDir,
}

impl Stand {
    pub async fn start() -> Result<Self, Failure> {
        let authority = Authority::new("Test authority")?;
        let server_identity = authority.server()?;
        let files = tempfile::tempdir()?;
        let write = |name: &str, text: &str| -> std::io::Result<_> {
            let path = files.path().join(name);
            std::fs::write(&path, text).map(|()| path)
        };
        let acceptor = tls::acceptor(
            &write("edge.pem", &server_identity.pem)?,
            &write("edge.key", &server_identity.key.serialize_pem())?,
            &write("truststore.pem", &authority.pem())?,
        )?;
        let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../openapi.yaml");
        let contract = Contract::parse(&std::fs::read_to_string(contract)?)?;
        let lambda = Lambda::default();
        let gateway = Gateway::new(api(), contract, functions(lambda.start().await?));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let served = tokio::spawn(server::serve(listener, acceptor, Arc::new(gateway), shutdown));
        Ok(Self { address, lambda, authority, stop, served, _files: files })
    }

    /// A certificate that the edge's truststore vouches for.
    pub fn identity(&self, profile: &str, name: &str) -> Result<Identity, Failure> {
        self.authority.client(profile, name)
    }

    /// One request over a connection of its own. A refused handshake is an error.
    pub async fn send(
        &self,
        identity: Option<&Identity>,
        request: Request<Full<Bytes>>,
    ) -> Result<(u16, Value), Failure> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.authority.0.der().to_vec()))?;
        let config = ClientConfig::builder().with_root_certificates(roots);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
                config.with_client_auth_cert(vec![identity.certificate.clone()], key)?
            }
        };
        let tcp = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost")?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        connection.abort();
        Ok((status, serde_json::from_slice(&body)?))
    }

    /// Stops the edge, and waits until it is done.
    pub async fn stop(self) -> Result<(), Failure> {
        drop(self.stop);
        Ok(self.served.await?)
    }
}

fn api() -> Api {
    Api {
        region: "eu-north-1".to_owned(),
        account: "000000000000".to_owned(),
        id: "abc".to_owned(),
        stage: "v1".to_owned(),
        domain: "localhost".to_owned(),
    }
}

fn functions(lambda: SocketAddr) -> Functions {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-north-1"))
        .endpoint_url(format!("http://{lambda}"))
        .credentials_provider(Credentials::for_tests())
        .build();
    Functions::new(aws_sdk_lambda::Client::from_conf(config), "test-".to_owned())
}
