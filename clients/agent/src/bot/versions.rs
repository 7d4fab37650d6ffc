//! Asks the components for their versions, and reports them when they changed: `PUT /versions`.
//!
//! `PUT /versions` replaces the whole list. So a component that does not answer keeps its last known version, which is
//! saved; and nothing is sent while a component has never answered, because its good entry would be lost.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use centops_domain::chatbots::{MAX_VERSION_LENGTH, Name};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use semver::Version;
use serde::Deserialize;
use serde_json::json;
use tracing::{error, info, warn};
use url::Url;

use crate::config::bot::Part;

/// The timeout of a request to a component.
const PART_TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const MAX_ANSWER: usize = 64 * 1024;

/// The versions by component.
type Versions = BTreeMap<Name, Version>;

/// The reason why a version is not known.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// The component does not answer.
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// It answers with another status.
    #[error("status {0}")]
    Status(StatusCode),
    /// The answer is too large, or ended early.
    #[error("the answer cannot be read, or has more than {MAX_ANSWER} bytes")]
    Body,
    /// The answer has no version.
    #[error("the answer is no JSON object with `version`")]
    NoVersion(#[source] serde_json::Error),
    /// The version is not semantic.
    #[error("the version is no semantic version of at most {MAX_VERSION_LENGTH} characters")]
    Version,
}

/// The state of one component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartStatus {
    /// The last known version.
    pub version: Option<Version>,
    /// The reason why the last request failed.
    pub error: Option<String>,
}

/// The state of the reports.
#[derive(Clone, Debug, Default)]
pub struct VersionsStatus {
    /// The components.
    pub parts: BTreeMap<Name, PartStatus>,
    /// The number of reports that CentOps took.
    pub reports: u64,
    /// The time of the last one.
    pub last_report_at: Option<Timestamp>,
    /// The reason why the last report failed.
    pub error: Option<String>,
}

/// What a component answers. Ruuter, Resql and TIM have `appName` beside it.
#[derive(Deserialize)]
struct Health {
    version: String,
}

/// Asks the components, and reports.
pub struct VersionPoller {
    /// The client of the components. It has no certificate.
    parts_http: Client,
    centops_http: Client,
    url: Url,
    parts: Vec<Part>,
    file: PathBuf,
    known: Versions,
    /// As CentOps took them since the start.
    reported: Option<Versions>,
    status: Arc<Mutex<VersionsStatus>>,
}

impl VersionPoller {
    /// Creates a poller. `url` is that of `PUT /versions`; `file` has the known versions over restarts.
    ///
    /// # Errors
    /// Returns an error if the HTTP client cannot be created.
    pub fn new(centops_http: Client, url: Url, parts: Vec<Part>, file: PathBuf) -> Result<Self, reqwest::Error> {
        let redirects = reqwest::redirect::Policy::none();
        let parts_http = Client::builder().timeout(PART_TIMEOUT).redirect(redirects).no_proxy().build()?;
        let mut known = load(&file);
        known.retain(|name, _| parts.iter().any(|part| part.component == *name));
        let status = Arc::default();
        Ok(Self { parts_http, centops_http, url, parts, file, known, reported: None, status })
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> Arc<Mutex<VersionsStatus>> {
        Arc::clone(&self.status)
    }

    /// Asks and reports at each interval, for ever.
    pub async fn run(mut self, interval: Duration) {
        loop {
            if !self.parts.is_empty() {
                self.poll().await;
                self.report().await;
            }
            tokio::time::sleep(interval).await;
        }
    }

    async fn poll(&mut self) {
        let before = self.known.clone();
        for part in self.parts.clone() {
            let result = self.ask(&part.url).await;
            let error = result.as_ref().err().map(ToString::to_string);
            if let Some(error) = &error {
                warn!(component = %part.component, error, "failed to get a version");
            }
            if let Ok(version) = result {
                self.known.insert(part.component.clone(), version);
            }
            let version = self.known.get(&part.component).cloned();
            lock(&self.status).parts.insert(part.component, PartStatus { version, error });
        }
        if self.known != before
            && let Err(error) = self.save()
        {
            error!(path = %self.file.display(), %error, "failed to save the versions");
        }
    }

    async fn ask(&self, url: &Url) -> Result<Version, VersionError> {
        let response = self.parts_http.get(url.clone()).send().await.map_err(VersionError::NoAnswer)?;
        if !response.status().is_success() {
            return Err(VersionError::Status(response.status()));
        }
        let body = Limited::new(reqwest::Body::from(response), MAX_ANSWER).collect().await;
        let body = body.map_err(|_| VersionError::Body)?.to_bytes();
        let Health { version } = serde_json::from_slice(&body).map_err(VersionError::NoVersion)?;
        parse_version(&version).ok_or(VersionError::Version)
    }

    async fn report(&mut self) {
        let is_complete = self.parts.iter().all(|part| self.known.contains_key(&part.component));
        if !is_complete || self.reported.as_ref() == Some(&self.known) {
            return;
        }
        let body = json!({ "versions": self.known }).to_string();
        let request = self.centops_http.put(self.url.clone()).header("Content-Type", "application/json").body(body);
        let failure = match request.send().await {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(response.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        let mut status = lock(&self.status);
        if failure.is_none() {
            info!(components = self.known.len(), "versions reported");
            self.reported = Some(self.known.clone());
            status.reports += 1;
            status.last_report_at = Some(Timestamp::now());
        } else {
            error!(reason = failure, "failed to report versions");
        }
        status.error = failure;
    }

    fn save(&self) -> std::io::Result<()> {
        let folder = self.file.parent().unwrap_or(std::path::Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".versions-").tempfile_in(folder)?;
        file.write_all(json!(self.known).to_string().as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&self.file).map(drop).map_err(|error| error.error)
    }
}

/// Returns a semantic version. A leading `v` is removed.
fn parse_version(text: &str) -> Option<Version> {
    let text = text.trim();
    let version: Version = text.strip_prefix(['v', 'V']).unwrap_or(text).parse().ok()?;
    (version.to_string().len() <= MAX_VERSION_LENGTH).then_some(version)
}

/// Returns the saved versions. A file that cannot be read is no error: the components are asked again.
fn load(file: &std::path::Path) -> Versions {
    let read = std::fs::read(file).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?));
    read.unwrap_or_else(|error| {
        if error.kind() != ErrorKind::NotFound {
            warn!(path = %file.display(), %error, "failed to read the saved versions");
        }
        Versions::new()
    })
}

pub(super) fn lock(status: &Mutex<VersionsStatus>) -> std::sync::MutexGuard<'_, VersionsStatus> {
    status.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_semantic_without_its_leading_v() {
        let parse = |text: &str| parse_version(text).map(|version| version.to_string());
        assert_eq!(parse("v2.1.3"), Some("2.1.3".to_owned()));
        assert_eq!(parse(" 1.0.0-rc.1+5 "), Some("1.0.0-rc.1+5".to_owned()));
        for bad in ["", "v", "2.1", "vv1.0.0", "latest", &format!("1.0.0-{}", "a".repeat(64))] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
