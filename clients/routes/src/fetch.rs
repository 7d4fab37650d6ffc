//! The questions to CentOps over HTTPS, and the answers as they came: nothing is believed here.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::IF_NONE_MATCH;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, Response, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::keeper::{Answer, Ask};
use crate::signature::InvalidKeys;
use crate::{Keys, Route, Signed};

const SIGNATURE: &str = "centops-signature";
const USER_AGENT: &str = concat!("centops-routes/", env!("CARGO_PKG_VERSION"));
/// Of one body, when decoded. A hundred thousand routes are some 15 MB.
const BODY_BYTES: usize = 64 * 1024 * 1024;
/// Of one table.
const PAGES: usize = 1000;
/// Of what is repeated of an error.
const DETAIL_CHARS: usize = 200;

/// CentOps could not be asked, or its answer is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The certificates, the key or the address cannot be used.
    #[error("the client's TLS cannot be set up: {0}")]
    Client(String),
    /// The address cannot be the base of others.
    #[error("{0} is not the address of an API")]
    Address(Url),
    /// No answer: no connection, a refused certificate, or too late.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// An answer of another status than expected.
    #[error("answered {status}: {detail}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        detail: String,
    },
    /// The answer is larger than any table can be.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer does not have the form that its status promises.
    #[error("the answer cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// What came as public keys is none.
    #[error("the keys cannot be used: {0}")]
    Keys(#[from] InvalidKeys),
}

/// How one chatbot stands with CentOps at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is routed.
    Online(Route),
    /// It is enrolled and not routed.
    NotOnline {
        /// `Offline` or `Unknown`.
        status: String,
        /// Since when.
        since: Timestamp,
    },
    /// CentOps knows no chatbot of that name.
    NotEnrolled,
}

/// Asks CentOps.
#[derive(Debug)]
pub(crate) struct Fetch {
    http: Client,
    base: Url,
}

/// What a client of CentOps's Network API needs.
pub(crate) struct Access<'a> {
    pub base: Url,
    pub identity: Option<&'a [u8]>,
    pub authorities: Option<&'a [u8]>,
    pub timeout: Duration,
}

#[derive(Deserialize)]
struct Cursor {
    next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NotOnline {
    chatbot_status: String,
    since: Timestamp,
}

impl Fetch {
    pub(crate) fn new(access: Access) -> Result<Self, FetchError> {
        let failed = |error: reqwest::Error| FetchError::Client(with_causes(&error));
        if access.base.cannot_be_a_base() {
            return Err(FetchError::Address(access.base));
        }
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .timeout(access.timeout)
            .connect_timeout(access.timeout)
            .redirect(Policy::none())
            .no_proxy();
        if let Some(pem) = access.identity {
            builder = builder.identity(Identity::from_pem(pem).map_err(failed)?);
        }
        if let Some(pem) = access.authorities {
            builder = builder.tls_certs_only(Certificate::from_pem_bundle(pem).map_err(failed)?);
        }
        Ok(Self { http: builder.build().map_err(failed)?, base: access.base })
    }

    pub(crate) async fn ask(&self, ask: Ask) -> Result<Answer, FetchError> {
        let Ask::Since(revision) = ask else { return Ok(Answer::Whole(self.pages().await?)) };
        let mut url = self.url(&["routes"]);
        url.query_pairs_mut().append_pair("since", &revision.to_string());
        let request = self.http.get(url).header(IF_NONE_MATCH, format!("\"{revision}\""));
        let response = request.send().await.map_err(no_answer)?;
        match response.status() {
            StatusCode::OK => Ok(Answer::Delta(signed(response).await?)),
            StatusCode::NOT_MODIFIED => Ok(Answer::Unchanged),
            StatusCode::GONE => Ok(Answer::Gone),
            _ => Err(unexpected(response).await),
        }
    }

    pub(crate) async fn keys(&self) -> Result<Keys, FetchError> {
        Ok(Keys::from_jwks(&body(self.ok(self.url(&["keys"])).await?).await?)?)
    }

    pub(crate) async fn standing(&self, name: &str) -> Result<Standing, FetchError> {
        let request = self.http.get(self.url(&["routes", name]));
        let response = request.send().await.map_err(no_answer)?;
        match response.status() {
            StatusCode::OK => Ok(Standing::Online(serde_json::from_slice(&body(response).await?)?)),
            StatusCode::NOT_FOUND => Ok(Standing::NotEnrolled),
            StatusCode::CONFLICT => {
                let said: NotOnline = serde_json::from_slice(&body(response).await?)?;
                Ok(Standing::NotOnline { status: said.chatbot_status, since: said.since })
            }
            _ => Err(unexpected(response).await),
        }
    }

    async fn pages(&self) -> Result<Vec<Signed>, FetchError> {
        let mut pages = Vec::new();
        let mut url = self.url(&["routes"]);
        loop {
            let page = signed(self.ok(url).await?).await?;
            // A page that cannot be read has no next one; the keeper says what is wrong with it.
            let cursor = serde_json::from_slice::<Cursor>(&page.body).ok().and_then(|cursor| cursor.next);
            pages.push(page);
            let Some(cursor) = cursor else { return Ok(pages) };
            if pages.len() == PAGES {
                return Err(FetchError::TooLarge);
            }
            url = self.url(&["routes"]);
            url.query_pairs_mut().append_pair("cursor", &cursor);
        }
    }

    async fn ok(&self, url: Url) -> Result<Response, FetchError> {
        let response = self.http.get(url).send().await.map_err(no_answer)?;
        if response.status() == StatusCode::OK { Ok(response) } else { Err(unexpected(response).await) }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Refused only where the address cannot be a base, which `new` has ruled out.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

async fn signed(response: Response) -> Result<Signed, FetchError> {
    let signature = response.headers().get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = signature.to_owned();
    Ok(Signed::new(signature, body(response).await?))
}

/// The decoded body. Its size is bounded, for a few kilobytes can decode to gigabytes.
async fn body(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        if body.len() + chunk.len() > BODY_BYTES {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn unexpected(response: Response) -> FetchError {
    let status = response.status().as_u16();
    let body = body(response).await.unwrap_or_default();
    FetchError::Status { status, detail: String::from_utf8_lossy(&body).chars().take(DETAIL_CHARS).collect() }
}

// By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
fn no_answer(error: reqwest::Error) -> FetchError {
    FetchError::NoAnswer(with_causes(&error))
}

/// reqwest's own words say only where it failed; why stands in its causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
