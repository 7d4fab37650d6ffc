//! Requests to the identity provider. The client is the one of the AWS SDK, with the system's root certificates: it follows
//! no redirect and uses no proxy.

use std::time::Duration;

use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{http::HttpConnector, orchestrator::HttpRequest};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};

/// The timeout of a request.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The maximum size of an answer in bytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024;

/// A request got no usable answer. No text contains a part of the request.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No connection, no answer in time, or no request could be made.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// The answer has another status.
    #[error("the response status is {0}")]
    Status(u16),
    /// The answer is too large, or broke off.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

/// A client.
#[derive(Debug)]
pub(crate) struct Client(Connector);

impl Client {
    /// Makes the client.
    ///
    /// # Errors
    /// When the TLS client cannot be made.
    pub(crate) fn new() -> Result<Self, HttpError> {
        let trusted = TrustStore::empty().with_native_roots(true);
        let tls = TlsContext::builder().with_trust_store(trusted).build();
        let tls = tls.map_err(|error| HttpError::NoAnswer(error.to_string()))?;
        Ok(Self(Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls).build()))
    }

    /// Returns the body of the answer 200 to a `GET` of `uri`.
    pub(crate) async fn get(&self, uri: &str) -> Result<Vec<u8>, HttpError> {
        self.send(uri, HttpRequest::new(SdkBody::empty())).await
    }

    /// Returns the body of the answer 200 to a `POST` of `form` to `uri`, with the header `authorization`.
    pub(crate) async fn post_form(&self, uri: &str, authorization: String, form: String) -> Result<Vec<u8>, HttpError> {
        let mut request = HttpRequest::new(SdkBody::from(form));
        let failed = |error: aws_smithy_runtime_api::http::HttpError| HttpError::NoAnswer(error.to_string());
        request.set_method("POST").map_err(failed)?;
        request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
        request.headers_mut().insert("authorization", authorization);
        self.send(uri, request).await
    }

    async fn send(&self, uri: &str, mut request: HttpRequest) -> Result<Vec<u8>, HttpError> {
        request.set_uri(uri).map_err(|error| HttpError::NoAnswer(error.to_string()))?;
        tokio::time::timeout(TIMEOUT, self.exchange(request))
            .await
            .unwrap_or_else(|_| Err(HttpError::NoAnswer(format!("no response within {} s", TIMEOUT.as_secs()))))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<Vec<u8>, HttpError> {
        let response = self.0.call(request).await;
        let response = response.map_err(|error| HttpError::NoAnswer(format!("{error:?}")))?;
        if response.status().as_u16() != 200 {
            return Err(HttpError::Status(response.status().as_u16()));
        }
        let body = Limited::new(response.into_body(), MAX_BYTES).collect().await;
        Ok(body.map_err(|error| HttpError::Unreadable(error.to_string()))?.to_bytes().to_vec())
    }
}
