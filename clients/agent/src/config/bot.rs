//! The configuration of `centops-agent bot`.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use centops_domain::chatbots::{MAX_COMPONENTS, Name};
use centops_report::{Limits, WhenFull};
use serde::Deserialize;
use url::Url;

use super::{ConfigError, Mode, refuse, seconds};

/// The fields of `centops-agent bot`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bot {
    /// The relay of log records.
    pub otlp: OtlpConfig,
    /// The components whose versions are reported.
    pub versions: VersionsConfig,
}

/// What leaves the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Counts by minute and level. No text.
    #[default]
    Counts,
    /// Masked text.
    Text,
}

/// The relay of log records.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OtlpConfig {
    /// The address that takes `POST /v1/logs`.
    pub listen: SocketAddr,
    /// Whether `listen` may be an address that other machines or pods reach. Only a network policy protects it then.
    pub allow_remote: bool,
    /// What is sent: `counts` or `text`.
    pub content: Content,
    /// The longest time that counts are gathered, in seconds. Counts with an error are sent after at most 5 s.
    pub flush_seconds: f64,
}

impl Default for OtlpConfig {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 4318));
        Self { listen, allow_remote: false, content: Content::Counts, flush_seconds: 15.0 }
    }
}

/// The components whose versions are reported.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VersionsConfig {
    /// The time between two requests to a component, in seconds.
    pub interval_seconds: f64,
    /// The components.
    pub parts: Vec<Part>,
}

impl Default for VersionsConfig {
    fn default() -> Self {
        Self { interval_seconds: 60.0, parts: Vec::new() }
    }
}

/// One component.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name, as in releases.
    pub component: Name,
    /// The address that answers with `version`, such as `http://ruuter:8080/healthz`.
    pub url: Url,
}

impl Mode for Bot {
    fn validate(&self) -> Result<(), ConfigError> {
        if !self.otlp.listen.ip().is_loopback() && !self.otlp.allow_remote {
            return refuse(
                "otlp.listen",
                "must be a loopback address, such as 127.0.0.1:4318; allow_remote = true permits others",
            );
        }
        let parts = &self.versions.parts;
        if parts.len() > MAX_COMPONENTS {
            return refuse("versions.parts", "has more than 64 components");
        }
        if parts.iter().map(|part| &part.component).collect::<HashSet<_>>().len() < parts.len() {
            return refuse("versions.parts", "names a component twice");
        }
        if parts.iter().any(|part| !matches!(part.url.scheme(), "http" | "https")) {
            return refuse("versions.parts", "has an address that is neither http nor https");
        }
        seconds("otlp.flush_seconds", self.otlp.flush_seconds)?;
        seconds("versions.interval_seconds", self.versions.interval_seconds).map(drop)
    }

    /// A sender repeats what is refused, so nothing is dropped to make room. Logs of a day are worth sending late.
    fn limits() -> Limits {
        Limits { max_age: Duration::from_hours(24), when_full: WhenFull::Refuse, ..Limits::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::config::Config;

    const SAMPLE: &str = include_str!("../../package/bot.toml");

    fn load(text: &str) -> Result<Config<Bot>, ConfigError> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        Config::load(file.path(), |_| None)
    }

    #[test]
    fn sample_is_valid_and_sends_no_text() {
        let config = load(SAMPLE).expect("valid");
        assert_eq!(config.mode.otlp.content, Content::Counts);
        assert_eq!(config.limits().expect("limits"), Bot::limits());
        let all = SAMPLE.replace("# [", "[").replace("# component", "component").replace("# url", "url");
        assert_eq!(load(&all).expect("valid").mode.versions.parts.len(), 1);
    }

    #[test]
    fn errors_name_the_field_and_what_to_do() {
        let message = |text: &str| load(text).expect_err("invalid").to_string();
        assert!(message(&SAMPLE.replace("127.0.0.1:4318", "0.0.0.0:4318")).contains("allow_remote"));
        assert!(load(&SAMPLE.replace("127.0.0.1:4318\"", "0.0.0.0:4318\"\nallow_remote = true")).is_ok());
        assert!(message(&SAMPLE.replace("\"counts\"", "\"raw\"")).contains("raw"));
        let part = "[[versions.parts]]\ncomponent = \"tim\"\nurl = \"http://tim/healthz\"\n";
        assert!(message(&format!("{SAMPLE}{part}{part}")).contains("twice"));
        assert!(message(&format!("{SAMPLE}{}", part.replace("http:", "ftp:"))).contains("neither http"));
        assert!(message(&format!("{SAMPLE}{}", part.replace("tim\"", "TIM\""))).contains("a-z"));
    }
}
