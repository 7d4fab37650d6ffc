//! What a DMR says about itself and about CentOps.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::{Keys, Rules};

/// What time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where the public keys come from that the tables are verified by.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// These and no others. The file is verified by them too, so nobody who can write it can forge a route.
    Pinned(Keys),
    /// `GET /keys`, once an hour, and for an unknown key at most once a minute. They are as good as the TLS
    /// connection, and those that signed the kept table are kept with it: whoever can write the file is believed.
    Fetched,
}

/// How a DMR keeps its table. `Config { …, ..Config::new(url) }` changes what is not as usual.
#[derive(Clone)]
pub struct Config {
    /// The Network API, such as `https://network.centops.ee`.
    pub url: Url,
    /// The DMR's certificate and its key, PEM, one after the other. None for a server that wants none.
    pub identity: Option<Vec<u8>>,
    /// Whose certificates the Network API may have, PEM. None: those that the system trusts.
    pub authorities: Option<Vec<u8>>,
    /// Where the public keys come from. [`KeySource::Fetched`] unless changed; needs https.
    pub keys: KeySource,
    /// Where the last good table is kept. None: a restart in an outage has no table.
    pub file: Option<PathBuf>,
    /// How often CentOps is asked, on average. 5 s.
    pub interval: Duration,
    /// The longest wait after failures, unless the interval is longer. 1 min.
    pub longest_wait: Duration,
    /// How long one request may take, with its body. 10 s.
    pub timeout: Duration,
    /// How often the file is written at most, while the table changes. 1 min.
    pub save_every: Duration,
    /// What answers are held to, and how long a table is used.
    pub rules: Rules,
    /// What time it is. The system's.
    pub clock: Clock,
}

impl Config {
    /// The usual, for the Network API at `url`: no certificate and no file yet.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self {
            url,
            identity: None,
            authorities: None,
            keys: KeySource::Fetched,
            file: None,
            interval: Duration::from_secs(5),
            longest_wait: Duration::from_mins(1),
            timeout: Duration::from_secs(10),
            save_every: Duration::from_mins(1),
            rules: Rules::default(),
            clock: Arc::new(Timestamp::now),
        }
    }
}
