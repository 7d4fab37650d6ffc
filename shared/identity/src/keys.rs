//! The issuer's public keys, fetched and kept.

use std::time::Duration;

use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use tokio::{sync::Mutex, time::Instant};

/// The shortest time between two fetches: tokens with made-up key ids cannot make us flood the issuer.
const REFETCH: Duration = Duration::from_mins(1);
/// So long keys are gone by: one that the issuer withdrew is worth nothing after that.
const FRESH: Duration = Duration::from_hours(1);
/// How long a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The most bytes of a key set.
const MAX_BYTES: usize = 256 * 1024;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysUnavailable {
    /// The issuer did not answer as it should.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Fetch(String),
    /// What it sent is no key set, or too much.
    #[error("the issuer's keys cannot be read: {0}")]
    Read(String),
}

/// The key set of one issuer.
#[derive(Debug)]
pub struct Keys {
    client: Connector,
    uri: String,
    fetched: Mutex<Option<Fetched>>,
}

#[derive(Debug)]
struct Fetched {
    keys: JwkSet,
    /// When the issuer was last asked.
    asked: Instant,
    /// When these keys came.
    came: Instant,
}

impl Keys {
    /// The key set at `uri`; nothing is fetched yet. The client is the one of the AWS SDK, with the
    /// system's roots: it follows no redirect and knows no proxy.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn at(uri: String) -> Result<Self, KeysUnavailable> {
        let trusted = TrustStore::empty().with_native_roots(true);
        let tls = TlsContext::builder().with_trust_store(trusted).build();
        let tls = tls.map_err(|error| KeysUnavailable::Fetch(error.to_string()))?;
        let client = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls).build();
        Ok(Self { client, uri, fetched: Mutex::new(None) })
    }

    /// The key `id`; none when the issuer has no such key. An id that is not known fetches the set
    /// anew, once a minute at the most, so a key that was rotated in is found. A set that is older than an
    /// hour is fetched anew too, so a key that was withdrawn is gone; where that fails, it stays in use.
    ///
    /// # Errors
    /// When no set was ever fetched and none can be.
    pub async fn get(&self, id: &str) -> Result<Option<Jwk>, KeysUnavailable> {
        let mut fetched = self.fetched.lock().await;
        if let Some(Fetched { keys, asked, came }) = fetched.as_ref() {
            let key = keys.find(id).cloned();
            let is_good = key.is_some() && came.elapsed() < FRESH;
            if is_good || asked.elapsed() < REFETCH {
                return Ok(key);
            }
        }
        match tokio::time::timeout(TIMEOUT, self.fetch()).await.unwrap_or_else(|_| Err(timed_out())) {
            Ok(keys) => {
                let key = keys.find(id).cloned();
                let now = Instant::now();
                *fetched = Some(Fetched { keys, asked: now, came: now });
                Ok(key)
            }
            Err(error) => match fetched.as_mut() {
                None => Err(error),
                Some(Fetched { keys, asked, .. }) => {
                    tracing::warn!(%error, "the keys that were fetched before stay in use");
                    *asked = Instant::now();
                    Ok(keys.find(id).cloned())
                }
            },
        }
    }

    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(self.uri.as_str()).map_err(|error| KeysUnavailable::Fetch(error.to_string()))?;
        let answer = self.client.call(request).await;
        let answer = answer.map_err(|error| KeysUnavailable::Fetch(format!("{error:?}")))?;
        if answer.status().as_u16() != 200 {
            return Err(KeysUnavailable::Fetch(format!("the answer is {}", answer.status())));
        }
        let body = Limited::new(answer.into_body(), MAX_BYTES).collect().await;
        let body = body.map_err(|error| KeysUnavailable::Read(error.to_string()))?.to_bytes();
        serde_json::from_slice(&body).map_err(|error| KeysUnavailable::Read(error.to_string()))
    }
}

