//! Integrations of a bot with other services: a manifest in YAML.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use network_understanding::Language;
use serde::Deserialize;
use serde_json::Value;

/// A manifest that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {message}", path = .path.display())]
pub struct ManifestError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub message: String,
}

/// A request to a service that failed.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No response in time, no connection, or no JSON.
    #[error("{0}: {1}")]
    Request(String, reqwest::Error),
    /// The service refused.
    #[error("{0}: status {1}")]
    Status(String, u16),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Manifest {
    #[serde(rename = "apiVersion")]
    _version: String,
    #[serde(rename = "kind")]
    _kind: String,
    integrations: Vec<Declared>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Declared {
    name: String,
    address: Variable,
    #[serde(default)]
    credential: Option<Credential>,
    timeout_ms: u64,
    routes: Vec<Route>,
    #[serde(default)]
    defaults: BTreeMap<String, String>,
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    environment: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credential {
    header: String,
    environment: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    intents: Vec<String>,
    path: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
}

/// The integrations of a bot, with their addresses and credentials.
#[derive(Debug, Default)]
pub struct Integrations {
    http: reqwest::Client,
    services: Vec<Service>,
}

#[derive(Debug)]
struct Service {
    declared: Declared,
    address: String,
    credential: Option<(String, String)>,
}

impl Integrations {
    /// Loads a manifest. A folder without one has no integrations.
    ///
    /// # Errors
    /// Returns an error if the file is wrong, or a variable that it names is missing.
    pub fn load(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ManifestError> {
        let failed = |message: String| ManifestError { path: path.to_owned(), message };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(failed(error.to_string())),
        };
        let manifest: Manifest = serde_saphyr::from_str(&text).map_err(|error| failed(error.to_string()))?;
        let required =
            |name: &str| variable(name).ok_or_else(|| failed(format!("set the environment variable {name}")));
        let mut services = Vec::new();
        for declared in manifest.integrations {
            let address = required(&declared.address.environment)?;
            let credential = match &declared.credential {
                Some(credential) => Some((credential.header.clone(), required(&credential.environment)?)),
                None => None,
            };
            services.push(Service { declared, address, credential });
        }
        let http = reqwest::Client::builder().no_proxy().build().map_err(|error| failed(error.to_string()))?;
        Ok(Self { http, services })
    }

    /// Asks the service of an intent. Returns attributes by name: none if no service belongs to the intent.
    ///
    /// # Errors
    /// Returns an error if the service does not respond in time or refuses.
    pub async fn fetch(
        &self,
        intent: &str,
        language: Language,
        slots: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, FetchError> {
        for service in &self.services {
            let wanted = |route: &&Route| route.intents.iter().any(|one| one == intent);
            if let Some(route) = service.declared.routes.iter().find(wanted) {
                return service.fetch(&self.http, route, language, slots).await;
            }
        }
        Ok(BTreeMap::new())
    }
}

impl Service {
    async fn fetch(
        &self,
        http: &reqwest::Client,
        route: &Route,
        language: Language,
        slots: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, FetchError> {
        let mut known = self.declared.defaults.clone();
        known.extend(slots.clone());
        let query: Vec<(&str, String)> =
            route.query.iter().map(|(name, value)| (name.as_str(), filled(value, &known))).collect();
        let mut request = http
            .get(format!("{}{}", self.address, route.path))
            .query(&query)
            .timeout(Duration::from_millis(self.declared.timeout_ms));
        if let Some((header, value)) = &self.credential {
            request = request.header(header, value);
        }
        let failed = |error: reqwest::Error| FetchError::Request(self.declared.name.clone(), error.without_url());
        let response = request.send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(FetchError::Status(self.declared.name.clone(), response.status().as_u16()));
        }
        let body: Value = response.json().await.map_err(failed)?;
        for (name, pointer) in &self.declared.attributes {
            let pointer = pointer.replace("{language}", &language.to_string());
            match body.pointer(&pointer) {
                Some(Value::String(text)) => known.insert(name.clone(), text.clone()),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => known.insert(name.clone(), value.to_string()),
                _ => None,
            };
        }
        Ok(known)
    }
}

/// Replaces a value of the form `{name}` by the slot of that name.
fn filled(value: &str, slots: &BTreeMap<String, String>) -> String {
    let name = value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    name.and_then(|name| slots.get(name)).cloned().unwrap_or_else(|| value.to_owned())
}
