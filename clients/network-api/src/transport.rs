//! HTTPS requests to the Network API. Returns responses as received: signatures are not verified here.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Identity, Response, StatusCode};
use url::Url;

use crate::signature::{InvalidKeys, Keys, SignedBody};

const SIGNATURE: &str = "centops-signature";
/// The length of the excerpt of an error response.
const DETAIL_CHARS: usize = 200;

/// An error of a request to CentOps.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The certificates or the private key are invalid.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// The URL cannot be the base of other URLs.
    #[error("{0} is not a base URL; use one such as https://network.centops.ee")]
    BaseUrl(Url),
    /// There is no response: no connection, a refused certificate, or a timeout.
    #[error("no response from CentOps: {0}")]
    NoResponse(String),
    /// The response has an unexpected status.
    #[error("CentOps responded with status {status}: {detail}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        detail: String,
        /// The value of `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The response is larger than any valid one.
    #[error("the response is too large")]
    TooLarge,
    /// The body does not have the form that its status promises.
    #[error("the response is malformed: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The response to `GET /keys` is not a usable key set.
    #[error("the public keys are invalid: {0}")]
    Keys(#[from] InvalidKeys),
}

impl TransportError {
    /// Returns the value of `Retry-After`, if CentOps responded with one.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The settings of a [`NetworkApi`].
pub struct NetworkApiOptions<'a> {
    /// The base URL.
    pub base: Url,
    /// The client certificate and its private key, both PEM, concatenated.
    pub identity: Option<&'a [u8]>,
    /// The certificate authorities that may sign the server's certificate, PEM. `None`: those of the system.
    pub authorities: Option<&'a [u8]>,
    /// The timeout of one request, including its response body.
    pub timeout: Duration,
    /// The value of `User-Agent`.
    pub user_agent: &'static str,
    /// The size limit of one decoded body, in bytes.
    pub max_body_bytes: usize,
}

/// A client of the Network API. It follows no redirects and uses no proxy of the environment.
#[derive(Debug)]
pub struct NetworkApi {
    /// The HTTP client.
    pub http: Client,
    base: Url,
    max_body_bytes: usize,
}

impl NetworkApi {
    /// Creates a client.
    ///
    /// # Errors
    /// Returns an error if the URL or a certificate is invalid.
    pub fn new(options: NetworkApiOptions) -> Result<Self, TransportError> {
        if options.base.cannot_be_a_base() {
            return Err(TransportError::BaseUrl(options.base));
        }
        let mut builder = client_builder(options.user_agent, options.authorities)?
            .timeout(options.timeout)
            .connect_timeout(options.timeout)
            .redirect(Policy::none());
        if let Some(pem) = options.identity {
            builder = builder.identity(Identity::from_pem(pem).map_err(|error| invalid_tls(&error))?);
        }
        let http = builder.build().map_err(|error| invalid_tls(&error))?;
        Ok(Self { http, base: options.base, max_body_bytes: options.max_body_bytes })
    }

    /// Returns the URL of a path, whose segments are encoded.
    #[must_use]
    pub fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Fails only for a URL that cannot be a base, which `new` rejects.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// Fetches the public keys.
    ///
    /// # Errors
    /// Returns an error if there is no response, or no usable key set.
    pub async fn fetch_keys(&self) -> Result<Keys, TransportError> {
        let response = self.get(self.url(&["keys"])).await?;
        Ok(Keys::from_jwks(&self.read_body(response).await?)?)
    }

    /// Sends a GET request.
    ///
    /// # Errors
    /// Returns an error if there is no response, or its status is not 200.
    pub async fn get(&self, url: Url) -> Result<Response, TransportError> {
        let response = self.http.get(url).send().await.map_err(no_response)?;
        if response.status() == StatusCode::OK { Ok(response) } else { Err(self.unexpected_status(response).await) }
    }

    /// Reads a signed body. The signature is empty if its header is missing.
    ///
    /// # Errors
    /// Returns an error if the body does not end in time, or is too large.
    pub async fn read_signed(&self, response: Response) -> Result<SignedBody, TransportError> {
        let signature = response.headers().get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signature = signature.to_owned();
        Ok(SignedBody::new(signature, self.read_body(response).await?))
    }

    /// Reads the decoded body up to the limit, because a few kilobytes can decode to gigabytes.
    ///
    /// # Errors
    /// Returns an error if the body does not end in time, or is too large.
    pub async fn read_body(&self, mut response: Response) -> Result<Vec<u8>, TransportError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(no_response)? {
            if body.len() + chunk.len() > self.max_body_bytes {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Returns the error for a response with an unexpected status.
    pub async fn unexpected_status(&self, response: Response) -> TransportError {
        let status = response.status().as_u16();
        let retry_after = retry_after(response.headers(), SystemTime::now());
        let body = self.read_body(response).await.unwrap_or_default();
        let detail = String::from_utf8_lossy(&body).chars().take(DETAIL_CHARS).collect();
        TransportError::Status { status, detail, retry_after }
    }
}

/// Returns the builder of a client that trusts these authorities (PEM), or those of the system.
///
/// # Errors
/// Returns an error if a certificate is invalid.
pub fn client_builder(user_agent: &'static str, authorities: Option<&[u8]>) -> Result<ClientBuilder, TransportError> {
    let builder = Client::builder().user_agent(user_agent).no_proxy();
    let Some(pem) = authorities else { return Ok(builder) };
    Ok(builder.tls_certs_only(Certificate::from_pem_bundle(pem).map_err(|error| invalid_tls(&error))?))
}

/// Returns the error of invalid TLS settings.
#[must_use]
pub fn invalid_tls(error: &reqwest::Error) -> TransportError {
    TransportError::Tls(with_causes(error))
}

/// Returns the error of a request without a response. By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
#[must_use]
pub fn no_response(error: reqwest::Error) -> TransportError {
    TransportError::NoResponse(with_causes(&error))
}

/// Returns the value of `Retry-After`, which is a number of seconds or a date.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// Returns the text of an error and its causes: reqwest's own message does not have them.
#[must_use]
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