fn timed_out() -> KeysUnavailable {
    KeysUnavailable::Fetch(format!("no answer within {} s", TIMEOUT.as_secs()))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// An issuer on this machine, which answers what it is told to.
    struct Issuer {
        uri: String,
        answer: Arc<Mutex<String>>,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl Issuer {
        async fn with(keys: &[&str]) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let uri = format!("http://{}/jwks", listener.local_addr().expect("an address"));
            let (answer, asked) = (Arc::new(Mutex::default()), Arc::new(Mutex::default()));
            let issuer = Self { uri, answer: Arc::clone(&answer), asked: Arc::clone(&asked) };
            issuer.has(keys);
            tokio::spawn(async move {
                while let Ok((mut connection, _)) = listener.accept().await {
                    let mut request = vec![0; 4096];
                    let length = connection.read(&mut request).await.unwrap_or_default();
                    let request = String::from_utf8_lossy(request.get(..length).unwrap_or_default()).into_owned();
                    let line = request.lines().next().unwrap_or_default().to_owned();
                    asked.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                    let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    let _ = connection.write_all(answer.as_bytes()).await;
                }
            });
            issuer
        }

        fn answers(&self, status: &str, body: &str) {
            let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = format!("{head}{body}");
        }

        fn has(&self, keys: &[&str]) {
            let key = |id| serde_json::json!({"kty": "RSA", "kid": id, "alg": "RS256", "n": "AQAB", "e": "AQAB"});
            let set = serde_json::json!({"keys": keys.iter().map(key).collect::<Vec<_>>()});
            self.answers("200 OK", &set.to_string());
        }

        fn asked(&self) -> usize {
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).len()
        }

        fn keys(&self) -> Keys {
            Keys::at(self.uri.clone()).expect("a client")
        }
    }

    async fn known(keys: &Keys, id: &str) -> bool {
        keys.get(id).await.expect("keys").is_some()
    }

    /// Lets that time pass on the clock that keys go by.
    async fn later(time: Duration) {
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }

    #[tokio::test]
    async fn made_up_key_ids_do_not_flood_the_issuer() {
        let issuer = Issuer::with(&["a"]).await;
        let keys = issuer.keys();
        assert!(known(&keys, "a").await);
        for id in ["b", "c", "d", "b", "../../etc/passwd", "http://127.0.0.1/jwks", "a\0", ""] {
            assert!(!known(&keys, id).await, "{id}");
        }
        assert!(known(&keys, "a").await);
        assert_eq!(issuer.asked(), 1);
        assert!(issuer.asked.lock().expect("requests").iter().all(|line| line == "GET /jwks HTTP/1.1"));
    }

    #[tokio::test]
    async fn a_rotated_key_is_found_within_a_minute_and_the_old_one_is_gone_with_it() {
        let issuer = Issuer::with(&["old"]).await;
        let keys = issuer.keys();
        assert!(known(&keys, "old").await);
        issuer.has(&["new"]);
        assert!(!known(&keys, "new").await, "the minute is not over");
        later(REFETCH).await;
        assert!(known(&keys, "new").await);
        assert!(!known(&keys, "old").await);
        assert_eq!(issuer.asked(), 2);
    }

    #[tokio::test]
    async fn a_key_that_was_withdrawn_is_gone_within_the_hour() {
        let issuer = Issuer::with(&["a", "leaked"]).await;
        let keys = issuer.keys();
        assert!(known(&keys, "leaked").await);
        issuer.has(&["a"]);
        assert!(known(&keys, "leaked").await, "nothing asks for another key");
        later(FRESH).await;
        assert!(!known(&keys, "leaked").await);
    }

    #[tokio::test]
    async fn while_the_issuer_is_away_its_keys_stay_in_use() {
        let issuer = Issuer::with(&["a"]).await;
        let keys = issuer.keys();
        assert!(known(&keys, "a").await);
        for (status, body) in [
            ("500 Internal Server Error", ""),
            ("200 OK", "no JSON"),
            ("200 OK", &format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(MAX_BYTES))),
            // Where it points to would have no such key.
            ("302 Found\r\nlocation: http://127.0.0.1:1/", ""),
        ] {
            issuer.answers(status, body);
            later(FRESH).await;
            assert!(known(&keys, "a").await, "{status}");
        }
        assert_eq!(issuer.asked(), 5);
        issuer.has(&["b"]);
        later(REFETCH).await;
        assert!(!known(&keys, "a").await);
    }

    #[tokio::test]
    async fn without_an_issuer_nobody_is_let_in_and_it_is_said() {
        let issuer = Issuer::with(&[]).await;
        let error = async |status, body: &str| {
            issuer.answers(status, body);
            issuer.keys().get("a").await.expect_err("no keys").to_string()
        };
        assert!(error("302 Found\r\nlocation: /other", "").await.contains("302"));
        assert!(error("200 OK", &"x".repeat(MAX_BYTES + 1)).await.contains("length limit"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let uri = format!("http://{}/jwks", listener.local_addr().expect("an address"));
        drop(listener);
        assert!(matches!(Keys::at(uri).expect("a client").get("a").await, Err(KeysUnavailable::Fetch(_))));
    }
}
