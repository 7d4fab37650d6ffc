//! Settings of a [`RouteClient`](crate::RouteClient).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use centops_network_api::KeySource;
use jiff::Timestamp;
use url::Url;

use crate::policy::UpdatePolicy;

/// A function that returns the current time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The settings of a client. Use `Config { …, ..Config::new(url) }` to override defaults.
#[derive(Clone)]
pub struct Config {
    /// The base URL of the Network API, such as `https://network.centops.ee`.
    pub url: Url,
    /// The DMR's client certificate and its private key, both PEM, concatenated. `None`: no client certificate.
    pub identity: Option<Vec<u8>>,
    /// The certificate authorities that may sign the server's certificate, PEM. `None`: those of the system.
    pub authorities: Option<Vec<u8>>,
    /// The source of the public keys. Default: [`KeySource::Fetched`], which needs an https URL.
    pub keys: KeySource,
    /// The file that stores the last good table. `None`: after a restart during an outage there is no table.
    pub file: Option<PathBuf>,
    /// The average time between two polls. Default: 5 s.
    pub interval: Duration,
    /// The longest delay after failures, unless the interval is longer. Default: 1 min.
    pub max_delay: Duration,
    /// The timeout of one request, including its response body. Default: 10 s.
    pub timeout: Duration,
    /// The shortest time between two writes of the file while the table changes. Default: 1 min.
    pub save_interval: Duration,
    /// The limits that updates must meet, and the longest age of a table.
    pub policy: UpdatePolicy,
    /// The clock. Default: the system's.
    pub clock: Clock,
}

impl Config {
    /// Returns the defaults for the Network API at `url`: no client certificate and no file.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url,
            identity: None,
            authorities: None,
            keys: KeySource::Fetched,
            file: None,
            interval: Duration::from_secs(5),
            max_delay: Duration::from_mins(1),
            timeout: Duration::from_secs(10),
            save_interval: Duration::from_mins(1),
            policy: UpdatePolicy::default(),
            clock: Arc::new(Timestamp::now),
        }
    }
}
