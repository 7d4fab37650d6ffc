//! The issuer's public keys (JSON Web Key Set), fetched over HTTPS and cached.

use std::time::Duration;

use jsonwebtoken::{DecodingKey, jwk::Jwk};
use serde::Deserialize;
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    http::{Client, HttpError},
    token,
};

/// The minimum time between two fetches, so that tokens with invented key ids cannot flood the issuer.
const REFETCH_INTERVAL: Duration = Duration::from_mins(1);
/// The maximum age of cached keys. A key that the issuer withdrew is not accepted after that.
const MAX_AGE: Duration = Duration::from_hours(1);

/// No key set is available.
#[derive(Debug, thiserror::Error)]
pub enum JwksUnavailable {
    /// The request to the issuer failed.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Fetch(#[from] HttpError),
    /// The response is not a key set.
    #[error("the issuer's keys cannot be read: {0}")]
    Read(#[from] serde_json::Error),
}

/// The cached key set of one issuer.
#[derive(Debug)]
pub struct JwksCache {
    client: Client,
    uri: String,
    cached: Mutex<Option<CachedKeys>>,
}

#[derive(Debug)]
struct CachedKeys {
    keys: Keys,
    /// The time of the last fetch, successful or not.
    attempted_at: Instant,
    /// The time when `keys` were fetched.
    fetched_at: Instant,
}

/// The keys of a set that verify tokens. A set may name several by one id: some issuers publish an encryption key, or a
/// key of another type, beside the signing key (RFC 7517, section 4.5).
#[derive(Debug)]
struct Keys(Vec<Jwk>);

impl Keys {
    /// Returns all keys `id`.
    fn find(&self, id: &str) -> Vec<Jwk> {
        self.0.iter().filter(|key| key.common.key_id.as_deref() == Some(id)).cloned().collect()
    }
}

/// A key set in which each key is still to be read.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl From<KeySet> for Keys {
    /// Skips keys that cannot be read, so that a malformed one makes no other unusable, and keys that verify no token.
    fn from(set: KeySet) -> Self {
        let read = set.keys.into_iter().enumerate().filter_map(|(index, key)| {
            let id = key["kid"].as_str().unwrap_or_default().to_owned();
            match read_key(key) {
                Ok(key) => key,
                Err(error) => {
                    tracing::warn!(%error, index, id, "malformed key of the issuer ignored index={index} id={id}");
                    None
                }
            }
        });
        Self(read.collect())
    }
}

/// Reads one key of a set. Returns `None` for a key that verifies no token.
fn read_key(key: Value) -> Result<Option<Jwk>, jsonwebtoken::errors::Error> {
    let key: Jwk = serde_json::from_value(key)?;
    if !token::verifies_tokens(&key) {
        return Ok(None);
    }
    DecodingKey::from_jwk(&key)?;
    Ok(Some(key))
}

