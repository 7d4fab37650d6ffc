//! The issuer's public keys, fetched and kept.

use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use tokio::sync::Mutex;

/// The shortest time between two fetches: tokens with made-up key ids cannot make us flood the issuer.
const REFETCH: Duration = Duration::from_mins(1);
/// How long a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The most bytes of a key set.
const MAX_BYTES: usize = 256 * 1024;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysUnavailable {
    /// The issuer did not answer as it should.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Fetch(#[from] reqwest::Error),
    /// What it sent is no key set.
    #[error("the issuer's keys cannot be read: {0}")]
    Read(#[from] serde_json::Error),
    /// What it sent is too much.
    #[error("the issuer's keys have over {MAX_BYTES} bytes")]
    TooLarge,
}

/// The key set of one issuer.
#[derive(Debug)]
pub struct Keys {
    client: reqwest::Client,
    uri: String,
    fetched: Mutex<Option<(Instant, JwkSet)>>,
}

impl Keys {
    /// The key set at `uri`; nothing is fetched yet.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub fn at(uri: String) -> Result<Self, KeysUnavailable> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { client, uri, fetched: Mutex::new(None) })
    }

    /// The key `id`; none when the issuer has no such key. An id that is not known fetches the set
    /// anew, once a minute at the most, so a key that was rotated in is found.
    ///
    /// # Errors
    /// When no set was ever fetched and none can be.
    pub async fn get(&self, id: &str) -> Result<Option<Jwk>, KeysUnavailable> {
        let mut fetched = self.fetched.lock().await;
        if let Some((when, keys)) = fetched.as_ref() {
            let key = keys.find(id).cloned();
            if key.is_some() || when.elapsed() < REFETCH {
                return Ok(key);
            }
        }
        match self.fetch().await {
            Ok(keys) => {
                let key = keys.find(id).cloned();
                *fetched = Some((Instant::now(), keys));
                Ok(key)
            }
            Err(error) => match fetched.as_mut() {
                None => Err(error),
                Some((when, _)) => {
                    tracing::warn!(%error, "the keys that were fetched before stay in use");
                    *when = Instant::now();
                    Ok(None)
                }
            },
        }
    }

    async fn fetch(&self) -> Result<JwkSet, KeysUnavailable> {
        let mut answer = self.client.get(&self.uri).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BYTES {
                return Err(KeysUnavailable::TooLarge);
            }
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// An issuer with the key `a`, and how often it was asked.
    async fn issuer() -> (String, Arc<AtomicUsize>) {
        const KEYS: &str = r#"{"keys":[{"kty":"RSA","kid":"a","alg":"RS256","n":"AQAB","e":"AQAB"}]}"#;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let uri = format!("http://{}/jwks", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = connection.read(&mut [0; 4096]).await;
                let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", KEYS.len());
                let _ = connection.write_all(format!("{head}{KEYS}").as_bytes()).await;
            }
        });
        (uri, asked)
    }

    #[tokio::test]
    async fn made_up_key_ids_do_not_flood_the_issuer() {
        let (uri, asked) = issuer().await;
        let keys = Keys::at(uri).expect("a client");
        assert!(keys.get("a").await.expect("keys").is_some());
        for id in ["b", "c", "d", "b"] {
            assert!(keys.get(id).await.expect("keys").is_none());
        }
        assert!(keys.get("a").await.expect("keys").is_some());
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn without_an_issuer_nobody_is_let_in_and_it_is_said() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let uri = format!("http://{}/jwks", listener.local_addr().expect("an address"));
        drop(listener);
        assert!(matches!(Keys::at(uri).expect("a client").get("a").await, Err(KeysUnavailable::Fetch(_))));
    }
}
