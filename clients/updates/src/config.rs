//! Settings of an [`UpdateClient`](crate::UpdateClient).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use centops_network_api::KeySource;
use jiff::Timestamp;
use url::{Host, Url};

use crate::statement::ReleaseKeys;

/// A function that returns the current time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The settings of a client. Use `Config { …, ..Config::new(url, name, file) }` to override defaults.
#[derive(Clone)]
pub struct Config {
    /// The base URL of the Network API, such as `https://network.centops.ee`.
    pub url: Url,
    /// The name of the chatbot, as in its client certificate.
    pub chatbot: String,
    /// The chatbot's enrolment, its `createdAt`. `None`: that of the first accepted answer is kept.
    pub enrolment: Option<Timestamp>,
    /// The file of the trusted state. Without it, old answers would be accepted after a restart.
    pub file: PathBuf,
    /// The chatbot's client certificate and its private key, both PEM, concatenated. `None`: no client certificate.
    pub identity: Option<Vec<u8>>,
    /// The certificate authorities that may sign the certificates of servers, PEM. `None`: those of the system.
    pub authorities: Option<Vec<u8>>,
    /// The source of the public keys of CentOps. Default: [`KeySource::Fetched`].
    pub keys: KeySource,
    /// The pinned release keys. Default: none.
    pub release_keys: ReleaseKeys,
    /// The limit of a whole run: a check with its requests for keys, or one report. Default: 30 s.
    pub timeout: Duration,
    /// The limit of a whole download. Default: 30 min.
    pub download_timeout: Duration,
    /// The longest artefact, in bytes. Default: 8 GiB.
    pub max_artefact_bytes: u64,
    /// Whether versions are reported: `PUT /versions`. Set it to false if another program reports them. Default: true.
    pub report_versions: bool,
    /// Whether http is allowed to the loopback interface, for tests. Default: false.
    pub allow_loopback_http: bool,
    /// The clock. Default: the system's.
    pub clock: Clock,
}

impl Config {
    /// Returns the defaults for the chatbot at the Network API: no client certificate and no release keys.
    #[must_use]
    pub fn new(url: Url, chatbot: impl Into<String>, file: impl Into<PathBuf>) -> Self {
        Self {
            url,
            chatbot: chatbot.into(),
            enrolment: None,
            file: file.into(),
            identity: None,
            authorities: None,
            keys: KeySource::Fetched,
            release_keys: ReleaseKeys::default(),
            timeout: Duration::from_secs(30),
            download_timeout: Duration::from_mins(30),
            max_artefact_bytes: 8 * 1024 * 1024 * 1024,
            report_versions: true,
            allow_loopback_http: false,
            clock: Arc::new(Timestamp::now),
        }
    }
}

/// Returns whether requests to `url` may be sent: https, or http to the loopback interface if that is allowed.
pub(crate) fn is_secure(url: &Url, allow_loopback_http: bool) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    url.scheme() == "https" || (allow_loopback_http && is_loopback && url.scheme() == "http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_allowed_loopback_http_are_secure() {
        let is_secure = |url: &str, allow| is_secure(&url.parse().expect("a URL"), allow);
        assert!(is_secure("https://example.ee", false));
        for loopback in ["http://127.0.0.1:1", "http://[::1]:1"] {
            assert_eq!((is_secure(loopback, false), is_secure(loopback, true)), (false, true), "{loopback}");
        }
        for insecure in ["http://example.ee", "http://localhost", "http://127.0.0.1.example.ee", "ftp://127.0.0.1"] {
            assert!(!is_secure(insecure, true), "{insecure}");
        }
    }
}