impl JwksCache {
    /// Returns an empty cache of the key set at `uri`.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn new(uri: String) -> Result<Self, JwksUnavailable> {
        Ok(Self { client: Client::new()?, uri, cached: Mutex::new(None) })
    }

    /// Returns the keys `id` that verify tokens; none if the issuer has no such key.
    ///
    /// An unknown id triggers a fetch, at most once a minute, so that a new key is found. A set older than an hour is
    /// fetched again, so that a withdrawn key is dropped. If that fetch fails, the cached set stays in use.
    ///
    /// # Errors
    /// When no set is cached and none can be fetched.
    pub async fn get(&self, id: &str) -> Result<Vec<Jwk>, JwksUnavailable> {
        let mut cached = self.cached.lock().await;
        if let Some(CachedKeys { keys, attempted_at, fetched_at }) = cached.as_ref() {
            let found = keys.find(id);
            let is_fresh = !found.is_empty() && fetched_at.elapsed() < MAX_AGE;
            if is_fresh || attempted_at.elapsed() < REFETCH_INTERVAL {
                return Ok(found);
            }
        }
        match self.fetch().await {
            Ok(keys) => {
                let found = keys.find(id);
                let now = Instant::now();
                *cached = Some(CachedKeys { keys, attempted_at: now, fetched_at: now });
                Ok(found)
            }
            Err(error) => match cached.as_mut() {
                None => Err(error),
                Some(CachedKeys { keys, attempted_at, .. }) => {
                    tracing::warn!(%error, "failed to fetch the issuer's keys; the cached keys stay in use");
                    *attempted_at = Instant::now();
                    Ok(keys.find(id))
                }
            },
        }
    }

    async fn fetch(&self) -> Result<Keys, JwksUnavailable> {
        let body = self.client.get(&self.uri).await?;
        Ok(serde_json::from_slice::<KeySet>(&body)?.into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::http::MAX_BYTES;

    /// A local issuer with a configurable response.
    struct Issuer {
        uri: String,
        response: Arc<Mutex<String>>,
        requests: Arc<Mutex<Vec<String>>>,
    }

    impl Issuer {
        async fn with(keys: &[&str]) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let uri = format!("http://{}/jwks", listener.local_addr().expect("an address"));
            let (response, requests) = (Arc::new(Mutex::default()), Arc::new(Mutex::default()));
            let issuer = Self { uri, response: Arc::clone(&response), requests: Arc::clone(&requests) };
            issuer.publish(keys);
            tokio::spawn(async move {
                while let Ok((mut connection, _)) = listener.accept().await {
                    let mut request = vec![0; 4096];
                    let length = connection.read(&mut request).await.unwrap_or_default();
                    let request = String::from_utf8_lossy(request.get(..length).unwrap_or_default()).into_owned();
                    let line = request.lines().next().unwrap_or_default().to_owned();
                    requests.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                    let response = response.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    let _ = connection.write_all(response.as_bytes()).await;
                }
            });
            issuer
        }

        fn respond(&self, status: &str, body: &str) {
            let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            *self.response.lock().unwrap_or_else(PoisonError::into_inner) = format!("{head}{body}");
        }

        fn publish(&self, keys: &[&str]) {
            let key = |id| serde_json::json!({"kty": "RSA", "kid": id, "alg": "RS256", "n": "AQAB", "e": "AQAB"});
            let set = serde_json::json!({"keys": keys.iter().map(key).collect::<Vec<_>>()});
            self.respond("200 OK", &set.to_string());
        }

        fn request_count(&self) -> usize {
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).len()
        }

        fn cache(&self) -> JwksCache {
            JwksCache::new(self.uri.clone()).expect("a client")
        }
    }

    async fn has_key(cache: &JwksCache, id: &str) -> bool {
        !cache.get(id).await.expect("keys").is_empty()
    }

    /// Advances the clock of the cache by `time`.
    async fn advance(time: Duration) {
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }

    #[tokio::test]
    async fn unknown_key_ids_cause_one_fetch_per_minute() {
        let issuer = Issuer::with(&["a"]).await;
        let cache = issuer.cache();
        assert!(has_key(&cache, "a").await);
        for id in ["b", "c", "d", "b", "../../etc/passwd", "http://127.0.0.1/jwks", "a\0", ""] {
            assert!(!has_key(&cache, id).await, "{id}");
        }
        assert!(has_key(&cache, "a").await);
        assert_eq!(issuer.request_count(), 1);
        assert!(issuer.requests.lock().expect("requests").iter().all(|line| line == "GET /jwks HTTP/1.1"));
    }

    #[tokio::test]
    async fn rotated_key_replaces_the_old_one_within_a_minute() {
        let issuer = Issuer::with(&["old"]).await;
        let cache = issuer.cache();
        assert!(has_key(&cache, "old").await);
        issuer.publish(&["new"]);
        assert!(!has_key(&cache, "new").await, "the minute is not over");
        advance(REFETCH_INTERVAL).await;
        assert!(has_key(&cache, "new").await);
        assert!(!has_key(&cache, "old").await);
        assert_eq!(issuer.request_count(), 2);
    }

    #[tokio::test]
    async fn withdrawn_key_is_dropped_within_an_hour() {
        let issuer = Issuer::with(&["a", "leaked"]).await;
        let cache = issuer.cache();
        assert!(has_key(&cache, "leaked").await);
        issuer.publish(&["a"]);
        assert!(has_key(&cache, "leaked").await, "no unknown id has caused a fetch");
        advance(MAX_AGE).await;
        assert!(!has_key(&cache, "leaked").await);
    }

    #[tokio::test]
    async fn cached_keys_stay_in_use_while_the_issuer_fails() {
        let issuer = Issuer::with(&["a"]).await;
        let cache = issuer.cache();
        assert!(has_key(&cache, "a").await);
        for (status, body) in [
            ("500 Internal Server Error", ""),
            ("200 OK", "no JSON"),
            ("200 OK", &format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(MAX_BYTES))),
            // The target of the redirect has no such key.
            ("302 Found\r\nlocation: http://127.0.0.1:1/", ""),
        ] {
            issuer.respond(status, body);
            advance(MAX_AGE).await;
            assert!(has_key(&cache, "a").await, "{status}");
        }
        assert_eq!(issuer.request_count(), 5);
        issuer.publish(&["b"]);
        advance(REFETCH_INTERVAL).await;
        assert!(!has_key(&cache, "a").await);
    }

    #[tokio::test]
    async fn malformed_key_leaves_the_other_keys_usable() {
        let issuer = Issuer::with(&[]).await;
        let good = serde_json::json!({"kty": "RSA", "kid": "good", "alg": "RS256", "n": "AQAB", "e": "AQAB"});
        for bad in [
            r#"{"kty": "RSA", "kid": 7, "n": "AQAB", "e": "AQAB"}"#,
            r#"{"kty": "RSA", "kid": "bad", "key_ops": "verify", "n": "AQAB", "e": "AQAB"}"#,
            r#"{"kty": "RSA", "kid": "bad", "x5c": "MIIB", "n": "AQAB", "e": "AQAB"}"#,
            r#"{"kty": "RSA", "kid": "bad"}"#,
            r#"{"kty": "RSA", "kid": "bad", "n": "+/", "e": "AQAB"}"#,
            r#"{"kid": "bad"}"#,
            "7",
            "null",
        ] {
            for keys in [format!("[{bad},{good}]"), format!("[{good},{bad}]")] {
                issuer.respond("200 OK", &format!(r#"{{"keys":{keys}}}"#));
                let cache = issuer.cache();
                assert!(has_key(&cache, "good").await, "{keys}");
                assert!(!has_key(&cache, "bad").await, "{keys}");
            }
        }
    }

    #[tokio::test]
    async fn signing_key_is_found_beside_other_keys_of_its_id() {
        let issuer = Issuer::with(&[]).await;
        let signing = r#"{"kty": "RSA", "kid": "one", "use": "sig", "n": "AQAB", "e": "AQAB"}"#;
        for other in [
            r#"{"kty": "RSA", "kid": "one", "use": "enc", "alg": "RSA-OAEP", "n": "AQAC", "e": "AQAB"}"#,
            r#"{"kty": "EC", "kid": "one", "use": "sig", "crv": "P-256", "x": "AQAB", "y": "AQAB"}"#,
            r#"{"kty": "RSA", "kid": "one", "alg": "RS512", "n": "AQAC", "e": "AQAB"}"#,
        ] {
            for keys in [format!("[{other},{signing}]"), format!("[{signing},{other}]")] {
                issuer.respond("200 OK", &format!(r#"{{"keys":{keys}}}"#));
                let found = issuer.cache().get("one").await.expect("keys");
                let signing: Jwk = serde_json::from_str(signing).expect("a key");
                assert_eq!(found, [signing], "{keys}");
            }
        }
    }

    #[tokio::test]
    async fn returns_an_error_if_no_keys_were_ever_fetched() {
        let issuer = Issuer::with(&[]).await;
        let error = async |status, body: &str| {
            issuer.respond(status, body);
            issuer.cache().get("a").await.expect_err("no keys").to_string()
        };
        assert!(error("302 Found\r\nlocation: /other", "").await.contains("302"));
        assert!(error("200 OK", &"x".repeat(MAX_BYTES + 1)).await.contains("length limit"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let uri = format!("http://{}/jwks", listener.local_addr().expect("an address"));
        drop(listener);
        assert!(matches!(JwksCache::new(uri).expect("a client").get("a").await, Err(JwksUnavailable::Fetch(_))));
    }
}
